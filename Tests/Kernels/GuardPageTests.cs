using FastRecurrent.Bench.Guard;
using FastRecurrent.Tests.Support;

namespace FastRecurrent.Tests.Kernels;

/// <summary>No kernel, and no network, leaves the spans it is given: each runs between pages that nobody may touch, in child processes,
/// which a fault ends.</summary>
public class GuardPageTests
{
    [LinuxFact]
    public void Kernels_and_networks_stay_within_their_spans_and_every_vector_width_gives_the_same_bits()
    {
        string output = BenchProcess.RunAtEveryWidth("guard");
        int cases = GuardCase<float>.Kernels().Count() + GuardCase<double>.Kernels().Count() + 2 * NetworkCases.All<float>().Count();
        Assert.Equal(cases, output.Count(letter => letter == '\n'));
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
