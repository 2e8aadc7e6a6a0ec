using System.Runtime.CompilerServices;
using FastRecurrent.Bench.Rows;
using FastRecurrent.Cells;
using FastRecurrent.Kernels;

namespace FastRecurrent.Bench.Peers;

/// <summary>
/// The matrix products of a batch of sequences in an <see cref="Lstm{T}"/>, forward or there and back: the same kernels, shapes and order,
/// without activations, states and copies. What a run takes beyond this is what those cost.
/// </summary>
internal sealed class LstmProducts : Contestant
{
    private const int InputRows = 128; // as many rows of x at a time as a run takes

    private readonly RecurrentTask _task;
    private readonly PackedLinear<float> _input;
    private readonly PackedLinear<float> _recurrent;
    private readonly bool _isTraining;
    private readonly float[] _hidden; // h of all steps, [T·B, H]
    private readonly AlignedBuffer<float> _inputGates; // W x, [128, 4H]
    private readonly AlignedBuffer<float> _gates; // U h of a step or, in training, of all; [·, 4H]
    private readonly float[] _hiddenGradient;
    private readonly float[] _inputGradient;
    private readonly float[] _workspace;

    public LstmProducts(RecurrentTask task)
        : base("products alone")
    {
        int rows = task.Steps * task.Batch, width = new GateLayout(task.Gates, task.Size).Width;
        _task = task;
        _input = Pack("weight_ih", task.WeightIh);
        _recurrent = Pack("weight_hh", task.WeightHh);
        _isTraining = task.Mode == PeerMode.Training;
        _hidden = BenchGraphs.Values(rows * task.Size);
        _inputGates = new AlignedBuffer<float>(Math.Max(InputRows, task.Batch) * width);
        _gates = new AlignedBuffer<float>((_isTraining ? rows : task.Batch) * width);
        _hiddenGradient = new float[_isTraining ? task.Batch * task.Size : 0];
        _inputGradient = new float[_isTraining ? rows * task.Size : 0];
        _workspace = new float[_isTraining ? _input.GradientWorkspaceLength : 0];

        PackedLinear<float> Pack(string name, float[] weights)
        {
            Parameter<float> weight = new(name, task.Gates * task.Size, task.Size);
            weights.CopyTo(weight.Value);
            PackedLinear<float> linear = new(weight, new GateLayout(task.Gates, task.Size), bias: false);
            linear.Pack();
            return linear;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Run(int repeat)
    {
        for (int i = 0; i < repeat; i++)
        {
            Forward();
            if (_isTraining)
            {
                Backward();
            }
        }
    }

    public override IReadOnlyList<PeerOutput> GetOutputs() => [];

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Forward()
    {
        int size = _task.Size, batch = _task.Batch, width = _input.Gates.Width, chunk = Math.Max(1, InputRows / batch);
        for (int step = 0; step < _task.Steps; step++)
        {
            if (step % chunk == 0)
            {
                int rows = Math.Min(chunk, _task.Steps - step) * batch;
                _input.Forward(_task.X.AsSpan(step * batch * size), size, rows, _inputGates.Span, width);
            }

            Span<float> gates = _isTraining ? _gates.Span[(step * batch * width)..] : _gates.Span;
            _recurrent.Forward(_hidden.AsSpan(0, batch * size), size, batch, gates, width);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Backward()
    {
        int size = _task.Size, batch = _task.Batch, rows = _task.Steps * batch, width = _input.Gates.Width;
        for (int step = _task.Steps - 1; step >= 0; step--)
        {
            _recurrent.Backward(_gates.Span[(step * batch * width)..], width, batch, _hiddenGradient, size, accumulate: false);
        }

        _input.AccumulateWeightGradient(_gates.Span, width, _task.X, size, rows, _workspace);
        _recurrent.AccumulateWeightGradient(_gates.Span, width, _hidden, size, rows, _workspace);
        _input.Backward(_gates.Span, width, rows, _inputGradient, size, accumulate: false);
    }
}
