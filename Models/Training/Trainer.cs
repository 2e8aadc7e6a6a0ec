using System.Diagnostics;
using System.Globalization;
using System.Numerics;
using FastRecurrent.Kernels;

namespace FastRecurrent.Models;

/// <summary>How a model is trained.</summary>
public sealed record TrainerOptions
{
    /// <summary>Passes over the examples, ≥ 1.</summary>
    public required int Epochs { get; init; }

    /// <summary>Examples in a minibatch, ≥ 1; 32 by default.</summary>
    public int BatchSize { get; init; } = 32;

    /// <summary>Of the order of the examples; 1 by default.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>The norm to which all gradients together are clipped, &gt; 0; null, the default, for no clipping.</summary>
    public double? ClipNorm { get; init; }

    /// <summary>Epochs without a better score after which training stops, ≥ 1; null, the default, for never.</summary>
    public int? Patience { get; init; }

    /// <summary>The factor of the learning rate by this training's steps, taken and in all; null, the default,
    /// for a constant rate.</summary>
    public Func<long, long, double>? Schedule { get; init; }

    /// <summary>A safetensors file written after every epoch, from which training goes on if it exists; null,
    /// the default, for none.</summary>
    public string? CheckpointPath { get; init; }

    /// <summary>Throws if a number is out of its range.</summary>
    internal void Check()
    {
        Require.Positive(Epochs);
        Require.Positive(BatchSize);
        Require.Positive(Patience ?? 1, nameof(Patience));
        if (!(ClipNorm is null or > 0))
        {
            throw new ArgumentOutOfRangeException(nameof(ClipNorm), ClipNorm, "The norm to clip to is more than 0, or null.");
        }
    }
}

/// <summary>Where training stands.</summary>
/// <param name="Epoch">From 1.</param>
/// <param name="Epochs">In all.</param>
/// <param name="Batch">From 1; the number of batches at the end of an epoch.</param>
/// <param name="Batches">In this epoch.</param>
/// <param name="Loss">Mean loss of an example in this epoch so far.</param>
/// <param name="Score">What the validation gave, at the end of an epoch.</param>
/// <param name="IsBest">Whether the score is the best so far.</param>
/// <param name="Elapsed">Since training began.</param>
public sealed record TrainingProgress(int Epoch, int Epochs, int Batch, int Batches, double Loss, double? Score, bool IsBest,
    TimeSpan Elapsed)
{
    /// <summary>Of all training, 0 … 1.</summary>
    public double Fraction => (Epoch - 1 + (double)Batch / Math.Max(1, Batches)) / Math.Max(1, Epochs);
}

/// <summary>
/// Trains any model: epochs of shuffled minibatches bucketed by length, early stopping, checkpoints, progress, cancellation. The model says
/// how a batch adds its gradients and how it is scored; the best parameters are put back at the end,
/// or the last stay if no score was a number.
/// </summary>
/// <remarks>
/// <para>A training that was interrupted goes on from its checkpoint at the last whole epoch and ends with the same bits as one that was
/// not, as long as the batch function depends on nothing but the parameters and its arguments, and <see cref="TrainerOptions.BatchSize"/>,
/// <see cref="TrainerOptions.Seed"/>, clipping and the optimiser's numbers are as they were; with a schedule, which sees the steps in all,
/// <see cref="TrainerOptions.Epochs"/> too. A checkpoint tells only the optimiser's kind.</para>
/// <para>A checkpoint is a safetensors file: <c>model.*</c> are the parameters after the last epoch, <c>best.*</c> those of the best score,
/// if there is one, both by name and shape as <see cref="ParameterFile"/> loads them, and <c>optimiser.*</c> what
/// <see cref="Optimiser{T}.Save"/> adds.</para>
/// </remarks>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed class Trainer<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Optimiser<T> _optimiser;
    private readonly Action _pack;
    private readonly TrainerOptions _options;
    private T[][] _best = [];
    private double _bestScore = double.NegativeInfinity;
    private int _epochsSinceBest;
    private int _epoch;

    /// <summary>A training that has not begun.</summary>
    /// <param name="optimiser">Changes the model's parameters.</param>
    /// <param name="pack">The model's <c>Pack</c>, called after every change.</param>
    /// <param name="options">How to train.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number of the options is out of its range.</exception>
    public Trainer(Optimiser<T> optimiser, Action pack, TrainerOptions options)
    {
        ArgumentNullException.ThrowIfNull(optimiser);
        ArgumentNullException.ThrowIfNull(pack);
        ArgumentNullException.ThrowIfNull(options);
        options.Check();
        _optimiser = optimiser;
        _pack = pack;
        _options = options;
    }

    /// <summary>The best score so far; −∞ while there is none: before the first epoch, or if all were NaN, which is never best.</summary>
    public double BestScore => _bestScore;

    /// <summary>Trains. A schedule multiplies the learning rate that the optimiser has at the beginning; that one is put back at the
    /// end.</summary>
    /// <param name="lengths">The length of every example, for bucketing.</param>
    /// <param name="trainBatch">
    /// Adds the gradients of a batch of examples, given by their numbers, and returns the batch's mean loss. The second argument numbers
    /// the steps of this training from 0: a seed for dropout.
    /// </param>
    /// <param name="score">Scores the present parameters on held-out examples; higher is better.</param>
    /// <param name="progress">Told after every batch and every epoch.</param>
    /// <param name="cancellation">Ends training between two batches.</param>
    /// <returns>The best score, as <see cref="BestScore"/>.</returns>
    /// <exception cref="OperationCanceledException">It was cancelled; parameters are as the last step left them,
    /// the checkpoint as the last epoch did.</exception>
    /// <exception cref="InvalidDataException">The checkpoint is not one of this model, or of another kind of optimiser.</exception>
    /// <exception cref="IOException">There is no folder for the checkpoint, or it cannot be written; before training begins, as a rule.
    /// </exception>
    /// <exception cref="UnauthorizedAccessException">Writing the checkpoint is not allowed, likewise.</exception>
    public double Fit(
        ReadOnlySpan<int> lengths, Func<int[], long, double> trainBatch, Func<double> score,
        IProgress<TrainingProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(trainBatch);
        ArgumentNullException.ThrowIfNull(score);
        if (_options.CheckpointPath is { } path)
        {
            SafeTensorsWriter.CheckWritable(path);
            if (File.Exists(path))
            {
                LoadCheckpoint(path);
            }
        }

        double learningRate = _optimiser.LearningRate;
        try
        {
            Train(lengths, trainBatch, score, learningRate, progress, cancellation);
        }
        finally
        {
            if (_options.Schedule is not null)
            {
                _optimiser.LearningRate = learningRate;
            }
        }

        for (int i = 0; i < _best.Length; i++)
        {
            _best[i].CopyTo(_optimiser.Parameters[i].Value.Value);
        }

        _pack();
        return _bestScore;
    }

    /// <summary>Goes on from a checkpoint wherever it lies, as <see cref="Fit"/> does from the one at
    /// <see cref="TrainerOptions.CheckpointPath"/>.</summary>
    /// <param name="path">What a training of the same model with the same optimiser wrote after an epoch.</param>
    /// <exception cref="InvalidDataException">It is none, or of another kind of optimiser; the message names it,
    /// and nothing has changed.</exception>
    public void LoadCheckpoint(string path)
    {
        using SafeTensorsFile file = SafeTensorsFile.Open(path);
        try
        {
            LoadCheckpoint(file);
        }
        catch (InvalidDataException exception)
        {
            throw new InvalidDataException($"{path}: {exception.Message}", exception);
        }
    }

    /// <inheritdoc/>
    public override string ToString() =>
        $"trainer, {_epoch} of {_options.Epochs} epochs, "
            + $"{(double.IsNegativeInfinity(_bestScore) ? "no score" : $"best score {_bestScore}")}: {_optimiser}";

    /// <summary>The epochs that are left.</summary>
    private void Train(ReadOnlySpan<int> lengths, Func<int[], long, double> trainBatch, Func<double> score, double learningRate,
        IProgress<TrainingProgress>? progress, CancellationToken cancellation)
    {
        Stopwatch watch = Stopwatch.StartNew();
        while (_epoch < _options.Epochs && !(_epochsSinceBest >= _options.Patience))
        {
            cancellation.ThrowIfCancellationRequested(); // there may be no batches
            int[][] batches = Batches.Shuffle(lengths, _options.BatchSize, unchecked(_options.Seed * 1_000_003 + _epoch));
            double sum = 0;
            long examples = 0;
            for (int batch = 0; batch < batches.Length; batch++)
            {
                cancellation.ThrowIfCancellationRequested();
                sum += Step(batches[batch], trainBatch, (long)_epoch * batches.Length + batch, learningRate, batches.Length)
                    * batches[batch].Length;
                examples += batches[batch].Length;
                progress?.Report(new TrainingProgress(
                    _epoch + 1, _options.Epochs, batch + 1, batches.Length, sum / examples, null, false, watch.Elapsed));
            }

            double reached = score(); // before the epoch counts: should it throw, the epoch is begun again
            _epoch++;
            bool isBest = reached > _bestScore;
            if (isBest)
            {
                _bestScore = reached;
                _best = [.. _optimiser.Parameters.Select(item => item.Value.Value.ToArray())];
            }

            _epochsSinceBest = isBest ? 0 : _epochsSinceBest + 1;
            if (_options.CheckpointPath is { } checkpoint)
            {
                SaveCheckpoint(checkpoint);
            }

            progress?.Report(new TrainingProgress(
                _epoch, _options.Epochs, batches.Length, batches.Length, sum / Math.Max(1, examples), reached, isBest, watch.Elapsed));
        }
    }

    private void LoadCheckpoint(SafeTensorsFile file)
    {
        if (!file.Metadata.TryGetValue("epoch", out string? epoch) || !int.TryParse(epoch, CultureInfo.InvariantCulture, out int epochs)
            || !file.Metadata.TryGetValue("epochs-since-best", out string? since)
            || !int.TryParse(since, CultureInfo.InvariantCulture, out int sinceBest)
            || !file.Metadata.TryGetValue("best-score", out string? best)
            || !double.TryParse(best, CultureInfo.InvariantCulture, out double bestScore))
        {
            throw new InvalidDataException("This is no checkpoint of a training.");
        }

        if (epochs < 0 || sinceBest < 0 || double.IsNaN(bestScore))
        {
            throw new InvalidDataException(
                $"The checkpoint has epoch {epochs}, {sinceBest} epochs since the best and a best score {bestScore}: epochs are 0 or more, "
                    + $"and a score that is no number is never best.");
        }

        // Without a score there is no best to be saved.
        T[][] values = double.IsNegativeInfinity(bestScore) ? [] : [.. _optimiser.Parameters.Select(item => new T[item.Value.Length])];
        for (int i = 0; i < values.Length; i++)
        {
            string name = $"best.{_optimiser.Parameters[i].Key}"; // of any shape: once they had none
            if (file[name].ElementCount != values[i].Length)
            {
                throw new InvalidDataException($"{file[name]}, but the model has {_optimiser.Parameters[i].Value}.");
            }

            file.CopyTo<T>(name, values[i]);
        }

        _optimiser.Check(file, "optimiser.");
        _optimiser.Parameters.Load(file, "model.");
        _optimiser.Load(file, "optimiser.");
        (_best, _bestScore, _epoch, _epochsSinceBest) = (values, bestScore, epochs, sinceBest);
        _pack();
    }

    private double Step(int[] batch, Func<int[], long, double> trainBatch, long step, double learningRate, int stepsInAnEpoch)
    {
        _optimiser.Parameters.ZeroGradients();
        double loss = trainBatch(batch, step);
        if (_options.ClipNorm is { } norm)
        {
            Gradients.ClipByNorm(_optimiser.Parameters, norm);
        }

        if (_options.Schedule is { } schedule)
        {
            _optimiser.LearningRate = learningRate * schedule(step, (long)_options.Epochs * stepsInAnEpoch);
        }

        _optimiser.Step();
        _pack();
        return loss;
    }

    private void SaveCheckpoint(string path)
    {
        SafeTensorsWriter writer = new();
        writer.SetMetadata("epoch", _epoch.ToString(CultureInfo.InvariantCulture))
            .SetMetadata("epochs-since-best", _epochsSinceBest.ToString(CultureInfo.InvariantCulture))
            .SetMetadata("best-score", _bestScore.ToString("R", CultureInfo.InvariantCulture));
        writer.Add(_optimiser.Parameters, "model.");
        _optimiser.Save(writer, "optimiser.");
        for (int i = 0; i < _best.Length; i++)
        {
            writer.Add<T>($"best.{_optimiser.Parameters[i].Key}", ParameterFile.ShapeOf(_optimiser.Parameters[i].Value), _best[i]);
        }

        writer.Save(path);
    }
}
