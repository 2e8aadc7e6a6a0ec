namespace FastRecurrent.Tests.Support;

/// <summary>What the check of gradients lets pass, and what not.</summary>
public class GradientCheckTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(1e-6)]
    [InlineData(1e-7)]
    public void Small_gradients_are_checked_beside_their_own_size(double scale)
    {
        Check(scale, 1);
        Fails(scale, 0);
        Fails(scale, -1);
        Fails(scale, 1.01);
    }

    /// <summary>More elements than are looked at one by one.</summary>
    [Fact]
    public void One_element_of_many_in_error_is_noticed()
    {
        const int Count = 1000;
        double[] values = Numbers.Random<double>(1, Count), gradient = [.. values.Select(value => 1e-6 * Math.Cos(value))];
        Check();
        gradient[567] = 0;
        Assert.ThrowsAny<Exception>(Check);

        void Check() => GradientCheck.Check(() => 1 + values.Sum(value => 1e-6 * Math.Sin(value)),
            [Layers.Variable("values", values, gradient)], seed: 1);
    }

    [Theory]
    [InlineData(1e-4)]
    [InlineData(-3e-6)]
    [InlineData(2e-4)]
    public void A_kink_nearby_is_stepped_around(double kink)
    {
        double[] x = [0.5];
        double Loss() => Math.Exp(x[0]) + Math.Max(0, x[0] - 0.5 - kink);
        double right = Math.Exp(0.5) + (kink < 0 ? 1 : 0);
        GradientCheck.Check(Loss, [Layers.Variable("x", x, [right])], seed: 1);
        foreach (double wrong in new[] { right - 1, right + 1, right - 0.5, right + 0.5 })
        {
            Assert.ThrowsAny<Exception>(() => GradientCheck.Check(Loss, [Layers.Variable("x", x, [wrong])], seed: 1));
        }
    }

    private static void Fails(double scale, double factor) => Assert.ThrowsAny<Exception>(() => Check(scale, factor));

    private static void Check(double scale, double factor)
    {
        double[] x = [0.3, -0.7];
        GradientCheck.Check(() => 2 + scale * Math.Sin(x[0]) + Math.Exp(x[1]),
            [Layers.Variable("x", x, [factor * scale * Math.Cos(x[0]), Math.Exp(x[1])])], seed: 1);
    }
}
