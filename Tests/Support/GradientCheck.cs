namespace FastRecurrent.Tests.Support;

/// <summary>A tensor a loss depends on: its values, to be perturbed, and the gradient that was computed for it.</summary>
internal delegate Span<double> ValuesOf();

/// <summary>Compares analytic gradients with central differences, coordinate by coordinate and along random directions.</summary>
internal static class GradientCheck
{
    // A difference may straddle a kink (relu, the ends of a saturated unit): a smaller step then agrees, which a wrong gradient never does.
    private static readonly double[] _steps = [1e-5, 1e-7, 1e-8];
    private const double Tolerance = 1e-6;
    private const int Coordinates = 12;

    /// <param name="loss">The loss at the present values.</param>
    /// <param name="tensors">What it depends on, with the gradients at the present values.</param>
    /// <param name="seed">Chooses coordinates and directions.</param>
    public static void Check(Func<double> loss, IReadOnlyList<(string Name, ValuesOf Values, double[] Gradient)> tensors, int seed)
    {
        Random random = new(seed);
        foreach ((string name, ValuesOf values, double[] gradient) in tensors)
        {
            Assert.Equal(values().Length, gradient.Length);
            for (int i = 0; i < Math.Min(Coordinates, gradient.Length); i++)
            {
                int at = gradient.Length <= Coordinates ? i : random.Next(gradient.Length);
                double original = values()[at];
                Compare($"{name}[{at}]", gradient[at], step => Difference(offset =>
                {
                    values()[at] = original + offset;
                    return loss();
                }, step));
                values()[at] = original;
            }
        }

        Directional(loss, tensors, random);
    }

    private static void Directional(Func<double> loss, IReadOnlyList<(string Name, ValuesOf Values, double[] Gradient)> tensors,
        Random random)
    {
        double expected = 0, norm = Math.Sqrt(tensors.Sum(tensor => tensor.Gradient.Length));
        double[][] originals = [.. tensors.Select(tensor => tensor.Values().ToArray())];
        double[][] directions = [.. originals.Select(values => values.Select(_ => (2 * random.NextDouble() - 1) / norm).ToArray())];
        for (int t = 0; t < tensors.Count; t++)
        {
            expected += directions[t].Zip(tensors[t].Gradient, (d, g) => d * g).Sum();
        }

        Compare("along a random direction", expected, step => Difference(At, step));
        At(0);

        double At(double step)
        {
            for (int t = 0; t < tensors.Count; t++)
            {
                Span<double> values = tensors[t].Values();
                for (int i = 0; i < values.Length; i++)
                {
                    values[i] = originals[t][i] + step * directions[t][i];
                }
            }

            return loss();
        }
    }

    private static double Difference(Func<double, double> lossAt, double step) => (lossAt(step) - lossAt(-step)) / (2 * step);

    private static void Compare(string what, double analytic, Func<double, double> difference)
    {
        double numeric = 0, error = double.PositiveInfinity;
        foreach (double step in _steps)
        {
            numeric = difference(step);
            error = Math.Abs(analytic - numeric) / Math.Max(1, Math.Max(Math.Abs(analytic), Math.Abs(numeric)));
            if (error <= Tolerance)
            {
                return;
            }
        }

        Assert.Fail($"∂L/∂{what}: analytic {analytic:R}, numeric {numeric:R}, error {error:E2}");
    }
}
