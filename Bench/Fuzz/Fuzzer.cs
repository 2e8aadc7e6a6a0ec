using System.Diagnostics;

namespace FastRecurrent.Bench.Fuzz;

/// <summary>
/// Gives a reader one mutated file after another. Each must be used or refused as documented, within a second, with memory in proportion to
/// its length; whatever else happens is a failure, and told with all that is needed to see it again.
/// </summary>
internal sealed class Fuzzer(FuzzTarget target, int seed)
{
    private const int MostFailures = 20;

    // Bytes for each byte of a file, in reading and in using. Cells pad their sizes to whole blocks:
    // a file of few units makes much of them.
    private const int ReadFactor = 64, UseFactor = 4096, UseMemory = 1 << 24;

    private static readonly TimeSpan _hang = TimeSpan.FromSeconds(60);

    private readonly List<string> _failures = [];
    private int _files;

    /// <summary>What is read.</summary>
    public FuzzTarget Target => target;

    /// <summary>The longest that a file may take.</summary>
    public TimeSpan Longest { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Files tried.</summary>
    public int Files => Volatile.Read(ref _files);

    /// <summary>Those of them that were used.</summary>
    public int Accepted { get; private set; }

    /// <summary>The most that a file took of the memory it may take, as a fraction.</summary>
    public double LargestMemory { get; private set; }

    /// <summary>The longest that a file took.</summary>
    public TimeSpan Slowest { get; private set; }

    /// <summary>What must not happen.</summary>
    public IReadOnlyList<string> Failures => _failures;

    /// <summary>Tries files for some time; a reader that does not come back within a minute is left to itself.</summary>
    public void Run(TimeSpan time, CancellationToken cancellation = default)
    {
        long end = Stopwatch.GetTimestamp() + (long)(time.TotalSeconds * Stopwatch.Frequency);
        Thread reader = new(() =>
        {
            do
            {
                Try(_files);
                Volatile.Write(ref _files, _files + 1);
            }
            while (Stopwatch.GetTimestamp() < end && _failures.Count < MostFailures && !cancellation.IsCancellationRequested);
        })
        { IsBackground = true };
        reader.Start();
        while (!reader.Join(time + _hang))
        {
            int files = Files;
            if (!reader.Join(_hang) && files == Files)
            {
                _failures.Add(Describe(files, "does not come back."));
                _files++;
                return;
            }
        }
    }

    private void Try(int number)
    {
        byte[] file = target.CreateFile(seed, number);
        try
        {
            (bool accepted, double memory, TimeSpan time) = Read(file);
            for (int again = 0; again < 3 && (memory > 1 || time > Longest); again++)
            {
                // The first time may have been that of the compiler, or of another process.
                (_, double laterMemory, TimeSpan laterTime) = Read(file);
                (memory, time) = (Math.Min(memory, laterMemory), time < laterTime ? time : laterTime);
            }

            Accepted += accepted ? 1 : 0;
            LargestMemory = Math.Max(LargestMemory, memory);
            Slowest = time > Slowest ? time : Slowest;
            if (memory > 1 || time > Longest)
            {
                _failures.Add(
                    Describe(number, $"{file.Length} bytes took {memory:P0} of the memory allowed, and {time.TotalSeconds:F1} s."));
            }
        }
        catch (Exception exception)
        {
            _failures.Add(Describe(number, exception.ToString()));
        }
    }

    /// <summary>Reads a file and uses it; memory as a fraction of what is allowed for either.</summary>
    private (bool Accepted, double Memory, TimeSpan Time) Read(byte[] file)
    {
        long start = Stopwatch.GetTimestamp(), before = GC.GetAllocatedBytesForCurrentThread();
        Action? use = target.Read(file);
        long read = GC.GetAllocatedBytesForCurrentThread();
        use?.Invoke();
        double reading = (double)(read - before) / (target.Memory + (long)ReadFactor * file.Length);
        double used = (double)(GC.GetAllocatedBytesForCurrentThread() - read) / (UseMemory + (long)UseFactor * file.Length);
        return (use is not null, Math.Max(reading, used), Stopwatch.GetElapsedTime(start));
    }

    private string Describe(int number, string what) => $"{target.Name}, seed {seed}, file {number}: {what}";
}
