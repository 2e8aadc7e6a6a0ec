using System.Runtime.InteropServices;

namespace FastRecurrent.Bench.Operations;

/// <summary>What an operation does with an operand.</summary>
public enum Role
{
    /// <summary>Read, forward.</summary>
    Input,

    /// <summary>Written, forward.</summary>
    Output,

    /// <summary>The gradient of an output: read, backward.</summary>
    Upstream,

    /// <summary>The gradient of an input: written, backward.</summary>
    Gradient,

    /// <summary>Memory that is lent: what it holds before and after is nobody's result.</summary>
    Workspace,
}

/// <summary>[outer, rows, inner]: the rows are those of a batch; null where the operand is no batch.</summary>
public readonly record struct Extent(int Outer, int? Rows, int Inner)
{
    /// <summary>Elements.</summary>
    public int Count => checked(Outer * (Rows ?? 1) * Inner);

    /// <summary>[n], of no batch.</summary>
    public static implicit operator Extent(int count) => new(1, null, count);

    /// <summary>[rows, inner].</summary>
    public static implicit operator Extent((int Rows, int Inner) shape) => new(1, shape.Rows, shape.Inner);

    /// <summary>[outer, rows, inner].</summary>
    public static implicit operator Extent((int Outer, int Rows, int Inner) shape) => new(shape.Outer, shape.Rows, shape.Inner);

    /// <summary>Which row of the batch an element belongs to.</summary>
    public int RowOf(int index) => index / Inner % Rows!.Value;
}

/// <summary>
/// A span that an operation is given, by the name of its parameter: so a test can make it too short, poison it, put it somewhere else,
/// or look for what was written.
/// </summary>
public abstract class Operand(string name, Role role, Extent extent)
{
    /// <summary>The parameter it is passed for.</summary>
    public string Name => name;

    /// <summary>What is done with it.</summary>
    public Role Role => role;

    /// <summary>Its shape.</summary>
    public Extent Extent => extent;

    /// <summary>Elements that are passed: the shape's, if no test has changed it.</summary>
    public int Length { get; set; } = extent.Count;

    /// <summary>Whether it may have more elements than it needs.</summary>
    public bool MayBeLonger { get; set; }

    /// <summary>Whether it may have fewer: then its length says how many there are.</summary>
    public bool MayBeShorter { get; set; }

    /// <summary>Whether it is added to, and not written.</summary>
    public bool IsAddedTo { get; set; }

    /// <summary>Whether its values are ids or counts, which no NaN reaches.</summary>
    public bool HoldsWholeNumbers { get; set; }

    /// <summary>Whether it has been passed since this was last set to false.</summary>
    public bool IsUsed { get; set; }

    /// <summary>All elements and the one more, to be compared bit by bit.</summary>
    public abstract Span<byte> Bytes { get; }

    /// <summary>Takes over a row of a batch from the same operand of a larger run.</summary>
    public void CopyRow(Operand source, int row)
    {
        int size = Bytes.Length / (extent.Count + 1) * extent.Inner;
        for (int outer = 0; outer < extent.Outer; outer++)
        {
            source.Bytes.Slice((outer * source.Extent.Rows!.Value + row) * size, size).CopyTo(Bytes[(outer * size)..]);
        }
    }
}

/// <summary>An operand of numbers or of ids.</summary>
public sealed class Operand<TItem>(string name, Role role, Extent extent, Func<Operand<TItem>>? gradient = null) : Operand(name,
    role, extent)
    where TItem : unmanaged
{
    private Operand<TItem>? _gradient;

    /// <summary>All elements, and one more for the test that passes too many.</summary>
    public TItem[] Values { get; } = new TItem[extent.Count + 1];

    /// <summary>The array, and the index in it, where what is passed begins in place of <see cref="Values"/>; null for there.</summary>
    public (TItem[] Array, int Start)? Place { get; set; }

    /// <summary>What is passed.</summary>
    public Span<TItem> Span
    {
        get
        {
            IsUsed = true;
            return Place is { } place ? place.Array.AsSpan(place.Start, Length) : Values.AsSpan(0, Length);
        }
    }

    /// <summary>Its gradient, which a backward pass reads for an output and writes for an input.</summary>
    public Operand<TItem> Gradient => _gradient ??= gradient!();

    /// <summary>Whether the operation has one.</summary>
    public bool HasGradient => _gradient is not null;

    /// <inheritdoc/>
    public override Span<byte> Bytes => MemoryMarshal.AsBytes(Values.AsSpan());

    /// <summary>What is passed.</summary>
    public static implicit operator Span<TItem>(Operand<TItem> operand) => operand.Span;

    /// <summary>What is passed.</summary>
    public static implicit operator ReadOnlySpan<TItem>(Operand<TItem> operand) => operand.Span;
}
