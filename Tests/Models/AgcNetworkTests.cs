using System.Numerics;
using FastRecurrent.Cells;
using FastRecurrent.Graph;
using FastRecurrent.Models;
using FastRecurrent.Tests.Support;
using FsCheck;
using FsCheck.Fluent;

namespace FastRecurrent.Tests.Models;

/// <summary>The whole AGC-LSTM network on random skeletons.</summary>
public class AgcNetworkTests
{
    private const int Classes = 3, Coordinates = 2;

    private sealed record Case(int Steps, int Batch, int Joints, int Layers, int AttentionSize, int Window, int Stride, int Seed)
    {
        public static Gen<Case> Cases() =>
            from steps in Gen.Choose(1, 9)
            from batch in Gen.Choose(1, 3)
            from joints in Gen.Choose(1, 5)
            from layers in Gen.Choose(1, 3)
            from attentionSize in Gen.Choose(0, 5)
            from window in Gen.Choose(1, 3)
            from stride in Gen.Choose(1, 3)
            from seed in Gen.Choose(0, 1_000_000)
            select new Case(steps, batch, joints, layers, attentionSize, window, stride, seed);

        public IEnumerable<Case> Shrink() =>
            RandomCases.Smaller(Steps).Select(n => this with { Steps = n })
                .Concat(RandomCases.Smaller(Batch).Select(n => this with { Batch = n }))
                .Concat(RandomCases.Smaller(Joints).Select(n => this with { Joints = n }))
                .Concat(RandomCases.Smaller(Layers).Select(n => this with { Layers = n }))
                .Concat(RandomCases.Smaller(AttentionSize, least: 0).Select(n => this with { AttentionSize = n }));

        public int InputLength => Steps * Batch * Joints * Coordinates;

        public int[] Targets => [.. Enumerable.Range(0, Batch).Select(sequence => (Seed + sequence) % Classes)];

        public AgcNetwork<T> Create<T>()
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            int[] parents = new GraphCase(GraphKind.Forest, Joints, 1, 1, Seed).Parents();
            AgcNetwork<T> network = new(
                new AgcNetworkOptions
                {
                    CoordinateSize = Coordinates,
                    PositionSize = 5,
                    FeatureSize = 6,
                    HiddenSize = 4,
                    Classes = Classes,
                    Layers = Layers,
                    AttentionSize = AttentionSize,
                    Pooling = new TemporalPooling(Window, Stride),
                    Lambda = 0.7,
                    Beta = 0.3,
                },
                Seed % 2 == 0 ? Skeleton.Spatial<T>(parents) : Skeleton.Uniform<T>(parents));
            network.Initialise(Seed);
            return network;
        }
    }

    [Fact]
    public void Gradients_of_the_loss_equal_central_differences() => RandomCases.Hold(Case.Cases(), shape => shape.Shrink(), shape =>
    {
        AgcNetwork<double> network = shape.Create<double>();
        AgcNetworkTape<double> tape = network.CreateTape(shape.Steps + 1, shape.Batch + 1);
        double[] x = Numbers.Random<double>(shape.Seed, shape.InputLength), dx = new double[x.Length];
        network.Forward(x, shape.Steps, shape.Batch, default, tape);
        double expected = network.Loss(shape.Targets, tape);
        Assert.Equal(expected, network.Backward(shape.Targets, dx, tape));
        GradientCheck.Check(
            () =>
            {
                network.Pack();
                network.Forward(x, shape.Steps, shape.Batch, default, tape);
                return network.Loss(shape.Targets, tape);
            },
            [Layers.Variable("x", x, dx), .. Layers.Variables(network.Parameters)],
            shape.Seed);
    }, count: 40);

    [Fact]
    public void A_batch_gives_the_bits_of_its_sequences_one_by_one() => RandomCases.Hold(Case.Cases(), shape => shape.Shrink(), shape =>
    {
        AgcNetwork<float> network = shape.Create<float>();
        float[] x = Numbers.Random<float>(shape.Seed, shape.InputLength), all = new float[shape.Batch * Classes], one = new float[Classes];
        network.Forward(x, shape.Steps, shape.Batch, all, network.CreateTape(shape.Steps, shape.Batch));
        AgcNetworkTape<float> tape = network.CreateTape(shape.Steps, 1);
        int size = shape.Joints * Coordinates;
        for (int sequence = 0; sequence < shape.Batch; sequence++)
        {
            float[] own =
                [.. Enumerable.Range(0, shape.Steps).SelectMany(t => x.AsSpan((t * shape.Batch + sequence) * size, size).ToArray())];
            network.Forward(own, shape.Steps, 1, one, tape);
            Numbers.AssertSameBits<float>(all.AsSpan(sequence * Classes, Classes), one, $"sequence {sequence}");
            Assert.Equal(shape.AttentionSize > 0 ? 2 : 1, one.Sum(), 1e-5f);
        }
    }, count: 30);

    /// <summary>The formula, written plainly: α = σ(0) = ½ everywhere where all parameters are zero, and scores are equal.</summary>
    [Fact]
    public void The_loss_of_a_network_of_zeros_is_known()
    {
        Case shape = new(9, 2, 4, 3, 5, 2, 2, 6);
        AgcNetwork<double> network = shape.Create<double>();
        foreach ((_, Parameter<double> parameter) in network.Parameters)
        {
            parameter.Value.Clear();
        }

        network.Pack();
        AgcNetworkTape<double> tape = network.CreateTape(9, 2);
        network.Forward(Numbers.Random<double>(1, shape.InputLength), 9, 2, default, tape);
        double perLayer = 0.7 * 4 * 0.25 + 0.3 * Math.Pow(4 * 0.5, 2);
        Assert.Equal(2 * Math.Log(Classes) + 3 * perLayer, network.Loss([0, 2], tape), 1e-12);
        Assert.All([9, 4, 2], (steps, layer) => Assert.Equal(Enumerable.Repeat(0.5, steps * 2 * 4), tape.GetAttention(layer).ToArray()));
    }

    [Fact]
    public void Attention_can_be_read_and_is_the_regularised_one()
    {
        Case shape = new(7, 2, 4, 2, 5, 2, 2, 3);
        AgcNetwork<double> network = shape.Create<double>();
        AgcNetworkTape<double> tape = network.CreateTape(8, 3), none = (shape with { AttentionSize = 0 }).Create<double>().CreateTape(7, 2);
        Assert.True(tape.GetAttention(1).IsEmpty);
        Assert.True(none.GetAttention(0).IsEmpty);
        Assert.Throws<ArgumentOutOfRangeException>(() => tape.GetAttention(2).Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => tape.GetAttention(-1).Length);
        network.Forward(Numbers.Random<double>(1, shape.InputLength), 7, 2, default, tape);
        double expected = 0;
        for (int layer = 0; layer < 2; layer++)
        {
            double[] alpha = tape.GetAttention(layer).ToArray();
            int steps = alpha.Length / 8;
            Assert.Equal(layer == 0 ? 7 : 3, steps);
            Assert.All(alpha, value => Assert.InRange(value, 0, 1));
            for (int sequence = 0; sequence < 2; sequence++)
            {
                expected += 0.7 / 2 * Enumerable.Range(0, 4)
                    .Sum(n => Math.Pow(1 - Enumerable.Range(0, steps).Average(t => alpha[(t * 2 + sequence) * 4 + n]), 2));
                expected += 0.3 / 2 * Enumerable.Range(0, steps)
                    .Average(t => Math.Pow(Enumerable.Range(0, 4).Sum(n => alpha[(t * 2 + sequence) * 4 + n]), 2));
            }
        }

        AgcNetwork<double> unregularised = new(network.Options with { Lambda = 0, Beta = 0 }, network.Partitions);
        unregularised.Initialise(3);
        AgcNetworkTape<double> other = unregularised.CreateTape(7, 2);
        unregularised.Forward(Numbers.Random<double>(1, shape.InputLength), 7, 2, default, other);
        Assert.Equal(expected, network.Loss([0, 1], tape) - unregularised.Loss([0, 1], other), 1e-12);
    }

    [Fact]
    public void It_learns_to_tell_one_motion_from_its_reverse()
    {
        const int Steps = 8, Batch = 8, Joints = 4;
        AgcNetwork<float> network = new Case(Steps, Batch, Joints, 3, 4, 2, 2, 2).Create<float>();
        AgcNetworkTape<float> tape = network.CreateTape(Steps, Batch);
        float[] x = new float[Steps * Batch * Joints * Coordinates], prediction = new float[Batch * Classes];
        int[] targets = [.. Enumerable.Range(0, Batch).Select(sequence => sequence % 2)];
        for (int i = 0; i < x.Length; i++)
        {
            int sequence = i / (Joints * Coordinates) % Batch, t = i / (Joints * Coordinates * Batch);
            x[i] = MathF.Sin((targets[sequence] == 0 ? t : Steps - 1 - t) * 0.4f + sequence * 0.05f + i % (Joints * Coordinates) * 0.2f);
        }

        float first = 0, last = 0;
        for (int epoch = 0; epoch < 300; epoch++)
        {
            network.Parameters.ZeroGradients();
            network.Forward(x, Steps, Batch, prediction, tape);
            last = network.Backward(targets, default, tape);
            first = epoch == 0 ? last : first;
            foreach ((_, Parameter<float> parameter) in network.Parameters)
            {
                for (int i = 0; i < parameter.Length; i++)
                {
                    parameter.Value[i] -= 0.1f * parameter.Gradient[i];
                }
            }

            network.Pack();
        }

        Assert.True(last < first - 1, $"{first} → {last}");
        Assert.All(Enumerable.Range(0, Batch), sequence =>
            Assert.Equal(targets[sequence], Enumerable.Range(0, Classes).MaxBy(c => prediction[sequence * Classes + c])));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    public void Nothing_is_allocated(int attentionSize)
    {
        Case shape = new(7, 2, 5, 3, attentionSize, 2, 2, 4);
        AgcNetwork<float> network = shape.Create<float>();
        AgcNetworkTape<float> tape = network.CreateTape(7, 2);
        float[] x = Numbers.Random<float>(1, shape.InputLength), prediction = new float[2 * Classes], dx = new float[x.Length];
        int[] targets = shape.Targets;
        Assert.Equal(0, Numbers.AllocatedBytes(() =>
        {
            network.Forward(x, 7, 2, prediction, tape);
            network.Loss(targets, tape);
            network.Backward(targets, dx, tape);
        }));
    }

    [Fact]
    public void Wrong_arguments_are_refused_before_anything_is_written()
    {
        Case shape = new(4, 2, 3, 2, 5, 2, 2, 4);
        AgcNetwork<float> network = shape.Create<float>(), other = shape.Create<float>();
        AgcNetworkTape<float> tape = network.CreateTape(4, 2);
        float[] x = new float[shape.InputLength], prediction = new float[2 * Classes];
        Assert.Throws<InvalidOperationException>(() => network.Loss([0, 1], tape));
        Assert.Throws<ArgumentException>(() => other.Forward(x, 4, 2, prediction, tape));
        Assert.Throws<ArgumentException>(() => network.Forward(x, 5, 2, prediction, tape));
        Assert.Throws<ArgumentException>(() => network.Forward(x, 4, 3, prediction, tape));
        Assert.Contains("T·B·N·C", Assert.Throws<ArgumentException>(() => network.Forward(x.AsSpan(1), 4, 2, prediction, tape)).Message);
        Assert.Throws<ArgumentException>(() => network.Forward(x, 4, 2, prediction.AsSpan(1), tape));
        Assert.Equal(0, prediction.Sum());
        network.Forward(x, 4, 2, prediction, tape);
        Assert.Throws<ArgumentException>(() => network.Backward([0], default, tape));
        Assert.Contains("targets[1] is 3", Assert.Throws<ArgumentException>(() => network.Backward([0, 3], default, tape)).Message);
        Assert.Throws<ArgumentException>(() => network.Backward([0, 1], new float[3], tape));
        network.Backward([0, 1], default, tape);
        Assert.Throws<InvalidOperationException>(() => network.Backward([0, 1], default, tape));
        GraphPartitions<float> graph = Skeleton.Uniform<float>([-1]);
        AgcNetworkOptions options = network.Options;
        Assert.Throws<ArgumentOutOfRangeException>(() => new AgcNetwork<float>(options with { Layers = 0 }, graph));
        Assert.Throws<ArgumentOutOfRangeException>(() => new AgcNetwork<float>(options with { Classes = 0 }, graph));
        Assert.Throws<ArgumentOutOfRangeException>(() => new AgcNetwork<float>(options with { AttentionSize = -1 }, graph));
        Assert.Throws<ArgumentOutOfRangeException>(() => new AgcNetwork<float>(options with { Lambda = double.NaN }, graph));
        Assert.Throws<ArgumentOutOfRangeException>(() => new AgcNetwork<float>(options with { Beta = -1 }, graph));
    }
}
