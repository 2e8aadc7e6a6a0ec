using System.Numerics;
using System.Runtime.CompilerServices;
using FastRecurrent.Cells;
using FastRecurrent.Kernels;

namespace FastRecurrent.Models;

/// <summary>Vectors → any recurrent network → the last, the mean or every state → linear → logits:
/// what classifiers and taggers have in common.</summary>
internal sealed class SequenceReadout<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Linear<T> _classifier;

    /// <summary>Classes from one state of a sequence, or, without a pooling, from every one.</summary>
    public SequenceReadout(RecurrentNetwork<T> network, int classes, SequencePooling? pooling)
    {
        ArgumentNullException.ThrowIfNull(network);
        Require.Positive(classes);
        Network = network;
        Pooling = pooling;
        _classifier = new Linear<T>(network.OutputSize, classes);
        Parameters = new ParameterSet<T>().Join("recurrent.", network.Parameters).Join("classifier.", _classifier.Parameters);
    }

    public RecurrentNetwork<T> Network { get; }

    public SequencePooling? Pooling { get; }

    public int Classes => _classifier.OutputSize;

    public int WorkspaceLength => _classifier.WorkspaceLength;

    public ParameterSet<T> Parameters { get; }

    public void Initialise(int seed)
    {
        Network.Initialise(seed);
        _classifier.Initialise(unchecked(seed + 1));
    }

    public void Pack()
    {
        Network.Pack();
        _classifier.Pack();
    }

    /// <summary>Steps of all sequences together.</summary>
    public static int CountRows(ReadOnlySpan<int> lengths)
    {
        long rows = Ragged.Sum(lengths);
        return rows <= int.MaxValue
            ? (int)rows
            : throw new ArgumentException($"lengths add up to {rows}, but a run has at most {int.MaxValue} steps.", nameof(lengths));
    }

    /// <summary>Checks the sizes of a run and cuts the tape's memory to them; for the way back,
    /// that there is a run and that it had them.</summary>
    public void Prepare(int rows, ReadOnlySpan<int> lengths, int logits, SequenceModelTape<T> tape, bool backward = false)
    {
        ArgumentNullException.ThrowIfNull(tape);
        Require.MadeBy(tape.Owner, this, "model");

        Ragged.Check(lengths, rows);
        bool every = Pooling is null;
        Require.Length(logits, (long)(every ? rows : lengths.Length) * Classes, backward ? "gradient" : "logits", every ? "M·C" : "B·C");
        tape.Set(rows, lengths, backward);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Forward(ReadOnlySpan<T> x, ReadOnlySpan<int> lengths, Span<T> logits, SequenceModelTape<T> tape, SequenceDropout dropout)
    {
        Network.Run(
            new SequenceInput<T>
            {
                Steps = tape.Tape.MaxSteps,
                Batch = lengths.Length,
                X = x,
                IsRagged = true,
                Lengths = lengths,
                Dropout = dropout
            },
            new SequenceOutput<T> { Y = tape.Y, H = tape.H },
            tape.Tape);
        switch (Pooling)
        {
            case SequencePooling.LastState:
                StateRows.Gather(LastLayer(tape.H, lengths.Length), Network.HiddenSize, tape.Pooled, lengths.Length, Network.OutputSize);
                break;
            case SequencePooling.MeanState:
                tape.Pooled.Clear();
                SpreadMeans(lengths, tape.Y, tape.Pooled, backward: false);
                break;
        }

        _classifier.Forward(Read(tape), logits, tape.Workers);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Backward(ReadOnlySpan<int> lengths, ReadOnlySpan<T> gradient, Span<T> dx, SequenceModelTape<T> tape)
    {
        Span<T> slope = tape.ReadGradient, dy = tape.Y;
        _classifier.Backward(Read(tape), gradient, slope, tape.Workspace, workers: tape.Workers);
        switch (Pooling)
        {
            case SequencePooling.LastState:
                tape.H.Clear();
                StateRows.Scatter(slope, Network.OutputSize, LastLayer(tape.H, lengths.Length), lengths.Length, Network.HiddenSize);
                break;
            case SequencePooling.MeanState:
                SpreadMeans(lengths, dy, slope, backward: true);
                break;
            default:
                dy = slope;
                break;
        }

        Network.Backward(new SequenceOutputGradient<T> { Y = dy, H = tape.H }, new SequenceInputGradient<T> { X = dx }, tape.Tape);
    }

    /// <summary>What the classes are told from.</summary>
    private Span<T> Read(SequenceModelTape<T> tape) => Pooling is null ? tape.Y : tape.Pooled;

    /// <summary>The last layer's states [directions, B, H].</summary>
    private Span<T> LastLayer(Span<T> states, int batch) =>
        states[((Network.StateRows - Network.Directions) * batch * Network.HiddenSize)..];

    /// <summary>Means of each sequence's rows, or their gradient back to every row.</summary>
    private static void SpreadMeans(ReadOnlySpan<int> lengths, Span<T> rows, Span<T> means, bool backward)
    {
        int size = lengths.IsEmpty ? 0 : means.Length / lengths.Length, at = 0;
        for (int b = 0; b < lengths.Length; b++)
        {
            Span<T> mean = means.Slice(b * size, size);
            T share = T.One / Scalar.From<T>(Math.Max(1, lengths[b]));
            for (int t = 0; t < lengths[b]; t++, at++)
            {
                Span<T> row = rows.Slice(at * size, size);
                if (backward)
                {
                    NeuralPrimitives.MultiplyScalar(mean, share, row);
                }
                else
                {
                    NeuralPrimitives.MultiplyAdd(row, share, mean);
                }
            }
        }
    }
}
