using FastRecurrent.Cells;

namespace FastRecurrent.Tests.Support;

/// <summary>Short cuts for gradient checks of layers in double.</summary>
internal static class Layers
{
    /// <summary>An array and its gradient.</summary>
    public static (string, ValuesOf, double[]) Variable(string name, double[] values, double[] gradient) =>
        (name, () => values, [.. gradient]);

    /// <summary>All parameters and their gradients.</summary>
    public static IEnumerable<(string, ValuesOf, double[])> Variables(ParameterSet<double> parameters) =>
        parameters.Select(item => (item.Key, (ValuesOf)(() => item.Value.Value), item.Value.Gradient.ToArray()));

    public static double Dot(double[] a, double[] b) => a.Zip(b, (x, y) => x * y).Sum();
}
