using FastRecurrent.Bench.Measure;
using FastRecurrent.Bench.Results;

namespace FastRecurrent.Bench.Peers;

/// <summary>What is compared, and for how long.</summary>
public sealed record PeersOptions
{
    /// <summary>A handful of rows for some seconds.</summary>
    public bool Quick { get; init; }

    /// <summary>Only rows in whose names this occurs.</summary>
    public string Filter { get; init; } = "";

    /// <summary>How long all rows together are measured, apart from making ready and warming up; null for the default.</summary>
    public TimeSpan? Duration { get; init; }
}

/// <summary>The whole comparison.</summary>
/// <param name="Rows">In the order of <see cref="PeerRows.All"/>.</param>
/// <param name="Present">The contestants with their versions, ours first.</param>
/// <param name="Absent">The rivals that were not there.</param>
/// <param name="Faults">The rivals that were left out of a row.</param>
public sealed record PeersReport(
    IReadOnlyList<PeerResult> Rows, IReadOnlyList<string> Present, IReadOnlyList<AbsentPeer> Absent, IReadOnlyList<PeerFault> Faults);

/// <summary>Compares this library with others, in one process and in turns: outputs first, and only what agrees is timed.</summary>
public static class PeersJob
{
    private const double Tolerance = 1e-5;

    private static readonly TimeSpan _fullDuration = TimeSpan.FromSeconds(150);
    private static readonly TimeSpan _quickDuration = TimeSpan.FromSeconds(6);

    /// <summary>Finds the rivals and measures every row.</summary>
    /// <param name="options">What, and for how long.</param>
    /// <param name="cancellation">Ends it early, without a report.</param>
    /// <param name="progress">Told what is measured next and the share that is done, 0 … 1.</param>
    /// <exception cref="OperationCanceledException">It was ended early.</exception>
    public static PeersReport Run(PeersOptions options, CancellationToken cancellation = default, Action<string, double>? progress = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        progress?.Invoke("looking for rivals", 0);
        IReadOnlyList<Peer> rivals = PeerFinder.Find(new PeerPlaces(), out IReadOnlyList<AbsentPeer> absent);
        try
        {
            return Run(options, rivals, absent, cancellation, progress);
        }
        finally
        {
            foreach (Peer rival in rivals)
            {
                rival.Dispose();
            }
        }
    }

    /// <summary>Measures every row against given rivals.</summary>
    internal static PeersReport Run(
        PeersOptions options, IReadOnlyList<Peer> rivals, IReadOnlyList<AbsentPeer> absent, CancellationToken cancellation,
        Action<string, double>? progress = null)
    {
        PeerRow[] rows = [.. (options.Quick ? PeerRows.Quick : PeerRows.All).Where(row => row.Matches(options.Filter))];
        TimeSpan duration = options.Duration
            ?? (options.Quick ? _quickDuration : _fullDuration * ((double)rows.Length / PeerRows.All.Count));
        List<PeerFault> faults = [];
        List<PeerResult> results = [];
        using FastRecurrentPeer ours = new();
        foreach (PeerRow row in rows)
        {
            cancellation.ThrowIfCancellationRequested();
            progress?.Invoke($"{row.Work} {row.Shape}", (double)results.Count / rows.Length);
            results.Add(Measure(row, [ours, .. rivals], duration / rows.Length, faults, cancellation));
        }

        progress?.Invoke("done", 1);
        return new PeersReport(results, [ours.Description, .. rivals.Select(rival => rival.Description)], absent, faults);
    }

    private static PeerResult Measure(PeerRow row, IReadOnlyList<Peer> peers, TimeSpan budget, List<PeerFault> faults,
        CancellationToken cancellation)
    {
        PeerTask task = row.CreateTask();
        List<Contestant> contestants = [];
        List<double> differences = [];
        try
        {
            IReadOnlyList<PeerOutput>? expected = null;
            foreach (Peer peer in peers)
            {
                string name = peer.Description;
                try
                {
                    foreach (Contestant contestant in peer.Enter(task))
                    {
                        name = contestant.Name;
                        contestants.Add(contestant);
                        IReadOnlyList<PeerOutput> outputs = Outputs(contestant, task);
                        differences.Add(expected is null ? 0 : LargestDifference(expected, outputs));
                        expected ??= outputs;
                    }
                }
                catch (InvalidOperationException exception) when (expected is not null)
                {
                    faults.Add(new PeerFault(row.Work, row.Shape, name, exception.Message));
                    for (int i = contestants.Count - 1; i >= differences.Count; i--)
                    {
                        contestants[i].Dispose();
                        contestants.RemoveAt(i);
                    }
                }
            }

            if (FastRecurrentPeer.EnterProducts(task) is { } products)
            {
                contestants.Add(products);
            }

            contestants.ForEach(contestant => contestant.Reset());
            Timing[] timings = Measurement.Run([.. contestants.Select(contestant => (TimedCandidate)contestant.Time)], budget,
                cancellation);
            PeerTiming[] results =
            [
                .. timings.Select((timing, i) => new PeerTiming(
                    contestants[i].Name, timing.LowerQuartile, timing.Median, timing.UpperQuartile, differences.ElementAtOrDefault(i),
                    contestants[i].IsElsewhere ? 0 : timing.AllocatedBytes)),
            ];
            return new PeerResult(row.Section, row.Work, row.Shape, row.Size, row.Cost, results[..differences.Count], row.Goals)
            {
                Products = results.ElementAtOrDefault(differences.Count),
            };
        }
        finally
        {
            contestants.ForEach(contestant => contestant.Dispose());
        }
    }

    private static IReadOnlyList<PeerOutput> Outputs(Contestant contestant, PeerTask task)
    {
        contestant.Reset();
        contestant.Run(task.RunsCompared);
        return contestant.GetOutputs();
    }

    /// <summary>The largest difference over all outputs, each against the larger of 1 and our largest number in it.</summary>
    /// <exception cref="InvalidOperationException">It is larger than rounding explains, or an output is missing.</exception>
    private static double LargestDifference(IReadOnlyList<PeerOutput> expected, IReadOnlyList<PeerOutput> actual)
    {
        double worst = 0;
        foreach (PeerOutput ours in expected.Where(output => output.Values.Length > 0))
        {
            float[] theirs = actual.FirstOrDefault(output => output.Name == ours.Name)?.Values ?? [];
            if (theirs.Length != ours.Values.Length)
            {
                throw new InvalidOperationException($"Its output '{ours.Name}' has {theirs.Length} numbers, ours {ours.Values.Length}.");
            }

            double scale = Math.Max(1, ours.Values.Max(Math.Abs)), largest = 0;
            for (int i = 0; i < theirs.Length; i++)
            {
                largest = Math.Max(largest, Math.Abs((double)theirs[i] - ours.Values[i]) / scale); // NaN stays NaN
            }

            worst = largest <= Tolerance
                ? Math.Max(worst, largest)
                : throw new InvalidOperationException(
                    FormattableString.Invariant(
                        $"Its output '{ours.Name}' differs from ours by {largest:g2} of its largest number; it is not timed."));
        }

        return worst;
    }
}
