namespace FastRecurrent.Tests.Support;

/// <summary>A tensor a loss depends on: its values, to be perturbed, and the gradient that was computed for it.</summary>
internal delegate Span<double> ValuesOf();

/// <summary>Compares analytic gradients with central differences, coordinate by coordinate and along random directions.</summary>
internal static class GradientCheck
{
    private const double Step = 1e-5;
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
                values()[at] = original + Step;
                double above = loss();
                values()[at] = original - Step;
                double below = loss();
                values()[at] = original;
                Compare($"{name}[{at}]", gradient[at], (above - below) / (2 * Step));
            }
        }

        Directional(loss, tensors, random);
    }

    private static void Directional(Func<double> loss, IReadOnlyList<(string Name, ValuesOf Values, double[] Gradient)> tensors, Random random)
    {
        double expected = 0, norm = Math.Sqrt(tensors.Sum(tensor => tensor.Gradient.Length));
        double[][] originals = [.. tensors.Select(tensor => tensor.Values().ToArray())];
        double[][] directions = [.. originals.Select(values => values.Select(_ => (2 * random.NextDouble() - 1) / norm).ToArray())];
        for (int t = 0; t < tensors.Count; t++)
        {
            expected += directions[t].Zip(tensors[t].Gradient, (d, g) => d * g).Sum();
        }

        double above = At(Step), below = At(-Step);
        At(0);
        Compare("along a random direction", expected, (above - below) / (2 * Step));

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

    private static void Compare(string what, double analytic, double numeric)
    {
        double error = Math.Abs(analytic - numeric) / Math.Max(1, Math.Max(Math.Abs(analytic), Math.Abs(numeric)));
        Assert.True(error <= Tolerance, $"∂L/∂{what}: analytic {analytic:R}, numeric {numeric:R}, error {error:E2}");
    }
}
