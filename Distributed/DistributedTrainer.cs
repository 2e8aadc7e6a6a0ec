using System.Numerics;
using FastRecurrent.Cells;
using FastRecurrent.Models;

namespace FastRecurrent.Distributed;

/// <summary>A <see cref="Trainer{T}"/> whose minibatches are computed by many processes, each a share;
/// all hold the same parameters all the time.</summary>
/// <remarks>
/// <para>The minibatch is that of one process, whatever their number P: rank r takes its examples r, r + P, r + 2P, …, which have lengths
/// like the others'. Its gradients, those of its mean loss, count n_r/n, its part of the examples; the sum over the ranks is the gradient
/// of the mean loss of the whole minibatch, so that the learning rate and the norm to clip to need no change. One process gives the bits of
/// a <see cref="Trainer{T}"/>; more round the sum otherwise, but to the same bits in every run with as many.</para>
/// <para>Rank 0 scores, writes the checkpoint, and reads it for all: only its machine needs the file. A process that dies takes the others
/// along, and the last whole epoch remains; the same number of processes goes on from there to the bits of a
/// training that nothing has interrupted.</para>
/// <para>An exception in one process leaves the others waiting: it must <see cref="Communicator.Abort"/>.</para>
/// </remarks>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed class DistributedTrainer<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int ChunkBytes = 1 << 20;

    private readonly Communicator _communicator;
    private readonly Optimiser<T> _optimiser;
    private readonly ParameterSet<T> _parameters;
    private readonly Action _pack;
    private readonly TrainerOptions _options;
    private readonly GradientReduction<T> _reduction;
    private readonly Trainer<T> _trainer;

    /// <summary>Makes this process's part of the training.</summary>
    /// <param name="communicator">The processes.</param>
    /// <param name="optimiser">Changes this process's copy of the model, as the others' do theirs.</param>
    /// <param name="pack">The model's <c>Pack</c>, called after every change.</param>
    /// <param name="options">How to train: the same in all processes.
    /// <see cref="TrainerOptions.BatchSize"/> is that of all together.</param>
    public DistributedTrainer(Communicator communicator, Optimiser<T> optimiser, Action pack, TrainerOptions options)
    {
        ArgumentNullException.ThrowIfNull(communicator);
        ArgumentNullException.ThrowIfNull(optimiser);
        ArgumentNullException.ThrowIfNull(pack);
        ArgumentNullException.ThrowIfNull(options);
        _communicator = communicator;
        _optimiser = optimiser;
        _parameters = optimiser.Parameters;
        _pack = pack;
        _options = options;
        _reduction = new GradientReduction<T>(communicator, optimiser.Parameters);
        _trainer = new Trainer<T>(optimiser, pack, communicator.Rank == 0 ? options : options with { CheckpointPath = null });
    }

    /// <summary>Trains. Parameters begin as those of rank 0.</summary>
    /// <param name="lengths">The length of every example, for bucketing.</param>
    /// <param name="trainBatch">
    /// Adds the gradients of the mean loss of some examples, given by their numbers, and returns that loss. The second argument is another
    /// in every step and rank: a seed for dropout. Not called where a minibatch has fewer examples than there are
    /// processes and none is left for this one.
    /// </param>
    /// <param name="score">Scores the present parameters on held-out examples; higher is better. Called in rank 0.</param>
    /// <param name="progress">Told after every batch and every epoch, with the loss of all processes.</param>
    /// <param name="cancellation">Ends training, in all processes after the same batch, once any of them has been asked to.</param>
    /// <returns>The best score.</returns>
    /// <exception cref="OperationCanceledException">A process was cancelled; the checkpoint is as the last epoch left it.</exception>
    /// <exception cref="InvalidOperationException">The processes have not the same model, optimiser, examples and
    /// options; of schedules, it is seen whether there is one.</exception>
    /// <exception cref="InvalidDataException">The checkpoint is not one of this model.</exception>
    /// <exception cref="MpiException">A process is lost.</exception>
    public double Fit(
        ReadOnlySpan<int> lengths, Func<int[], long, double> trainBatch, Func<double> score,
        IProgress<TrainingProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(trainBatch);
        ArgumentNullException.ThrowIfNull(score);
        RequireSameEverywhere(lengths);
        foreach ((_, Parameter<T> parameter) in _parameters.Distinct)
        {
            _communicator.Broadcast(parameter.Value);
        }

        _pack();
        ShareCheckpoint();
        using CancellationTokenSource agreed = new();
        try
        {
            return _trainer.Fit(lengths, TrainShare, ScoreOnce, progress, agreed.Token);
        }
        catch (OperationCanceledException exception) when (exception.CancellationToken == agreed.Token)
        {
            throw new OperationCanceledException(exception.Message, exception, cancellation); // the caller's, which it can tell by
        }

        double TrainShare(int[] examples, long step)
        {
            int[] share = [.. examples.Where((_, i) => i % _communicator.Size == _communicator.Rank)];
            double weight = (double)share.Length / examples.Length;
            double loss = share.Length > 0 ? trainBatch(share, step * _communicator.Size + _communicator.Rank) : 0;
            _reduction.AllReduce(weight);
            Span<double> sums = [weight * loss, cancellation.IsCancellationRequested ? 1 : 0];
            _communicator.AllReduceSum(sums);
            if (sums[1] > 0)
            {
                agreed.Cancel();
            }

            return sums[0];
        }

        double ScoreOnce()
        {
            Span<double> result = [_communicator.Rank == 0 ? score() : 0];
            _communicator.Broadcast(result);
            return result[0];
        }
    }

    /// <summary>Different ones would train on nonsense without a word, or wait for each other for ever.</summary>
    private void RequireSameEverywhere(ReadOnlySpan<int> lengths)
    {
        double[] own =
        [
            _parameters.Count, _parameters.ElementCount, lengths.Length, WeightedSum(lengths),
            WeightedSum([.. $"{_optimiser.GetType().Name}{_optimiser.Numbers}".Select(letter => (int)letter)]),
            WeightedSum([.. _parameters.SelectMany(item => item.Key.Select(letter => (int)letter).Concat(item.Value.Shape.ToArray()))]),
            _options.Schedule is null ? 0 : 1, _optimiser.LearningRate, _optimiser.WeightDecay, _optimiser.Steps,
            _options.Epochs, _options.BatchSize, _options.Seed, _options.ClipNorm ?? -1, _options.Patience ?? -1,
        ];
        double[] first = [.. own];
        _communicator.Broadcast(first.AsSpan());
        Span<double> different = [own.AsSpan().SequenceEqual(first) ? 0 : 1];
        _communicator.AllReduceSum(different);
        if (different[0] > 0)
        {
            throw new InvalidOperationException(
                $"{different[0]} of {_communicator.Size} processes differ from rank 0 in the model, the optimiser, the examples or "
                + $"the options.");
        }
    }

    private static double WeightedSum(ReadOnlySpan<int> lengths)
    {
        double sum = 0;
        for (int i = 0; i < lengths.Length; i++)
        {
            sum += (i + 1.0) * lengths[i];
        }

        return sum;
    }

    /// <summary>Gives rank 0's checkpoint, if there is one, to the others. Rank 0 itself reads it when training begins.</summary>
    private void ShareCheckpoint()
    {
        bool isFirst = _communicator.Rank == 0;
        using FileStream? source = isFirst && File.Exists(_options.CheckpointPath) ? File.OpenRead(_options.CheckpointPath) : null;
        Span<long> length = [source?.Length ?? -1];
        _communicator.Broadcast(length);
        if (length[0] < 0 || _communicator.Size == 1)
        {
            return;
        }

        string? path = isFirst ? null : Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        try
        {
            using (FileStream? copy = path is null ? null : File.Create(path))
            {
                byte[] chunk = new byte[ChunkBytes];
                for (long rest = length[0]; rest > 0; rest -= chunk.Length)
                {
                    Span<byte> part = chunk.AsSpan(0, (int)Math.Min(rest, chunk.Length));
                    source?.ReadExactly(part);
                    _communicator.Broadcast(part);
                    copy?.Write(part);
                }
            }

            if (path is not null)
            {
                _trainer.LoadCheckpoint(path);
            }
        }
        finally
        {
            if (path is not null)
            {
                File.Delete(path);
            }
        }
    }
}
