using System.Numerics;
using System.Runtime.CompilerServices;
using FastRecurrent.Cells;
using FastRecurrent.Kernels;

namespace FastRecurrent.Models;

/// <summary>One level of a hierarchical attention network: bidirectional GRU, then attention pooling, over ragged sequences.</summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
internal sealed class AttentiveEncoder<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public AttentiveEncoder(int inputSize, int hiddenSize, int attentionSize)
    {
        Gru = new Gru<T>(
            new GruOptions { InputSize = inputSize, HiddenSize = hiddenSize, Bidirectional = true, Update = UpdateGate.Takes });
        Attention = new AttentionPooling<T>(2 * hiddenSize, attentionSize);
        Parameters = new ParameterSet<T>().Join("gru.", Gru.Parameters).Join("att.", Attention.Parameters);
    }

    public Gru<T> Gru { get; }

    public AttentionPooling<T> Attention { get; }

    public ParameterSet<T> Parameters { get; }

    public int OutputSize => Gru.OutputSize;

    public void Initialise(int seed)
    {
        Gru.Initialise(seed);
        Attention.Initialise(seed + 1);
    }

    public void Pack()
    {
        Gru.Pack();
        Attention.Pack();
    }

    /// <summary>The memory of one level's runs.</summary>
    public sealed class Memory
    {
        public Memory(AttentiveEncoder<T> encoder, int maxSteps, int maxSequences, int maxRows, WorkerPool? workers)
        {
            Tape = encoder.Gru.CreateTape(maxSteps, maxSequences, maxRows, workers);
            AttentionTape = encoder.Attention.CreateTape(maxRows, workers);
            Input = new AlignedBuffer<T>((long)maxRows * encoder.Gru.InputSize);
            Hidden = new AlignedBuffer<T>((long)maxRows * encoder.OutputSize);
            HiddenGradient = new AlignedBuffer<T>((long)maxRows * encoder.OutputSize);
        }

        public Tape<T> Tape { get; }

        public AttentionTape<T> AttentionTape { get; }

        /// <summary>x of all rows; in backward its gradient.</summary>
        public AlignedBuffer<T> Input { get; }

        public AlignedBuffer<T> Hidden { get; }

        public AlignedBuffer<T> HiddenGradient { get; }

        /// <summary>Its size in bytes.</summary>
        public long Bytes => Tape.Bytes + Unsafe.SizeOf<T>() * ((long)Input.Length + Hidden.Length + HiddenGradient.Length
            + AttentionTape.Projected.Length + AttentionTape.ProjectedGradient.Length + AttentionTape.ScoreGradient.Length
            + AttentionTape.Workspace.Length);
    }

    /// <summary>From the rows in <see cref="Memory.Input"/> to one vector a sequence.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Forward(ReadOnlySpan<int> lengths, Span<T> pooled, Span<T> alpha, Memory memory)
    {
        int rows = alpha.Length;
        Span<T> hidden = memory.Hidden.Span[..(rows * OutputSize)];
        Gru.Run(
            new SequenceInput<T>
            {
                Steps = Ragged.Longest(lengths),
                Batch = lengths.Length,
                X = memory.Input.Span[..(rows * Gru.InputSize)],
                IsRagged = true,
                Lengths = lengths,
            },
            new SequenceOutput<T> { Y = hidden },
            memory.Tape);
        Attention.Forward(hidden, lengths, pooled, alpha, memory.AttentionTape);
    }

    /// <summary>Back to the gradient of the rows, which replaces them in <see cref="Memory.Input"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Backward(ReadOnlySpan<int> lengths, ReadOnlySpan<T> alpha, ReadOnlySpan<T> pooledGradient, ReadOnlySpan<T> alphaGradient,
        Memory memory)
    {
        int rows = alpha.Length;
        Span<T> hidden = memory.Hidden.Span[..(rows * OutputSize)], gradient = memory.HiddenGradient.Span[..hidden.Length];
        Attention.Backward(hidden, lengths, alpha, pooledGradient, alphaGradient, gradient, memory.AttentionTape);
        Gru.Backward(
            new SequenceOutputGradient<T> { Y = gradient },
            new SequenceInputGradient<T> { X = memory.Input.Span[..(rows * Gru.InputSize)] },
            memory.Tape);
    }
}
