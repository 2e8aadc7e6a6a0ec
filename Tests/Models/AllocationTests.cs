using FastRecurrent.Cells;
using FastRecurrent.Models;
using FastRecurrent.Tests.Support;

namespace FastRecurrent.Tests.Models;

/// <summary>Everything that runs at each step of training, forward and backward, allocates nothing.</summary>
public class AllocationTests
{
    private static readonly ParameterSet<float> _parameters = new(new Parameter<float>("a", 5, 7), new Parameter<float>("b", 33));

    public static TheoryData<string, Action> Steps()
    {
        Linear<float> linear = new(9, 5);
        linear.Initialise(1);
        Embedding<float> embedding = new(10, 7);
        int[] ids = [1, 3, 3], targets = [0, 4, 2], lengths = [1, 0, 1];
        float[] x = Numbers.Random<float>(1, 27), y = new float[15], dy = Numbers.Random<float>(2, 15), dx = new float[27], e = new float[21];
        float[] workspace = new float[linear.WorkspaceLength], other = Numbers.Random<float>(3, 15);
        Random random = new(1);
        Sgd<float> sparse = new(embedding.Parameters, 0.1);
        return new TheoryData<string, Action>
        {
            { "linear", () => { linear.Forward(x, y); linear.Backward(x, dy, dx, workspace); linear.Pack(); } },
            { "embedding", () => { embedding.Forward(ids, e); embedding.Backward(ids, e); embedding.ZeroGradient(); } },
            { "cross-entropy", () => Loss.CrossEntropy<float>(x.AsSpan(0, 15), targets, y, Reduction.Mean, lengths) },
            { "binary cross-entropy", () => Loss.BinaryCrossEntropy<float>(x.AsSpan(0, 15), other, y, 5, Reduction.Mean, lengths) },
            { "mean squared error", () => Loss.MeanSquaredError<float>(x.AsSpan(0, 15), other, y, 5, Reduction.Steps, lengths) },
            { "prediction", () => { Prediction.CountCorrect<float>(x.AsSpan(0, 15), targets); Prediction.Sample(other.AsSpan(), 0.7, random); } },
            { "zero gradients", _parameters.ZeroGradients },
            { "clip by norm", () => Gradients.ClipByNorm(_parameters, 1) },
            { "clip by value", () => Gradients.ClipByValue(_parameters, 1) },
            { "sgd", new Sgd<float>(_parameters, 0.1).Step },
            { "sgd of an embedding", () => { embedding.Backward(ids, e); sparse.Step(); embedding.Parameters.ZeroGradients(); } },
            { "momentum", new Momentum<float>(_parameters, 0.1).Step },
            { "nesterov", new Nesterov<float>(_parameters, 0.1).Step },
            { "adam", new Adam<float>(_parameters).Step },
            { "adamw", new AdamW<float>(_parameters).Step },
        };
    }

    [Theory]
    [MemberData(nameof(Steps))]
    public void Nothing_is_allocated(string what, Action step) => Assert.True(Numbers.AllocatedBytes(step) == 0, what);
}
