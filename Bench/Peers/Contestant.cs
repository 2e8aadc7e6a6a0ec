using System.Diagnostics;

namespace FastRecurrent.Bench.Peers;

/// <summary>What a contestant computed: the name of an output, the same for all of them, and its numbers.</summary>
public sealed record PeerOutput(string Name, float[] Values);

/// <summary>One contestant at one piece of work: everything is made beforehand, so that only work is timed.</summary>
/// <param name="name">As the table has it.</param>
public abstract class Contestant(string name) : IDisposable
{
    /// <summary>As the table has it.</summary>
    public string Name { get; } = name;

    /// <summary>Whether the work is done in another process, so that nothing allocated in this one belongs to it.</summary>
    public virtual bool IsElsewhere => false;

    /// <summary>Back to states and gradients of zeros.</summary>
    public virtual void Reset()
    {
    }

    /// <summary>Does the work so many times.</summary>
    public abstract void Run(int repeat);

    /// <summary>Does the work so many times and tells the seconds that it took.</summary>
    public virtual double Time(int repeat)
    {
        long start = Stopwatch.GetTimestamp();
        Run(repeat);
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    /// <summary>What the last run computed.</summary>
    public abstract IReadOnlyList<PeerOutput> GetOutputs();

    /// <inheritdoc/>
    public virtual void Dispose() => GC.SuppressFinalize(this);
}

/// <summary>A library that can do some of the work.</summary>
public abstract class Peer : IDisposable
{
    /// <summary>Its name and version, and what it found the machine to be.</summary>
    public abstract string Description { get; }

    /// <summary>The ways in which it does a task, ready to run; none where it cannot.</summary>
    /// <exception cref="InvalidOperationException">The library refuses.</exception>
    public abstract IEnumerable<Contestant> Enter(PeerTask task);

    /// <inheritdoc/>
    public virtual void Dispose() => GC.SuppressFinalize(this);
}
