using System.Globalization;
using FastRecurrent.Bench.Results;
using FastRecurrent.Bench.Roof;

namespace FastRecurrent.Bench.Peers;

/// <summary>A row of the comparison before it is measured; the members are those of <see cref="PeerResult"/>.</summary>
public sealed record PeerRow(
    string Section, string Work, string Shape, int Size, Work Cost, IReadOnlyList<PeerGoal> Goals, Func<PeerTask> CreateTask)
{
    /// <summary>Whether a text occurs in any of its names.</summary>
    public bool Matches(string text) => $"{Section} {Work} {Shape}".Contains(text, StringComparison.OrdinalIgnoreCase);
}

/// <summary>Everything that is compared, and the goals. Float, one thread, input size = hidden size.</summary>
public static class PeerRows
{
    private const int Degree = 10;

    private static readonly int[] _sizes = [8, 32, 64, 128, 256, 512, 1024];

    /// <summary>All rows.</summary>
    public static IReadOnlyList<PeerRow> All { get; } =
    [
        .. _sizes.Select(size => Step(PeerCell.Lstm, size, [
            .. Goal(OnnxRuntimePeer.BindingName, size switch { 8 => 60, 32 => 20, 64 => 5, 128 => 2.3, 256 => 1.25, _ => 1.0 }),
            .. Goal(OneDnnPeer.PeerName, size switch { 8 => 20, 32 => 8, 64 => 2.5, 128 => 1.7, 256 => 1.1, _ => null })])),
        .. _sizes.Select(
            size => Step(PeerCell.Gru, size, BetterOfTwo(size switch { 8 => 20, 32 => 8, 64 => 2.5, 128 => 1.6, 256 => 1.2, _ => null }))),
        .. new[] { 64, 128, 256 }.Select(size => Sequence(1, size, BetterOfTwo(size switch { 64 => 1.4, 128 => 1.3, _ => 1.2 }))),
        .. new[] { 64, 128, 256, 512 }.Select(size => Sequence(32, size, BetterOfTwo(1.05))),
        .. new[] { 64, 128, 256 }.Select(
            size => Training(50, 32, size, [.. Goal(OneDnnPeer.PeerName, 1.15), .. Goal(PyTorchPeer.PeerName, 2.5)])),
        Training(100, 1, 128, []),
        .. new[] { 128, 256, 512, 1024 }.Select(size => Product(size, size, size, packing: false)),
        Product(32, 128, 512, packing: false),
        Product(32, 256, 1024, packing: false),
        Product(1600, 256, 1024, packing: false),
        Product(256, 256, 256, packing: true),
        Product(32, 256, 1024, packing: true),
        .. from nodes in new[] { 10_000, 100_000 }
           from features in new[] { 64, 128 }
           select Sum(nodes, features, weighted: false),
        .. new[] { 10_000, 100_000 }.Select(nodes => Sum(nodes, 64, weighted: true)),
    ];

    /// <summary>Some of each kind, small enough for a look.</summary>
    public static IReadOnlyList<PeerRow> Quick { get; } =
    [
        .. All.Where(row => row is { Section: "LSTM step" or "GRU step" or "LSTM sequence" or "LSTM training", Size: 64 }
            && row.Shape != "T=100 B=1 H=64"),
        All.First(row => row is { Section: "GEMM", Size: 256 }),
        All.First(row => row.Section == "Neighbour sum"),
    ];

    private static PeerRow Step(PeerCell cell, int size, IReadOnlyList<PeerGoal> goals)
    {
        string name = cell == PeerCell.Lstm ? "LSTM step" : "GRU step";
        long weights = (cell == PeerCell.Lstm ? 8L : 6) * size * size, bytes = sizeof(float) * weights;
        return new PeerRow(name, name, $"H={size}", size, new Work(2 * weights, bytes, bytes, Steps: 1, Depth: size), goals,
            () => RecurrentTask.Create(cell, PeerMode.Step, 1, 1, size));
    }

    private static PeerRow Sequence(int batch, int size, IReadOnlyList<PeerGoal> goals)
    {
        // W is read once for all steps, U at every step.
        const int Steps = 100;
        long square = (long)size * size;
        return new PeerRow("LSTM sequence", "LSTM sequence", $"T={Steps} B={batch} H={size}", size,
            new Work(16.0 * square * Steps * batch, 16.0 * square * (Steps + 1), 16 * square, Steps, size), goals,
            () => RecurrentTask.Create(PeerCell.Lstm, PeerMode.Sequence, Steps, batch, size));
    }

    private static PeerRow Training(int steps, int batch, int size, IReadOnlyList<PeerGoal> goals)
    {
        long square = (long)size * size;
        return new PeerRow("LSTM training", "LSTM training", $"T={steps} B={batch} H={size}", size,
            new Work(3.0 * 16 * square * steps * batch, 2.0 * 16 * square * (steps + 1), 16 * square, steps, size),
            goals, () => RecurrentTask.Create(PeerCell.Lstm, PeerMode.Training, steps, batch, size));
    }

    private static PeerRow Product(int rows, int depth, int columns, bool packing) => new(
        "GEMM", packing ? "GEMM, B packed in the run" : "GEMM, B packed before", $"[{rows},{depth}]·[{depth},{columns}]", columns,
        new Work(2.0 * rows * depth * columns, sizeof(float) * (rows + columns) * (double)depth,
        sizeof(float) * (rows + columns) * (long)depth), packing ? [] : Goal(OpenBlasPeer.PeerName, 1.0), () =>
            new MatrixTask(rows, depth, columns, packing));

    private static PeerRow Sum(int nodes, int features, bool weighted)
    {
        long values = (long)nodes * features;
        return new PeerRow(
            "Neighbour sum", weighted ? "Neighbour sum, weighted" : "Neighbour sum",
            string.Create(CultureInfo.InvariantCulture, $"N={nodes} degree {Degree} F={features}"),
            nodes, new Work((weighted ? 2.0 : 1) * values * Degree, (double)sizeof(float) * values * Degree, sizeof(float) * values),
            weighted ? [] : [.. Goal(SparsePeer.EigenName, 1.2), .. Goal(PyTorchPeer.CsrName, 4)], () =>
                new SparseTask(nodes, Degree, features, weighted));
    }

    private static PeerGoal[] BetterOfTwo(double? atLeast) =>
        [.. Goal(OnnxRuntimePeer.BindingName, atLeast), .. Goal(OneDnnPeer.PeerName, atLeast)];

    private static PeerGoal[] Goal(string peer, double? atLeast) => atLeast is { } ratio ? [new PeerGoal(peer, ratio)] : [];
}
