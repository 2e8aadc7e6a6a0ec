using System.CommandLine;
using System.CommandLine.Parsing;
using FastRecurrent.Bench.Fuzz;
using FastRecurrent.Bench.Guard;
using FastRecurrent.Bench.Latency;
using FastRecurrent.Bench.Peers;
using FastRecurrent.Bench.Report;
using FastRecurrent.Bench.Soak;
using FastRecurrent.Bench.Verify;

namespace FastRecurrent.Bench;

/// <summary>The command line: what each command is called and takes. What it does is in the folder of its name.</summary>
internal static class Commands
{
    public static RootCommand MainJob()
    {
        Option<bool> quick = Quick();
        RootCommand root =
            new("Measures every cell against this machine's roofs and against the plain managed way. About a minute.") { quick };
        return Run(root, (result, cancellation) => Bench.MainJob.Run(result.GetValue(quick), cancellation));
    }

    public static Command Operations() => Run(
        new Command("operations", "Measures every public operation briefly, at small sizes. About a minute."),
        (_, cancellation) => Bench.MainJob.RunOperations(cancellation));

    public static Command Peers()
    {
        Option<bool> quick = new("--quick") { Description = "A handful of rows in about fifteen seconds." };
        Option<string> filter =
            new("--filter")
            {
                Description = "Only rows in whose names this text occurs, for example \"LSTM step\" or \"H=128\".",
                DefaultValueFactory = _ => ""
            };
        Option<double> seconds =
            new("--seconds") { Description = "How long all rows together are measured, apart from making ready and warming up." };
        seconds.Validators.Add(Between(seconds, 0.001, 100_000));
        Command command =
            new("peers",
                "Compares with ONNX Runtime, oneDNN, PyTorch, OpenBLAS and Eigen in turns, as far as they are there "
                + "(Bench/Peers/install.sh). About four minutes.")
        {
            quick, filter, seconds,
        };
        command.Validators.Add(result =>
        {
            string text = result.GetValue(filter) ?? ""; // no default where another option is wrong
            if (!(result.GetValue(quick) ? PeerRows.Quick : PeerRows.All).Any(row => row.Matches(text)))
            {
                result.AddError($"{filter.Name}: no row has \"{text}\" in its names.");
            }
        });
        return Run(command, (result, cancellation) => PeersCommand.Run(
            new PeersOptions
            {
                Quick = result.GetValue(quick),
                Filter = result.GetValue(filter)!,
                Duration = result.GetValue(seconds) is > 0 and double value ? TimeSpan.FromSeconds(value) : null,
            },
            cancellation));
    }

    public static Command Latency()
    {
        Option<bool> quick = Quick();
        Option<int> steps = new("--steps") { Description = "Steps back to back.", DefaultValueFactory = _ => LatencyPlan.Default.Steps };
        Option<int> duration = new("--duration")
        {
            Description = "Seconds at 1 kHz.",
            DefaultValueFactory = _ => LatencyPlan.Default.PacedSteps / LatencyPlan.Rate
        };
        Option<bool> full =
            new("--full")
            {
                Description = "As many steps at 1 kHz as back to back: a million take 17 minutes quiet, and as long again beside "
                    + "garbage collections."
            };
        steps.Validators.Add(Between(steps, 1, 100_000_000));
        duration.Validators.Add(Between(duration, 1, 86_400));
        Command command =
            new("latency",
                "Times single steps: percentiles back to back and at 1 kHz, quiet and beside garbage collections.") { steps, duration,
                full, quick };
        return Run(command, (result, cancellation) => LatencyCommand.Run(
            result.GetValue(quick)
                ? LatencyPlan.Quick
                : new LatencyPlan(result.GetValue(steps), result.GetValue(full)
                    ? result.GetValue(steps)
                    : result.GetValue(duration) * LatencyPlan.Rate),
            cancellation));
    }

    public static Command Report()
    {
        Option<bool> quick = Quick();
        Argument<string> folder = new("folder") { Description = "Where report.json, report.md, report.html and steps.svg go." };
        Option<string?> from = new("--from") { Description = "A report.json: draws it again without measuring." };
        Option<bool> full = new("--full") { Description = "A million steps at 1 kHz for the latencies: half an hour more." };
        return Run(
            new Command("report",
                "Measures everything and writes it down: JSON, Markdown and one page with charts.") { folder, from, quick, full },
            (result, cancellation) => ReportCommand.Run(
                result.GetValue(folder)!, result.GetValue(from), result.GetValue(quick), result.GetValue(full), cancellation));
    }

    /// <summary>Here for the help only: its arguments never come to the parser.</summary>
    public static Command Bdn() => new(
        "bdn", "Runs the classes of Bench/Bdn under BenchmarkDotNet. All arguments are BenchmarkDotNet's: --list flat, --filter "
        + "'*Lstm*', --help.");

    public static Command Verify()
    {
        Argument<string[]> paths = Paths();
        return Run(
            new Command("verify",
                "Runs golden files in double and in float and compares outputs and gradients with what they expect.") { paths },
            (result, cancellation) => VerifyCommand.Run(result.GetValue(paths)!, cancellation));
    }

    public static Command Rounded()
    {
        Argument<string[]> paths = Paths();
        return Run(
            new Command("rounded",
                "Runs golden files of networks over sequences with weights rounded to bfloat16 and int8, and prints how far their outputs "
                + "are off.") { paths },
            (result, cancellation) => RoundedCommand.Run(result.GetValue(paths)!, cancellation));
    }

    public static Command Digest() => Run(
        new Command("digest", "Prints a hash of what every operation computes: the same on every machine and at every vector width."),
        (_, _) => Bench.Digest.Run());

    public static Command Guard()
    {
        Option<bool> probe = new("--probe") { Description = "Reads past the end of a span, which must end the process." };
        return Run(
            new Command("guard",
                "Runs every kernel and every operation with their memory between pages that nobody may touch, and prints a hash of what "
                + "each computes. Linux only.") { probe },
            (result, _) => GuardCommand.Run(result.GetValue(probe)));
    }

    public static Command Fuzz()
    {
        Option<double> minutes = new("--minutes") { Description = "For how long, all readers together.", DefaultValueFactory = _ => 1 };
        Option<int?> seed = new("--seed") { Description = "Where the mutations come from; by default another one every time." };
        minutes.Validators.Add(Between(minutes, 0.001, 10_000));
        return Run(
            new Command("fuzz", "Gives mutated files to every reader and builder, and tells what became of them.") { minutes, seed },
            (result, cancellation) => FuzzCommand.Run(
                result.GetValue(minutes), result.GetValue(seed) ?? Environment.TickCount, cancellation));
    }

    public static Command Soak()
    {
        Option<double> minutes =
            new("--minutes") { Description = "How long 64 streams on 8 threads share weights.", DefaultValueFactory = _ => 1 };
        Option<long> steps =
            new("--steps") { Description = "Steps that each kind of stream then takes.", DefaultValueFactory = _ => 10_000_000 };
        minutes.Validators.Add(Between(minutes, 0.001, 10_000));
        steps.Validators.Add(Between(steps, 1, 1_000_000_000_000));
        return Run(
            new Command("soak",
                "Runs for long: many streams on many threads, bit for bit as alone, then millions of steps without a byte, a collection "
                + "or a slow-down.") { minutes, steps },
            (result, cancellation) => SoakCommand.Run(result.GetValue(minutes), result.GetValue(steps), cancellation));
    }

    public static Command Threads()
    {
        Option<int> workers =
            new("--workers")
            {
                Description = "Threads that compute; as many as there are cores by default.",
                DefaultValueFactory = _ => Environment.ProcessorCount
            };
        Option<bool> quick = Quick();
        workers.Validators.Add(Between(workers, 1, 1024));
        return Run(
            new Command("threads",
                "Compares one thread with several that share the work, in turns, after a look that they give the same bits. One to "
                + "four minutes, by how often the machine gives every thread a core.") { workers, quick },
            (result, cancellation) => ThreadsCommand.Run(result.GetValue(workers), result.GetValue(quick), cancellation));
    }

    private static Option<bool> Quick() => new("--quick") { Description = "A few rows for a few seconds, to see that all works." };

    private static Argument<string[]> Paths() =>
        new("paths") { Description = "Golden files, or folders of them.", Arity = ArgumentArity.OneOrMore };

    private static TCommand Run<TCommand>(TCommand command, Func<ParseResult, CancellationToken, int> action)
        where TCommand : Command
    {
        // Not cancelled itself: what was stopped before it began has an exit code, too.
        command.SetAction((result, cancellation) => Task.Run(() => RunOrStop(result, action, cancellation), CancellationToken.None));
        return command;
    }

    /// <summary>What a command returns, or, once the user has stopped it, what a shell gives for that.</summary>
    private static int RunOrStop(ParseResult result, Func<ParseResult, CancellationToken, int> action, CancellationToken cancellation)
    {
        const int Interrupted = 130;
        try
        {
            return action(result, cancellation);
        }
        catch (Exception) when (cancellation.IsCancellationRequested) // a rival's process gets the signal, too, and is gone
        {
            Console.Error.WriteLine("stopped");
            return Interrupted;
        }
    }

    private static Action<OptionResult> Between<T>(Option<T> option, T least, T most)
        where T : IComparable<T> => result =>
        {
            T value = result.GetValueOrDefault<T>();
            if (value.CompareTo(least) < 0 || value.CompareTo(most) > 0)
            {
                result.AddError($"{option.Name} must be from {least} to {most}, and is {value}.");
            }
        };
}
