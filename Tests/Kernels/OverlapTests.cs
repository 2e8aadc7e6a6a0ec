using FastRecurrent.Cells;
using FastRecurrent.Kernels;
using FastRecurrent.Models;

namespace FastRecurrent.Tests.Kernels;

/// <summary>What is computed element by element takes its source's place, and refuses other memory of it.</summary>
public class OverlapTests
{
    private delegate void Call(ReadOnlySpan<double> source, Span<double> destination);

    private static readonly (string Name, Call Call)[] _calls =
    [
        ("Tanh", (source, destination) => NeuralPrimitives.Tanh(source, destination)),
        ("FlushTiny", (source, destination) => NeuralPrimitives.FlushTiny(source, destination)),
        ("Add", (source, destination) => NeuralPrimitives.Add(source, source, destination)),
        ("AddScalar", (source, destination) => NeuralPrimitives.AddScalar(source, 2, destination)),
        ("MultiplyScalar", (source, destination) => NeuralPrimitives.MultiplyScalar(source, 3, destination)),
        ("Softmax", (source, destination) => NeuralPrimitives.Softmax(source, destination)),
        ("Activate", (source, destination) => NeuralPrimitives.Activate(Activation.Identity, source, destination)),
        ("TanhBackward", (source, destination) => NeuralPrimitives.TanhBackward(source, source, destination)),
        ("CrossEntropy", (source, destination) => Loss.CrossEntropy(source, [0, 1, 2], destination)),
        ("BinaryCrossEntropy", (source, destination) => Loss.BinaryCrossEntropy(source, source, destination, 3)),
        ("MeanSquaredError", (source, destination) => Loss.MeanSquaredError(source, source, destination, 3)),
    ];

    public static TheoryData<string> Names => [.. _calls.Select(call => call.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void The_source_itself_may_be_the_destination(string name)
    {
        Call call = _calls.Single(item => item.Name == name).Call;
        double[] expected = new double[9], memory = Values();
        call(Values(), expected);
        call(memory, memory);
        Assert.Equal(expected, memory);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Other_memory_of_the_source_is_refused_and_nothing_is_written(string name)
    {
        Call call = _calls.Single(item => item.Name == name).Call;
        foreach ((int source, int destination) in new[] { (0, 1), (1, 0), (0, 8), (8, 0) })
        {
            double[] memory = [.. Values(), .. Values()], before = [.. memory];
            ArgumentException refused =
                Assert.Throws<ArgumentException>(() => call(memory.AsSpan(source, 9), memory.AsSpan(destination, 9)));
            Assert.Contains(refused.ParamName, new[] { "destination", "gradient" });
            Assert.Equal(before, memory);
        }
    }

    [Fact]
    public void Layers_refuse_results_in_what_they_still_read()
    {
        AttentionPooling<double> pooling = new(3, 2);
        AttentionTape<double> tape = pooling.CreateTape(4);
        CrossAttention<double> attention = new(3, 3);
        double[] memory = Values(), room = new double[9];
        Refused(() => pooling.Forward(memory, [2, 1], memory.AsSpan(0, 6), room.AsSpan(0, 3), tape));
        Refused(() => pooling.Forward(memory, [2, 1], room.AsSpan(0, 6), memory.AsSpan(6, 3), tape));
        Refused(() => attention.Forward(memory, [3], room, room, [3], memory, new double[9]));
        Refused(() => attention.Forward(memory, [3], room, room, [3], new double[9], memory));
        Refused(() => attention.Forward(memory, [3], memory, memory, [3], room, room));

        void Refused(Action call)
        {
            Assert.Contains("which is needed beside it", Assert.Throws<ArgumentException>(call).Message);
            Assert.Equal(Values(), memory);
            Assert.All(room, value => Assert.Equal(0, value));
        }
    }

    private static double[] Values() => [0.5, -1, 2, 0.25, 0, 1, -0.5, 1.5, 0.75];
}
