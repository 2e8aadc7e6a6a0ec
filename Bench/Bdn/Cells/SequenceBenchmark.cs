using BenchmarkDotNet.Attributes;
using FastRecurrent.Bench.Rows;
using FastRecurrent.Cells;

namespace FastRecurrent.Bench.Bdn.Cells;

/// <summary>A batch of whole sequences, input size = hidden size.</summary>
/// <param name="steps">T.</param>
public abstract class SequenceBenchmark(int steps)
{
    private RecurrentNetwork<float> _network = null!;
    private Tape<float> _workspace = null!;
    private Tape<float> _tape = null!;
    private float[] _h = [], _c = [];

    /// <summary>B.</summary>
    [Params(1, 32)]
    public int Batch { get; set; }

    /// <summary>H.</summary>
    [Params(64, 128, 256)]
    public int HiddenSize { get; set; }

    /// <summary>T.</summary>
    protected int Steps => steps;

    /// <summary>[T, B, H].</summary>
    protected float[] X { get; private set; } = [];

    /// <summary>[T, B, H], written.</summary>
    protected float[] Y { get; private set; } = [];

    /// <summary>[T, B, H], the gradient of the outputs.</summary>
    protected float[] Upstream { get; private set; } = [];

    /// <summary>[T, B, H], the gradient of the inputs, written.</summary>
    protected float[] Gradient { get; private set; } = [];

    /// <summary>Makes the network, its memory and the inputs.</summary>
    [GlobalSetup]
    public void Setup()
    {
        _network = Create();
        (_workspace, _tape) = (_network.CreateWorkspace(Steps, Batch), _network.CreateTape(Steps, Batch));
        (X, Upstream) = (BenchGraphs.Values(Steps * Batch * HiddenSize), BenchGraphs.Values(Steps * Batch * HiddenSize, 2));
        (Y, Gradient) = (new float[X.Length], new float[X.Length]);
        (_h, _c) = (new float[Batch * HiddenSize], new float[Batch * HiddenSize]);
    }

    /// <summary>A network with parameters drawn, and the baseline beside it where there is one.</summary>
    protected abstract RecurrentNetwork<float> Create();

    /// <summary>Ours, forward.</summary>
    protected float[] Forward()
    {
        _network.Run(new SequenceInput<float> { Steps = Steps, Batch = Batch, X = X }, new SequenceOutput<float> { Y = Y }, _workspace);
        return Y;
    }

    /// <summary>Ours, forward and backward.</summary>
    protected float[] ForwardBackward()
    {
        _network.Run(new SequenceInput<float> { Steps = Steps, Batch = Batch, X = X }, new SequenceOutput<float> { Y = Y }, _tape);
        _network.Backward(new SequenceOutputGradient<float> { Y = Upstream }, new SequenceInputGradient<float> { X = Gradient }, _tape);
        return Gradient;
    }

    /// <summary>The baseline, forward: one sequence's step after another's.</summary>
    protected float[] PlainForward(PlainStep step)
    {
        int size = HiddenSize;
        Array.Clear(_h);
        Array.Clear(_c);
        for (int row = 0; row < Steps * Batch; row++)
        {
            Span<float> h = _h.AsSpan(row % Batch * size, size);
            step(X.AsSpan(row * size, size), h, _c.AsSpan(row % Batch * size, size));
            h.CopyTo(Y.AsSpan(row * size));
        }

        return Y;
    }
}
