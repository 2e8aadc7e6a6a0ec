using System.Numerics;
using System.Runtime.CompilerServices;
using FastRecurrent.Kernels;

namespace FastRecurrent.Cells;

/// <summary>Some places of a batch and the memory with which one thread takes them.</summary>
internal readonly ref struct Places<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>All places.</summary>
    /// <param name="tape">The memory.</param>
    public Places(Tape<T> tape)
        : this(tape, (0, tape.Schedule.Batch), thread: 0)
    {
    }

    /// <summary>One of the schedule's groups.</summary>
    /// <param name="tape">The memory.</param>
    /// <param name="group">0 … groups − 1.</param>
    /// <param name="thread">Whose gates it takes.</param>
    public Places(Tape<T> tape, int group, int thread)
        : this(tape, tape.Schedule.Group(group), thread)
    {
    }

    private Places(Tape<T> tape, (int From, int To) places, int thread)
    {
        Tape = tape;
        Schedule = tape.Schedule;
        (From, To) = places;
        int length = tape.GateRows * tape.GateWidth;
        Gates = tape.Gates.AsMemory(thread * length, length);
    }

    public Tape<T> Tape { get; }

    public BatchSchedule Schedule { get; }

    /// <summary>The first place.</summary>
    public int From { get; }

    /// <summary>The end of the places.</summary>
    public int To { get; }

    /// <summary>Whether these are all places.</summary>
    public bool IsAll => From == 0 && To == Schedule.Batch;

    /// <summary>The thread's rows for b + W x.</summary>
    public AlignedMemory<T> Gates { get; }

    /// <summary>The caller's x, [T·B, D], where products read it as it is; empty where it lies in the tape.</summary>
    public ReadOnlySpan<T> Input { get; init; }

    /// <summary>The end of those places whose sequences run at a step; <see cref="From"/> if there are none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int End(int t) => Math.Clamp(Schedule.Active(t), From, To);
}
