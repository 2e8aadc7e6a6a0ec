using System.Numerics;
using System.Runtime.CompilerServices;
using FastRecurrent.Kernels;

namespace FastRecurrent.Cells;

/// <summary>Some places of a batch, those one thread takes, and the memory it takes them with.</summary>
internal readonly ref struct Places<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public Places(Tape<T> tape, int part, int parts)
    {
        Tape = tape;
        Schedule = tape.Schedule;
        (From, To) = Schedule.Share(part, parts);
        int length = tape.GateRows * tape.GateWidth;
        Gates = tape.Gates.AsMemory(part * length, length);
        IsAll = parts == 1;
    }

    public Tape<T> Tape { get; }

    public BatchSchedule Schedule { get; }

    /// <summary>The first place.</summary>
    public int From { get; }

    /// <summary>The end of the places.</summary>
    public int To { get; }

    /// <summary>Whether these are all places.</summary>
    public bool IsAll { get; }

    /// <summary>This thread's rows for b + W x.</summary>
    public AlignedMemory<T> Gates { get; }

    /// <summary>The caller's x, [T·B, D], where products read it as it is; empty where it lies in the tape.</summary>
    public ReadOnlySpan<T> Input { get; init; }

    /// <summary>The end of those places whose sequences run at a step; <see cref="From"/> if there are none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int End(int t) => Math.Clamp(Schedule.Active(t), From, To);
}
