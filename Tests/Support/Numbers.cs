using System.Numerics;

namespace FastRecurrent.Tests.Support;

/// <summary>Random operands and comparisons.</summary>
internal static class Numbers
{
    public static T[] Random<T>(int seed, long count, double scale = 1)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Random random = new(seed);
        T[] values = new T[count];
        foreach (ref T value in values.AsSpan())
        {
            value = T.CreateTruncating((2 * random.NextDouble() - 1) * scale);
        }

        return values;
    }

    /// <summary>Equal to the bit, NaN included.</summary>
    public static void AssertSameBits<T>(ReadOnlySpan<T> expected, ReadOnlySpan<T> actual, string what)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
        {
            bool same = typeof(T) == typeof(float)
                ? BitConverter.SingleToInt32Bits(float.CreateTruncating(expected[i])) == BitConverter.SingleToInt32Bits(
                    float.CreateTruncating(actual[i]))
                : BitConverter.DoubleToInt64Bits(double.CreateTruncating(expected[i])) == BitConverter.DoubleToInt64Bits(
                    double.CreateTruncating(actual[i]));
            if (!same)
            {
                Assert.Fail($"{what}[{i}]: expected {expected[i]:R}, got {actual[i]:R}");
            }
        }
    }

    /// <summary>
    /// Bytes that the current thread allocates in a call: the least of five, after calls that warm it up. What a path allocates it
    /// allocates every time; the runtime charges a thread now and then, compiling a method anew or when another thread's collection falls
    /// between.
    /// </summary>
    public static long AllocatedBytes(Action call)
    {
        for (int i = 0; i < 3; i++)
        {
            call();
        }

        long least = long.MaxValue;
        for (int i = 0; i < 5; i++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            call();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return least;
    }
}
