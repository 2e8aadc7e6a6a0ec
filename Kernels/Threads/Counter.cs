using System.Runtime.CompilerServices;

namespace FastRecurrent.Kernels;

/// <summary>A number that one thread counts up and others wait for, in memory, without the system.</summary>
internal static class Counter
{
    // Looks at a counter without a pause between them, some microseconds: a pause costs up to 0.3 µs (measured), as much as sharing itself.
    public const int EagerLooks = 4096;

    // Looks before a thread takes work that another may not have begun, some microseconds: a look at whether it has costs the other a
    // transfer of the line the next time, and threads end later than the one that told them to begin by some transfers.
    public const int PatientLooks = EagerLooks / 2;

    /// <summary>Longs between two counters: two cache lines, since lines are fetched in pairs.</summary>
    public const int Line = 16;

    /// <summary>Whether it is so far by the time that some looks take.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Reaches(ref long counter, long value, int looks)
    {
        while (Volatile.Read(ref counter) < value)
        {
            if (--looks < 0)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Waits until it is so far; inlined, or a warm-up without such a wait would not compile it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Await(ref long counter, long value)
    {
        for (int i = 0; !Reaches(ref counter, value, EagerLooks); i++)
        {
            if (i > 4)
            {
                Yield(); // the other thread was taken off its core in the middle
            }
        }
    }

    /// <summary>Apart: a call of the system within <see cref="Await"/> would give all who wait the frame that such a call needs.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static void Yield() => Thread.Yield();
}
