namespace FastRecurrent.Cells;

/// <summary>Random numbers for first values. The order of the factors is part of what a seed gives: it decides the last bit.</summary>
internal static class Draws
{
    /// <summary>Uniform in ±<paramref name="bound"/>.</summary>
    public static double Uniform(Random random, double bound) => (2 * random.NextDouble() - 1) * bound;

    /// <summary>Normal with a mean of 0 (Box and Muller 1958).</summary>
    public static double Normal(Random random, double deviation = 1)
    {
        double radius = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble()));
        return deviation * radius * Math.Cos(2 * Math.PI * random.NextDouble());
    }
}
