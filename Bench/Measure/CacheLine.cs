using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace FastRecurrent.Bench.Measure;

/// <summary>How long a cache line takes from one core to another and back: the least that sharing work can cost.</summary>
internal static class CacheLine
{
    private const int Line = 32; // longs: lines are fetched in pairs
    private const int Rounds = 1000, Samples = 200;

    /// <summary>The median round trip in seconds: this thread writes one line, the other answers on a second.</summary>
    public static double RoundTrip()
    {
        long[] lines = new long[4 * Line];
        Thread other = new(() => Answer(lines)) { IsBackground = true };
        other.Start();
        double[] seconds = new double[Samples];
        long turn = 0;
        for (int sample = 0; sample < Samples; sample++)
        {
            long start = Stopwatch.GetTimestamp();
            Ask(lines, turn, Rounds);
            turn += Rounds;
            seconds[sample] = Stopwatch.GetElapsedTime(start).TotalSeconds / Rounds;
        }

        Volatile.Write(ref lines[Line], -1);
        other.Join();
        return Measurement.Summarise(seconds, 0).Median;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Ask(long[] lines, long turn, int rounds)
    {
        ref long question = ref lines[Line], answer = ref lines[2 * Line];
        for (long end = turn + rounds; turn < end;)
        {
            Volatile.Write(ref question, ++turn);
            Await(ref answer, turn);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Answer(long[] lines)
    {
        ref long question = ref lines[Line], answer = ref lines[2 * Line];
        for (long turn = 0; ;)
        {
            long asked;
            for (int looks = 1; (asked = Volatile.Read(ref question)) == turn; looks++)
            {
                YieldNowAndThen(looks);
            }

            if (asked < 0)
            {
                return;
            }

            turn = asked;
            Volatile.Write(ref answer, turn);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Await(ref long line, long value)
    {
        for (int looks = 1; Volatile.Read(ref line) != value; looks++)
        {
            YieldNowAndThen(looks);
        }
    }

    /// <summary>Both threads may have to share a core: then waiting must let the other one run.</summary>
    private static void YieldNowAndThen(int looks)
    {
        if (looks % 10_000 == 0)
        {
            Thread.Yield();
        }
    }
}
