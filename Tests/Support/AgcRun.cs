using System.Numerics;
using FastRecurrent.Graph;

namespace FastRecurrent.Tests.Support;

/// <summary>All operands of a run of an AGC-LSTM layer: random inputs and upstream gradients, and room for what comes out.</summary>
internal sealed class AgcRun<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public AgcRun(AgcCase shape)
    {
        Shape = shape;
        int rows = shape.Rows, all = shape.Steps * rows, hidden = shape.HiddenSize, alpha = shape.AttentionSize > 0 ? all : 0;
        int feature = shape.Steps * shape.Batch * hidden, local = alpha > 0 ? feature : 0;
        Inputs = [Random(all * shape.InputSize), Random(rows * hidden), Random(rows * hidden)];
        Outputs = [new T[all * hidden], new T[rows * hidden], new T[rows * hidden], new T[alpha], new T[feature], new T[local]];
        Upstream = [.. Outputs.Select(output => Random(output.Length))];
        Gradients = [.. Inputs.Select(input => new T[input.Length])];
    }

    public AgcCase Shape { get; }

    /// <summary>x, h₀, c₀.</summary>
    public T[][] Inputs { get; }

    /// <summary>y, h, c, α, global, local.</summary>
    public T[][] Outputs { get; }

    /// <summary>The gradients of the outputs; an empty one is not given.</summary>
    public T[][] Upstream { get; }

    /// <summary>The gradients of the inputs.</summary>
    public T[][] Gradients { get; }

    public void Forward(AgcLstm<T> layer, AgcLstmTape<T> tape) => layer.Forward(
        new AgcLstmInput<T> { Steps = Shape.Steps, Batch = Shape.Batch, X = Inputs[0], H0 = Inputs[1], C0 = Inputs[2] },
        new AgcLstmOutput<T>
        {
            Y = Outputs[0],
            H = Outputs[1],
            C = Outputs[2],
            Alpha = Outputs[3],
            Global = Outputs[4],
            Local = Outputs[5]
        },
        tape);

    public void Backward(AgcLstm<T> layer, AgcLstmTape<T> tape) => layer.Backward(
        new AgcLstmOutputGradient<T>
        {
            Y = Upstream[0],
            H = Upstream[1],
            C = Upstream[2],
            Alpha = Upstream[3],
            Global = Upstream[4],
            Local = Upstream[5],
        },
        new AgcLstmInputGradient<T> { X = Gradients[0], H0 = Gradients[1], C0 = Gradients[2] },
        tape);

    private T[] Random(int count) => Numbers.Random<T>(Shape.Seed + count, count);
}
