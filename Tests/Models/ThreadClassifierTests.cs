using FastRecurrent.Graph;
using FastRecurrent.Kernels;
using FastRecurrent.Models;
using FastRecurrent.Tests.Support;

namespace FastRecurrent.Tests.Models;

/// <summary>The classifier of threads: gradients by property over random forests, threads that do not touch, arguments, memory.</summary>
public class ThreadClassifierTests
{
    private const int Classes = 4;

    [Theory]
    [InlineData(GsLstmDirection.Both, 0)]
    [InlineData(GsLstmDirection.Both, 0.3)]
    [InlineData(GsLstmDirection.Backward, 0.3)]
    public void Gradients_equal_central_differences(GsLstmDirection direction, double dropout) => RandomCases.Hold(
        GraphCase.Cases(GraphKind.Chain, GraphKind.Forest), shape => shape.Shrink(), shape =>
    {
        ThreadClassifier<double> model = Create<double>(shape.InputSize, shape.HiddenSize, direction);
        model.Initialise(shape.Seed);
        GsLstmSchedule schedule = Schedule(shape);
        ThreadClassifierTape<double> tape = model.CreateTape(shape.Nodes + 1);
        double[] x = Numbers.Random<double>(1, shape.Nodes * shape.InputSize), logits = new double[shape.Nodes * Classes];
        double[] gradient = Numbers.Random<double>(2, logits.Length), dx = new double[x.Length];
        model.Forward(schedule, x, logits, tape, dropout, shape.Seed);
        model.Backward(gradient, dx, tape);
        GradientCheck.Check(
            () =>
            {
                model.Pack();
                model.Forward(schedule, x, logits, tape, dropout, shape.Seed);
                return Layers.Dot(logits, gradient);
            },
            [Layers.Variable("x", x, dx), .. Layers.Variables(model.Parameters)],
            shape.Seed);
    }, count: 25);

    [Fact]
    public void A_thread_has_the_same_logits_alone_and_in_a_batch()
    {
        ThreadClassifier<float> model = Create<float>(3, 5);
        model.Initialise(7);
        ThreadClassifierTape<float> tape = model.CreateTape(7);
        float[] x = Numbers.Random<float>(1, 7 * 3), first = new float[4 * Classes], second = new float[3 * Classes],
            both = new float[7 * Classes];
        model.Forward(new GsLstmSchedule(new Relatives([-1, 0, 0, 1], [0, 1, 2, 3])), x.AsSpan(0, 12), first, tape);
        model.Forward(new GsLstmSchedule(new Relatives([-1, 0, 0], [0, 1, 2])), x.AsSpan(12), second, tape);
        model.Forward(new GsLstmSchedule(new Relatives([-1, 0, 0, 1, -1, 4, 4], [0, 1, 2, 3, 0, 1, 2])), x, both, tape);
        Numbers.AssertSameBits<float>([.. first, .. second], both, "logits");
    }

    [Fact]
    public void Parameters_are_named_after_their_part()
    {
        ThreadClassifier<float> model = Create<float>(3, 5);
        Assert.Equal((3, Classes), (model.InputSize, model.Classes));
        Assert.Equal(
            ["threads.weight_x", "threads.weight_p", "threads.weight_pi", "threads.bias", "threads.weight_x_reverse",
                "threads.weight_p_reverse",
                "threads.weight_pi_reverse", "threads.bias_reverse", "classifier.0.weight", "classifier.0.bias", "classifier.1.weight",
                "classifier.1.bias"],
            model.Parameters.Select(item => item.Key));
    }

    [Fact]
    public void Nothing_is_allocated()
    {
        GraphCase shape = new(GraphKind.Forest, 14, 5, 20, 3);
        ThreadClassifier<float> model = Create<float>(shape.InputSize, shape.HiddenSize);
        model.Initialise(1);
        ThreadClassifierTape<float> tape = model.CreateTape(14);
        GsLstmSchedule schedule = Schedule(shape);
        float[] x = Numbers.Random<float>(1, 14 * 5), logits = new float[14 * Classes], dx = new float[x.Length];
        Assert.Equal(0, Numbers.AllocatedBytes(() =>
        {
            model.Forward(schedule, x, logits, tape, 0.2, 1);
            model.Backward(logits, dx, tape);
            model.Pack();
        }));
    }

    [Fact]
    public void Wrong_arguments_are_refused_before_anything_is_written()
    {
        Assert.Contains("takes 9 values, but a comment's states are 10", Assert.Throws<ArgumentException>(
            () => new ThreadClassifier<float>(new GsLstm<float>(new GsLstmOptions { InputSize = 3, HiddenSize = 5 }),
            new Mlp<float>([9, 2]))).Message);
        ThreadClassifier<float> model = Create<float>(3, 5), other = Create<float>(3, 5);
        ThreadClassifierTape<float> tape = model.CreateTape(2);
        GsLstmSchedule two = new(new Relatives([-1, 0], [0, 1])), three = new(new Relatives([-1, 0, 0], [0, 1, 2]));
        float[] x = new float[6], logits = [.. Enumerable.Repeat(7f, 2 * Classes)], dx = [7, 7, 7, 7, 7, 7];
        Assert.Contains("x needs 6 elements (N·D), but has 5",
            Assert.Throws<ArgumentException>(() => model.Forward(two, x.AsSpan(1), logits, tape)).Message);
        Assert.Contains("logits needs 8 elements (N·C), but has 7",
            Assert.Throws<ArgumentException>(() => model.Forward(two, x, logits.AsSpan(1), tape)).Message);
        Assert.Contains("2 comments; there are 3",
            Assert.Throws<ArgumentException>(() => model.Forward(three, new float[9], new float[12], tape)).Message);
        Assert.Contains("another classifier", Assert.Throws<ArgumentException>(() => other.Forward(two, x, logits, tape)).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => model.Forward(two, x, logits, tape, dropout: 1));
        Assert.Throws<InvalidOperationException>(() => model.Backward(logits, dx, tape));
        Assert.All(logits, value => Assert.Equal(7, value));
        model.Pack();
        model.Forward(two, x, logits, tape);
        Assert.Contains("gradient needs 8 elements (N·C), but has 7",
            Assert.Throws<ArgumentException>(() => model.Backward(logits.AsSpan(1), dx, tape)).Message);
        Assert.Contains("dx needs 6 elements (N·D), but has 5",
            Assert.Throws<ArgumentException>(() => model.Backward(logits, dx.AsSpan(1), tape)).Message);
        Assert.Contains("another classifier", Assert.Throws<ArgumentException>(() => other.Backward(logits, dx, tape)).Message);
        Assert.All(dx, value => Assert.Equal(7, value));
        model.Backward(logits, default, tape);
        Assert.Throws<InvalidOperationException>(() => model.Backward(logits, dx, tape));
    }

    private static ThreadClassifier<T> Create<T>(int inputSize, int hiddenSize, GsLstmDirection direction = GsLstmDirection.Both)
        where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T>
    {
        GsLstm<T> threads = new(new GsLstmOptions { InputSize = inputSize, HiddenSize = hiddenSize, Direction = direction });
        return new ThreadClassifier<T>(threads, new Mlp<T>([threads.OutputSize, 6, Classes], Activation.Tanh));
    }

    private static GsLstmSchedule Schedule(GraphCase shape) =>
        new(new Relatives(shape.Parents(), [.. shape.Shuffled().Select(time => (long)time)]));
}
