using System.Runtime.CompilerServices;

namespace FastRecurrent.Kernels;

/// <summary>
/// Parts of a recurrence, each step of which needs the step before of all parts: how far each part is, and who has it. A part's thread
/// writes its counter and the others look at it, so that a step costs a line's way from core to core and no more.
/// </summary>
internal readonly ref struct Lockstep
{
    private const int Line = Counter.Line;
    private const int Owner = 1; // place in a part's line; its counter comes before
    private const int ItsThread = 1, FirstThread = 2;

    private readonly Span<long> _parts;

    /// <summary>All parts before their first step; the first thread has its own, nobody the others.</summary>
    /// <param name="memory">Memory of this from now on, <see cref="Length"/> long.</param>
    public Lockstep(Span<long> memory)
    {
        memory.Clear();
        _parts = memory;
        _parts[Owner] = ItsThread;
    }

    /// <summary>Elements that so many parts need.</summary>
    public static int Length(int parts) => parts * Line;

    /// <summary>Takes a part for its own thread, unless the first thread has it.</summary>
    public bool TryTake(int part) => Interlocked.CompareExchange(ref _parts[part * Line + Owner], ItsThread, 0) == 0;

    /// <summary>Takes a part for the first thread, if its own does not begin within some microseconds.</summary>
    public bool TryTakeLate(int part) => !Counter.Reaches(ref _parts[part * Line], 1, Counter.PatientLooks)
        && Interlocked.CompareExchange(ref _parts[part * Line + Owner], FirstThread, 0) == 0;

    /// <summary>Whether the first thread has taken it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool IsTakenLate(int part) => Volatile.Read(ref _parts[part * Line + Owner]) == FirstThread;

    /// <summary>Lets the others see what was written in so many steps of a part.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Publish(int part, long steps) => Volatile.Write(ref _parts[part * Line], steps);

    /// <summary>Waits until a part is so far.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Await(int part, long steps) => Counter.Await(ref _parts[part * Line], steps);
}
