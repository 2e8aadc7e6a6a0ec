using FastRecurrent.Bench.Guard;
using FastRecurrent.Bench.Operations;
using FastRecurrent.Cells;
using FastRecurrent.Tests.Support;

namespace FastRecurrent.Tests.Kernels;

/// <summary>No kernel, and no operation, leaves the spans it is given: each runs between pages that nobody may touch, in child processes,
/// which a fault ends.</summary>
public class GuardPageTests
{
    [LinuxFact]
    public void Kernels_and_operations_stay_within_their_spans_and_every_vector_width_gives_the_same_bits()
    {
        string output = BenchProcess.RunAtEveryWidth("guard");
        int cases = GuardCase<float>.Kernels().Count() + GuardCase<double>.Kernels().Count()
            + Operation<float>.All.Count + Operation<double>.All.Count;
        Assert.Equal(cases, output.Count(letter => letter == '\n'));
    }

    [LinuxFact]
    public unsafe void Weights_and_tapes_of_an_operation_are_moved_to_the_closed_pages()
    {
        GuardedBuffers buffers = new();
        foreach (Operation<float> operation in Operation<float>.All)
        {
            OperationRun<float> run = operation.Create(Sizes.Edges[0]);
            buffers.Move(run, atEnd: true);
            foreach ((string name, Parameter<float> parameter) in run.Parameters ?? [])
            {
                fixed (float* value = parameter.Value)
                {
                    Assert.True((nint)(value + parameter.Length) % Environment.SystemPageSize == 0, $"{operation}: {name}");
                }
            }

            bool keeps = operation.Covers[0] is "RecurrentStream.Step" or "Lstm.Run" or "Gcn.Forward" or "PackedLinear.Forward";
            Assert.True(buffers.Moved >= (keeps ? 4 : 0), $"{operation}: {buffers.Moved} buffers");
            buffers.Free();
        }
    }

    [LinuxFact]
    public void A_read_past_the_end_of_a_span_is_noticed()
    {
        (int exitCode, string output, string errors) = BenchProcess.Run(["guard", "--probe"]);
        Assert.NotEqual(0, exitCode);
        Assert.Empty(output);
        Assert.Contains("AccessViolation", errors);
    }

    [Fact]
    public void Every_kernel_has_a_case()
    {
        string[] kernels = [.. KernelNames.All().Order()];
        Assert.Contains("GateGemv(Int8Matrix)", kernels);
        Assert.Equal(kernels, GuardCase<float>.Kernels().Select(@case => @case.Name).Order());
        Assert.Equal(
            kernels.Except(RoundedMatrixCases.All().Select(@case => @case.Name)),
            GuardCase<double>.Kernels().Select(@case => @case.Name).Order());
    }
}
