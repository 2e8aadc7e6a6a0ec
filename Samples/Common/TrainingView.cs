using System.Globalization;
using FastRecurrent.Models;
using Spectre.Console;

namespace FastRecurrent.Samples.Common;

/// <summary>What a person sees of a training: a progress bar, then a line an epoch, and at the end the learning curve.</summary>
public sealed class TrainingView(string scoreName) : IProgress<TrainingProgress>
{
    private readonly List<TrainingProgress> _epochs = [];
    private ProgressTask? _task;

    /// <summary>Runs a training under a progress bar.</summary>
    public double Show(Func<IProgress<TrainingProgress>, double> train) => AnsiConsole.Progress()
        .Columns(new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn(),
            new TaskDescriptionColumn { Alignment = Justify.Left })
        .Start(context =>
        {
            _task = context.AddTask("training", maxValue: 1);
            double score = train(this);
            _task.Value = 1;
            return score;
        });

    /// <inheritdoc/>
    public void Report(TrainingProgress value)
    {
        if (_task is not null)
        {
            _task.Value = value.Fraction;
            _task.Description = string.Create(CultureInfo.InvariantCulture, $"epoch {value.Epoch}, loss {value.Loss:F4}");
        }

        if (value.Score is not null)
        {
            _epochs.Add(value);
        }
    }

    /// <summary>Prints a line an epoch.</summary>
    public void PrintEpochs()
    {
        Table table = new Table().Border(TableBorder.Simple)
            .AddColumn("epoch").AddColumn("loss").AddColumn(scoreName).AddColumn("seconds");
        foreach (TrainingProgress epoch in _epochs)
        {
            table.AddRow(
                epoch.Epoch.ToString(CultureInfo.InvariantCulture),
                epoch.Loss.ToString("F4", CultureInfo.InvariantCulture),
                epoch.Score!.Value.ToString("P2", CultureInfo.InvariantCulture) + (epoch.IsBest ? " *" : ""),
                epoch.Elapsed.TotalSeconds.ToString("F0", CultureInfo.InvariantCulture));
        }

        AnsiConsole.Write(table);
    }

    /// <summary>Writes the learning curve.</summary>
    public void SaveCurve(string path, string title)
    {
        new LineChart(title, "epoch", $"loss, {scoreName}")
            .Add("loss", _epochs.Select(epoch => ((double)epoch.Epoch, epoch.Loss)))
            .Add(scoreName, _epochs.Select(epoch => ((double)epoch.Epoch, epoch.Score!.Value)))
            .Save(path);
        Console.WriteLine($"learning curve: {path}");
    }

    /// <summary>Prints our figure beside others.</summary>
    public static void PrintComparison(string measure, params (string Who, string Figure)[] rows)
    {
        Table table = new Table().Border(TableBorder.Simple).AddColumn("").AddColumn(measure);
        foreach ((string who, string figure) in rows)
        {
            table.AddRow(Markup.Escape(who), Markup.Escape(figure));
        }

        AnsiConsole.Write(table);
    }

    /// <summary>A file or a pipe gets no colours and lines as long as tables need.</summary>
    public static void PrepareConsole()
    {
        if (Console.IsOutputRedirected)
        {
            AnsiConsole.Profile.Capabilities.Ansi = false;
            AnsiConsole.Profile.Capabilities.ColorSystem = ColorSystem.NoColors;
            AnsiConsole.Profile.Width = 160;
        }
    }
}
