using System.Numerics;

namespace FastRecurrent.Bench.Operations;

/// <summary>
/// The description of a public operation, from which come its gradient check, its bit checks, its check of allocation, its argument checks
/// and its benchmark row. A test fails for a public operation without one.
/// </summary>
/// <param name="Name">What it is called in tables.</param>
/// <param name="Covers">The public methods it runs, as <c>Type.Method</c>; of overloads with the types of their parameters.</param>
/// <param name="Describe">Fills a run with operands and calls.</param>
public sealed partial record Operation<T>(string Name, string[] Covers, Action<Sizes, OperationRun<T>> Describe)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Every public operation.</summary>
    public static IReadOnlyList<Operation<T>> All { get; } = [.. Elementwise(), .. Matrices(), .. Sparse(), .. Sequences(), .. Cells(),
        .. Trees(), .. Graphs(), .. Convolutions(), .. Layers(), .. Networks(), .. Training()];

    /// <summary>The one of a name.</summary>
    public static Operation<T> Named(string name) => All.Single(operation => operation.Name == name);

    /// <summary>Whether rows of a batch do not see each other, and each gives the bits it gives alone.</summary>
    public bool IsRowWise { get; init; }

    /// <summary>Why it may allocate; null if it must not.</summary>
    public string? Allocates { get; init; }

    /// <summary>Makes a run with random operands, and runs it once: all gradients are then known.</summary>
    public OperationRun<T> Create(Sizes sizes)
    {
        OperationRun<T> run = new(sizes);
        Describe(sizes, run);
        run.Pack();
        run.Forward();
        run.Backward?.Invoke();
        run.Clear();
        return run;
    }

    /// <inheritdoc/>
    public override string ToString() => Name;

    private static string[] Of(Type type, params string[] methods) => [.. methods.Select(method => $"{type.Name.Split('`')[0]}.{method}")];
}
