using FastRecurrent.Bench.Operations;
using Xunit.Abstractions;

namespace FastRecurrent.Tests.Operations;

/// <summary>A public operation without a description fails here, and so does a description of what is not there.</summary>
public class CompletenessTests(ITestOutputHelper output)
{
    private const string File = "reads or writes a file, and is tested with hostile ones";
    private const string Structure = "makes an order of nodes, once a graph, and returns new arrays";

    /// <summary>Methods that look like operations, and why they are none.</summary>
    private static readonly Dictionary<string, string> _exceptions = new()
    {
        ["ActivationFunction.Backward"] = "a function of one vector in registers, inlined into kernels",
        ["ConfidenceOrder.ByBestLabel"] = Structure,
        ["ConfidenceOrder.MeanConfidences"] = Structure,
        ["OnnxRecurrent.Run"] = "is made by a file: OnnxRecurrentTests compares it with the network inside, which is described",
        ["OnnxTensor.CopyTo(Span<T>)"] = File,
        ["ParameterFile.Add"] = File,
        ["ParameterFile.Load(ParameterSet, OnnxFile, String)"] = File,
        ["ParameterFile.Load(ParameterSet, SafeTensorsFile, String)"] = File,
        ["ParameterFile.Load(ParameterSet, String, String)"] = File,
        ["ParameterFile.LoadCell(ParameterSet, OnnxFile, String)"] = File,
        ["ParameterFile.LoadCell(ParameterSet, SafeTensorsFile, String)"] = File,
        ["ParameterFile.Save"] = File,
        ["ParameterSet.Join"] = "puts lists of parameters together and computes nothing",
        ["SafeTensorsFile.CopyTo(String, Span<T>)"] = File,
        ["SafeTensorsWriter.Add(String, ReadOnlySpan<Int64>, ReadOnlySpan<T>, Nullable)"] = File,
    };

    private static readonly HashSet<string> _described = [.. Operation<float>.All.SelectMany(operation => operation.Covers)];

    [Fact]
    public void Every_public_operation_has_a_description()
    {
        foreach ((string name, string reason) in _exceptions)
        {
            output.WriteLine($"{name}: {reason}");
        }

        string[] missing = [.. PublicOperations.Names.Except(_described).Except(_exceptions.Keys).Order()];
        Assert.True(missing.Length == 0, $"Without a description in Bench/Operations:\n{string.Join('\n', missing)}");
    }

    [Fact]
    public void Every_description_and_exception_is_of_something_public()
    {
        Assert.Equal([], _described.Except(PublicOperations.Names));
        Assert.Equal([], _exceptions.Keys.Except(PublicOperations.Names));
        Assert.Equal([], _exceptions.Keys.Intersect(_described));
        Assert.Empty(Operation<double>.All.Select(operation => operation.Name)
            .Except(Operation<float>.All.Select(operation => operation.Name)));
        Assert.Equal(Operation<float>.All.Count, Operation<float>.All.Select(operation => operation.Name).Distinct().Count());
    }
}
