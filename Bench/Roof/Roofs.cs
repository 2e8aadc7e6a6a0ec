using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using FastRecurrent.Bench.Measure;
using FastRecurrent.Kernels;

namespace FastRecurrent.Bench.Roof;

/// <summary>What this machine can do at best, on one core, measured a moment ago by the program itself.</summary>
/// <param name="SingleFlops">Fused multiply-adds in float, FLOP/s (two a multiply-add).</param>
/// <param name="DoubleFlops">The same in double.</param>
/// <param name="FmaLatency">Seconds from one multiply-add to the next that needs it, in float.</param>
/// <param name="ActivationLatency">Seconds that a sigmoid and a tanh take which wait for each other, in float.</param>
/// <param name="Bandwidths">Read bandwidths by working set, ascending.</param>
public sealed record Roofs(double SingleFlops, double DoubleFlops, double FmaLatency, double ActivationLatency,
    IReadOnlyList<Bandwidth> Bandwidths)
{
    // Half-way sizes too: a core need not read 128 KB as fast as 512 KB, though both lie in the same cache.
    private static readonly long[] _sizes =
        [.. new[] { 16, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024, 1536, 2048, 4096, 8192, 16384, 32768, 65536, 262144 }.Select(
            kilobytes => kilobytes * 1024L)];

    // Smaller sets are read from copies that add up to this, too: on some cores that is faster, and steps do it there.
    private const long CopiedBytes = 512 * 1024;

    /// <summary>The bandwidth measured at the smallest size that holds a working set.</summary>
    public double BandwidthFor(long workingSet) =>
        Bandwidths.FirstOrDefault(bandwidth => workingSet <= bandwidth.WorkingSet, Bandwidths[^1]).BytesPerSecond;

    /// <summary>The least time some work in float can take: the longest of computing, reading and waiting, which overlap at best.</summary>
    /// <param name="work">The work.</param>
    /// <returns>Seconds, and which of the three it is.</returns>
    public (double Seconds, Limit Limit) Bound(Work work)
    {
        double compute = work.Flops / SingleFlops, read = work.Bytes / BandwidthFor(work.WorkingSet);
        double wait = work.Steps * (work.Depth * FmaLatency + ActivationLatency);
        return wait > Math.Max(compute, read) ? (wait, Limit.Waiting) : read > compute ? (read, Limit.Reading) : (compute, Limit.Computing);
    }

    /// <summary>Measures. <paramref name="budget"/> is split over all of it.</summary>
    public static Roofs Measure(TimeSpan budget, CancellationToken cancellation = default)
    {
        TimeSpan share = budget / (3 * _sizes.Length + 2);
        const int Steps = 1000;
        List<Bandwidth> bandwidths = [];
        double single = Steps * FmaLoop.FlopsPerStep<float>() / Fastest(repeat => FmaLoop.Run<float>(repeat * Steps));
        double twice = Steps * FmaLoop.FlopsPerStep<double>() / Fastest(repeat => FmaLoop.Run<double>(repeat * Steps));
        foreach (long size in _sizes)
        {
            int length = (int)(size / sizeof(float)), copies = (int)Math.Max(1, (CopiedBytes + size - 1) / size);
            AlignedBuffer<float> memory = new((long)copies * length);
            memory.Span.Fill(1);
            double straight = Fastest(repeat =>
            {
                for (int i = 0; i < repeat; i++)
                {
                    ReadLoop.Run(memory.Span[..length]);
                }
            });
            double inTurns = InTurns(1), copied = copies == 1 ? inTurns : InTurns(copies);
            bandwidths.Add(new Bandwidth(size, size / Math.Min(Math.Min(straight, inTurns), copied)));

            // Each copy once upwards and once downwards.
            double InTurns(int inUse) => Fastest(repeat =>
            {
                for (int i = 0; i < repeat; i++)
                {
                    ReadLoop.RunBlocks(memory.Span.Slice(i / 2 % inUse * length, length), descending: i % 2 == 1);
                }
            });
        }

        double fma = LatencyLoop.Seconds(LatencyLoop.Fma), activation = LatencyLoop.Seconds(LatencyLoop.Activations);
        return new Roofs(single, twice, fma, activation, bandwidths);

        // A roof is what can be reached: the best round, where rows quote the median.
        double Fastest(Candidate candidate) =>
            Measurement.Run([candidate], share, cancellation, isKnown: bandwidths.Count > 0)[0].Minimum;
    }
}

/// <summary>
/// How fast memory of some size is read, again and again: always from the start, in turns from either end, or so and from copies in turns,
/// whichever is fastest.
/// </summary>
/// <param name="WorkingSet">Its size in bytes.</param>
/// <param name="BytesPerSecond">B/s.</param>
public readonly record struct Bandwidth(long WorkingSet, double BytesPerSecond);

/// <summary>Work whose bound is asked for.</summary>
/// <param name="Flops">Floating-point operations, two a multiply-add.</param>
/// <param name="Bytes">Bytes that must be read.</param>
/// <param name="WorkingSet">The memory they lie in, which decides the cache they come from.</param>
/// <param name="Steps">Steps of a recurrence, each of which waits for the one before; 0 for work that waits for nothing.</param>
/// <param name="Depth">Multiply-adds in a row that a step begins with, before its two activations.</param>
public readonly record struct Work(double Flops, double Bytes, long WorkingSet, int Steps = 0, int Depth = 0);

/// <summary>What bounds some work.</summary>
public enum Limit
{
    /// <summary>Floating-point operations.</summary>
    Computing,

    /// <summary>Reading memory.</summary>
    Reading,

    /// <summary>Operations that need the result of the one before.</summary>
    Waiting,
}

/// <summary>Twelve independent chains of multiply-adds in registers: more than latency times width of any core,
/// few enough for sixteen registers.</summary>
internal static class FmaLoop
{
    public static double FlopsPerStep<T>()
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        2.0 * 12 * (Vector512.IsHardwareAccelerated ? Vector512<T>.Count : Vector256.IsHardwareAccelerated
            ? Vector256<T>.Count
            : Vector128<T>.Count);

    public static void Run<T>(int steps)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (Vector512.IsHardwareAccelerated)
        {
            Run<Simd512<T>, Vector512<T>, T>(steps);
        }
        else if (Vector256.IsHardwareAccelerated)
        {
            Run<Simd256<T>, Vector256<T>, T>(steps);
        }
        else
        {
            Run<Simd128<T>, Vector128<T>, T>(steps);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Run<TSimd, TVector, T>(int steps)
        where TSimd : struct, ISimd<TVector, T>
        where TVector : struct
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        TVector a = TSimd.Constant(0.999), b = TSimd.Constant(0.001);
        TVector c0 = b, c1 = b, c2 = b, c3 = b, c4 = b, c5 = b, c6 = b, c7 = b, c8 = b, c9 = b, c10 = b, c11 = b;
        for (int i = 0; i < steps; i++)
        {
            c0 = TSimd.Fma(a, c0, b);
            c1 = TSimd.Fma(a, c1, b);
            c2 = TSimd.Fma(a, c2, b);
            c3 = TSimd.Fma(a, c3, b);
            c4 = TSimd.Fma(a, c4, b);
            c5 = TSimd.Fma(a, c5, b);
            c6 = TSimd.Fma(a, c6, b);
            c7 = TSimd.Fma(a, c7, b);
            c8 = TSimd.Fma(a, c8, b);
            c9 = TSimd.Fma(a, c9, b);
            c10 = TSimd.Fma(a, c10, b);
            c11 = TSimd.Fma(a, c11, b);
        }

        Sink<T>.Keep = Sum<TSimd, TVector, T>(c0, c1, c2, c3, c4, c5) + Sum<TSimd, TVector, T>(c6, c7, c8, c9, c10, c11);
    }

    private static T Sum<TSimd, TVector, T>(TVector c0, TVector c1, TVector c2, TVector c3, TVector c4, TVector c5)
        where TSimd : struct, ISimd<TVector, T>
        where TVector : struct
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        TVector sum = TSimd.Add(TSimd.Add(TSimd.Add(c0, c1), TSimd.Add(c2, c3)), TSimd.Add(c4, c5));
        return Unsafe.As<TVector, T>(ref sum);
    }
}

/// <summary>Operations that wait for each other, of which a processor can overlap none.</summary>
internal static class LatencyLoop
{
    /// <summary>Seconds a step of a loop takes in the best of some short runs: long enough for the clock,
    /// short enough to be undisturbed.</summary>
    public static double Seconds(Action<int> loop)
    {
        const int Steps = 10_000, Runs = 100;
        long best = long.MaxValue;
        for (int run = 0; run < Runs; run++)
        {
            long start = Stopwatch.GetTimestamp();
            loop(Steps);
            best = Math.Min(best, Stopwatch.GetTimestamp() - start);
        }

        return (double)best / Stopwatch.Frequency / Steps;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Fma(int steps)
    {
        Vector<float> x = Vector<float>.One, a = new(0.999f), b = new(0.001f);
        for (int i = 0; i < steps; i++)
        {
            x = Vector.FusedMultiplyAdd(x, a, b);
        }

        Sink<float>.Keep = x[0];
    }

    public static void Activations(int steps)
    {
        if (Vector512.IsHardwareAccelerated)
        {
            Activations<Simd512<float>, Vector512<float>>(steps);
        }
        else if (Vector256.IsHardwareAccelerated)
        {
            Activations<Simd256<float>, Vector256<float>>(steps);
        }
        else
        {
            Activations<Simd128<float>, Vector128<float>>(steps);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Activations<TSimd, TVector>(int steps)
        where TSimd : struct, ISimd<TVector, float>
        where TVector : struct
    {
        TVector x = TSimd.Constant(0.3);
        for (int i = 0; i < steps; i++)
        {
            x = VectorMath<TSimd, TVector, float>.Tanh(VectorMath<TSimd, TVector, float>.Sigmoid(x));
        }

        TVector last = x; // x itself shall have no address, or it would pass through memory in every turn
        Sink<float>.Keep = Unsafe.As<TVector, float>(ref last);
    }
}

/// <summary>Reads memory as fast as it comes: eight vectors side by side, added up.</summary>
internal static class ReadLoop
{
    public static void Run<T>(Span<T> memory)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (Vector512.IsHardwareAccelerated)
        {
            Run<Simd512<T>, Vector512<T>, T>(ref memory[0], memory.Length);
        }
        else if (Vector256.IsHardwareAccelerated)
        {
            Run<Simd256<T>, Vector256<T>, T>(ref memory[0], memory.Length);
        }
        else
        {
            Run<Simd128<T>, Vector128<T>, T>(ref memory[0], memory.Length);
        }
    }

    /// <summary>The same in blocks of 8 KB, from the first to the last or from the last to the first.</summary>
    public static void RunBlocks<T>(Span<T> memory, bool descending)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int block = 8192 / Unsafe.SizeOf<T>();
        for (int at = 0; at < memory.Length; at += block)
        {
            Run(memory.Slice(descending ? memory.Length - block - at : at, block));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Run<TSimd, TVector, T>(ref T memory, int length)
        where TSimd : struct, ISimd<TVector, T>
        where TVector : struct
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        nuint n = (nuint)TSimd.Count;
        TVector s0 = TSimd.Constant(0), s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0, s6 = s0, s7 = s0;
        for (nuint i = 0; i + 8 * n <= (nuint)length; i += 8 * n)
        {
            s0 = TSimd.Add(s0, TSimd.Load(ref memory, i));
            s1 = TSimd.Add(s1, TSimd.Load(ref memory, i + n));
            s2 = TSimd.Add(s2, TSimd.Load(ref memory, i + 2 * n));
            s3 = TSimd.Add(s3, TSimd.Load(ref memory, i + 3 * n));
            s4 = TSimd.Add(s4, TSimd.Load(ref memory, i + 4 * n));
            s5 = TSimd.Add(s5, TSimd.Load(ref memory, i + 5 * n));
            s6 = TSimd.Add(s6, TSimd.Load(ref memory, i + 6 * n));
            s7 = TSimd.Add(s7, TSimd.Load(ref memory, i + 7 * n));
        }

        TVector sum = TSimd.Add(TSimd.Add(TSimd.Add(s0, s1), TSimd.Add(s2, s3)), TSimd.Add(TSimd.Add(s4, s5), TSimd.Add(s6, s7)));
        Sink<T>.Keep = Unsafe.As<TVector, T>(ref sum);
    }
}

/// <summary>Where results go so that the compiler cannot drop the work.</summary>
internal static class Sink<T>
{
    public static T? Keep { get; set; }
}
