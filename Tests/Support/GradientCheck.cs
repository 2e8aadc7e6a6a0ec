namespace FastRecurrent.Tests.Support;

/// <summary>A tensor a loss depends on: its values, to be perturbed, and the gradient that was computed for it.</summary>
internal delegate Span<double> ValuesOf();

/// <summary>Compares analytic gradients with central differences: some coordinates of every tensor,
/// and all of its elements at once.</summary>
internal static class GradientCheck
{
    // A difference may straddle a kink (relu, the largest of some): extrapolations then disagree, and a smaller step decides.
    private static readonly double[] _steps = [1e-3, 1e-5, 1e-7];
    private const double Tolerance = 1e-6;
    private const int Coordinates = 12;

    // How far rounding may move a loss, in units of its own last place: it is a sum of n products of size 1, each some three units off,
    // hence about 3·√n of them, with n below 2000 in all tests.
    private const double Rounding = 128 / (double)(1L << 53);

    /// <param name="loss">The loss at the present values.</param>
    /// <param name="tensors">What it depends on, with the gradients at the present values.</param>
    /// <param name="seed">Chooses coordinates and directions.</param>
    public static void Check(Func<double> loss, IReadOnlyList<(string Name, ValuesOf Values, double[] Gradient)> tensors, int seed)
    {
        Random random = new(seed);
        double noise = Rounding * Math.Max(1, Math.Abs(loss()));
        foreach ((string name, ValuesOf values, double[] gradient) in tensors)
        {
            Assert.Equal(values().Length, gradient.Length);
            for (int i = 0; i < Math.Min(Coordinates, gradient.Length); i++)
            {
                int at = gradient.Length <= Coordinates ? i : random.Next(gradient.Length);
                double original = values()[at];
                Compare($"{name}[{at}]", gradient[at], noise, offset =>
                {
                    values()[at] = original + offset;
                    return loss();
                });
                values()[at] = original;
            }

            CheckAll(loss, name, values, gradient, noise, random);
        }
    }

    /// <summary>Along a direction to which each element's gradient adds: nothing cancels, so that an element in error shows
    /// beside the sum of all, however small they are.</summary>
    private static void CheckAll(Func<double> loss, string name, ValuesOf values, double[] gradient, double noise, Random random)
    {
        double norm = Math.Sqrt(gradient.Length);
        double[] originals = values().ToArray();
        double[] direction = [.. gradient.Select(value =>
            (value > 0 || (value == 0 && random.Next(2) == 0) ? 1 : -1) * (1 + random.NextDouble()) / norm)];
        Compare($"{name}, all of it", direction.Zip(gradient, (d, g) => d * g).Sum(), noise, offset =>
        {
            Span<double> all = values();
            for (int i = 0; i < all.Length; i++)
            {
                all[i] = originals[i] + offset * direction[i];
            }

            return loss();
        });
        originals.CopyTo(values());
    }

    /// <summary>Fails unless the derivative at 0 is the analytic one, to a millionth of it
    /// and to what rounding of the loss may make.</summary>
    private static void Compare(string what, double analytic, double noise, Func<double, double> lossAt)
    {
        double numeric = 0;
        foreach (double step in _steps)
        {
            // A central difference of step h is off by a·h² + b·h⁴ + …, and 2·noise/(2h) by rounding. Those of h and h/2 make one off by
            // O(h⁴) (Richardson), 3·noise/h by rounding; those of h/2 and h/4 another one, 6·noise/h.
            double first = Difference(step), rounding = noise / step;
            if (Close(first, rounding))
            {
                return;
            }

            double second = Difference(step / 2), extrapolated = (4 * second - first) / 3;
            if (Close(extrapolated, 3 * rounding))
            {
                return;
            }

            numeric = (4 * Difference(step / 4) - second) / 3;
            if (Close(numeric, 6 * rounding))
            {
                return;
            }

            if (Math.Abs(numeric - extrapolated) <= Tolerance / 100 * Math.Abs(numeric) + 9 * rounding)
            {
                break; // smooth, and different
            }
        }

        Assert.Fail($"∂L/∂{what}: analytic {analytic:R}, numeric {numeric:R}, rounding {noise:E1}");

        double Difference(double step) => (lossAt(step) - lossAt(-step)) / (2 * step);

        bool Close(double difference, double rounding) =>
            Math.Abs(analytic - difference) <= Tolerance * Math.Max(Math.Abs(analytic), Math.Abs(difference)) + rounding;
    }
}
