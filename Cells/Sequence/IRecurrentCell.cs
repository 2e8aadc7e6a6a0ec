using System.Numerics;
using System.Runtime.CompilerServices;
using FastRecurrent.Kernels;

namespace FastRecurrent.Cells;

/// <summary>
/// One direction of one layer: what a cell computes at one step, for a batch of rows. Everything around it (time, directions, layers,
/// lengths, tapes, streams) is written once, in <see cref="RecurrentNetwork{TCell, T}"/> and <see cref="RecurrentStream{T}"/>.
/// </summary>
/// <remarks>
/// All rows are padded to multiples of 16 elements (<see cref="GateLayout.Block"/>) and 64-byte aligned. A row of the tape belongs to
/// the cell: forward leaves there what backward needs, backward leaves there the gradients of the pre-activations, from which
/// <see cref="AccumulateGradients"/> makes those of the parameters, for all steps at once.
/// </remarks>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public interface IRecurrentCell<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>The product with the input, <c>b + W x</c>; the network computes it for many steps at once.</summary>
    PackedLinear<T> Input { get; }

    /// <summary>The product with the state, if a step of one row can read any of several copies of its weights; otherwise null.</summary>
    PackedLinear<T>? Recurrent { get; }

    /// <summary>Size of the output and recurrent state h.</summary>
    int OutputSize { get; }

    /// <summary>Size of the second state c, which recurs but is no output; 0 if the cell has none.</summary>
    int CellStateSize { get; }

    /// <summary>Elements of a row of the tape, a multiple of 16. It starts with the gates: after backward,
    /// the gradient of <c>b + W x</c>.</summary>
    int SavedSize { get; }

    /// <summary>Elements of scratch a row of backward needs, a multiple of 16.</summary>
    int ScratchSize { get; }

    /// <summary>Elements of workspace that <see cref="AccumulateGradients"/> needs, for each thread that shares it.</summary>
    int GradientWorkspaceLength { get; }

    /// <summary>Whether <see cref="Forward"/> can compute some units of a row without the others: the products with x and h⁻,
    /// then one pass over the units.</summary>
    bool UnitsAreIndependent { get; }

    /// <summary>Copies the parameters' present values into the packed forms.</summary>
    void Pack();

    /// <summary>Packs again those weights that multiply the state, without a random part of them;
    /// gradients then pass only through those kept.</summary>
    void DropWeights(double rate, int seed);

    /// <summary>Rounds all packed weights, also those of <see cref="Input"/>.</summary>
    void Round(RoundedWeights format);

    /// <summary>One step forward.</summary>
    /// <param name="step">The operands.</param>
    /// <param name="input">
    /// x of the one row, [D], where the cell makes the product with it too; empty where the step's gates hold it.
    /// Only where units are independent.
    /// </param>
    void Forward(scoped in CellForward<T> step, ReadOnlySpan<T> input = default);

    /// <summary>One step backward.</summary>
    void Backward(scoped in CellBackward<T> step);

    /// <summary>Adds the gradients of all parameters but those of <see cref="Input"/>'s weight, from all rows of a run.</summary>
    void AccumulateGradients(scoped in CellRows<T> rows, Span<T> workspace);
}

/// <summary>The operands of one step forward, row by row. A stream keeps them from step to step.</summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public readonly struct CellForward<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Rows: the sequences of a batch that are still running.</summary>
    public required int Rows { get; init; }

    /// <summary><c>b + W x</c>, [rows, gates]; written first where the step brings x.</summary>
    public required AlignedMemory<T> Gates { get; init; }

    /// <summary>h of the step before, [rows, h], as the cell carries it over.</summary>
    public required AlignedMemory<T> PreviousHidden { get; init; }

    /// <summary>h of the step before, [rows, h], as it enters products: the same memory, or a copy thinned by dropout.</summary>
    public required AlignedMemory<T> RecurrentInput { get; init; }

    /// <summary>c of the step before, [rows, c].</summary>
    public required AlignedMemory<T> PreviousCellState { get; init; }

    /// <summary>h, [rows, h], written with zero padding. Not the memory of <see cref="PreviousHidden"/>.</summary>
    public required AlignedMemory<T> Hidden { get; init; }

    /// <summary>c, [rows, c], written with zero padding.</summary>
    public required AlignedMemory<T> CellState { get; init; }

    /// <summary>The cell's rows of the tape, [rows, saved], written.</summary>
    public required AlignedMemory<T> Saved { get; init; }

    /// <summary>The first unit computed, a multiple of 16. Not 0 only for one row and where units are independent.</summary>
    public int FirstUnit { get; init; }

    /// <summary>The end of the units computed, a multiple of 16; 0 for all.</summary>
    public int EndUnit { get; init; }

    /// <summary><see cref="EndUnit"/>, or <paramref name="all"/> where that is 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal int EndOf(int all) => EndUnit > 0 ? EndUnit : all;

    /// <summary>Whether the weights are read from the end, as every other step of one row does:
    /// it begins with what the step before left in cache.</summary>
    public bool IsDescending { get; init; }

    /// <summary>Where the copy begins that the product with the state reads,
    /// in elements of <see cref="IRecurrentCell{T}.Recurrent"/>'s packed weight.</summary>
    public int WeightOffset { get; init; }

    /// <summary>Whether <see cref="Saved"/> is another part of a tape at every step, not memory that steps use again.</summary>
    internal bool IsSavedFar { get; init; }

    /// <summary>What the step may make pieces of meanwhile, where its gates hold b + W x: that of steps to come.</summary>
    internal ProductAhead<T>? Ahead { get; init; }
}

/// <summary>The operands of one step backward, row by row.</summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public readonly ref struct CellBackward<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Rows: the sequences of a batch that were running.</summary>
    public required int Rows { get; init; }

    /// <summary>h of the step before, [rows, h].</summary>
    public required ReadOnlySpan<T> PreviousHidden { get; init; }

    /// <summary>c of the step before, [rows, c].</summary>
    public required ReadOnlySpan<T> PreviousCellState { get; init; }

    /// <summary>h of the step before, [rows, h], as it entered products.</summary>
    public required ReadOnlySpan<T> RecurrentInput { get; init; }

    /// <summary>In: the gradient of h, [rows, h]. Out: that of what the cell carried over from h of the step before;
    /// zero if nothing.</summary>
    public required Span<T> HiddenGradient { get; init; }

    /// <summary>Out: the gradient of h of the step before as it entered products, [rows, h]; its padding is zero and stays so.</summary>
    public required Span<T> RecurrentGradient { get; init; }

    /// <summary>In: the gradient of c, [rows, c], but for what flows through h. Out: that of c of the step before.</summary>
    public required Span<T> CellStateGradient { get; init; }

    /// <summary>The cell's rows of the tape. Out: gradients, those of <c>b + W x</c> first.</summary>
    public required Span<T> Saved { get; init; }

    /// <summary>[rows, scratch], arbitrary contents.</summary>
    public required Span<T> Scratch { get; init; }
}

/// <summary>The rows of all steps of a run, after backward.</summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public readonly ref struct CellRows<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Rows.</summary>
    public required int Rows { get; init; }

    /// <summary>Threads that share the sums; null for the calling one alone.</summary>
    public WorkerPool? Workers { get; init; }

    /// <summary>h of the step before each row's, [rows, h], as it entered products.</summary>
    public required ReadOnlySpan<T> RecurrentInput { get; init; }

    /// <summary>c of the step before each row's, [rows, c].</summary>
    public required ReadOnlySpan<T> PreviousCellState { get; init; }

    /// <summary>The cell's rows of the tape, as backward left them.</summary>
    public required ReadOnlySpan<T> Saved { get; init; }
}
