using System.Numerics;

namespace FastRecurrent.Bench.Verify;

/// <summary>Collects the largest errors of one case, error = |actual − expected| / (1 + |expected|).</summary>
/// <param name="golden">The case.</param>
public sealed class Comparison(GoldenCase golden)
{
    private readonly HashSet<string> _compared = new(StringComparer.Ordinal);

    /// <summary>The largest error of an output.</summary>
    public double OutputError { get; private set; }

    /// <summary>The largest error of a gradient.</summary>
    public double GradientError { get; private set; }

    /// <summary>The tensor with the largest error of all.</summary>
    public string Worst { get; private set; } = "";

    /// <summary>Expected tensors that nothing was compared with: a case passes only when there are none.</summary>
    public IEnumerable<string> Missing =>
        golden.Names("out.").Select(name => "out." + name).Concat(golden.Names("grad.").Select(name => "grad." + name)).Except(_compared);

    /// <summary>Compares with an expected tensor; a NaN is an infinite error.</summary>
    /// <param name="name">out.* or grad.*.</param>
    /// <param name="actual">As many values.</param>
    public void Add<T>(string name, ReadOnlySpan<T> actual)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        double[] expected = golden.Values<double>(name);
        _compared.Add(name);
        double largest = expected.Length == actual.Length ? 0 : double.PositiveInfinity;
        for (int i = 0; i < Math.Min(expected.Length, actual.Length); i++)
        {
            double error = Math.Abs(double.CreateTruncating(actual[i]) - expected[i]) / (1 + Math.Abs(expected[i]));
            largest = Math.Max(largest, double.IsNaN(error) ? double.PositiveInfinity : error);
        }

        if (largest > Math.Max(OutputError, GradientError))
        {
            Worst = name;
        }

        if (name.StartsWith("grad.", StringComparison.Ordinal))
        {
            GradientError = Math.Max(GradientError, largest);
        }
        else
        {
            OutputError = Math.Max(OutputError, largest);
        }
    }
}
