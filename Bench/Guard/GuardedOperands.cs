using System.Numerics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace FastRecurrent.Bench.Guard;

/// <summary>
/// The operands of a kernel, each next to a closed page on the side that is asked for. What the kernel must leave alone is compared
/// afterwards, and what it wrote goes into a hash.
/// </summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
internal sealed class GuardedOperands<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int Capacity = 1 << 17, Shift = 101;

    /// <summary>An operand: its place among the arrays, its length,
    /// and how many elements from each multiple of the stride on the kernel may write.</summary>
    private readonly record struct Operand(int Length, int Written, int Stride);

    private readonly T[] _values = new T[Capacity + 16 * Shift];
    private readonly List<GuardedArray<T>> _arrays = [];
    private readonly List<GuardedArray<int>> _indexArrays = [];
    private readonly GuardedBuffers _packed = new();
    private readonly List<Operand> _operands = [];
    private int _indexCount;

    public GuardedOperands()
    {
        Random random = new(1);
        foreach (ref T value in _values.AsSpan())
        {
            value = T.CreateTruncating(4 * random.NextDouble() - 2);
        }
    }

    /// <summary>Whether operands end right before a closed page; else they begin right after one.</summary>
    public bool AtEnd { get; set; }

    /// <summary>Elements that one operand has more than the kernel asks for; −1: one too few.</summary>
    public int Excess { get; set; }

    /// <summary>Which operand has the excess, counted from 0 in the order in which they are taken.</summary>
    public int ExcessOf { get; set; }

    /// <summary>Lengths of the operands taken so far.</summary>
    public IEnumerable<int> Lengths => _operands.Select(operand => operand.Length);

    /// <summary>Random numbers that the kernel must leave as they are.</summary>
    public ReadOnlySpan<T> In(int length) => Take(length, written: 0, stride: Math.Max(1, length));

    /// <summary>Rows of random numbers, the first at 0, that the kernel must leave as they are.</summary>
    public ReadOnlySpan<T> In(int rows, int columns, int stride) => In(Length(rows, columns, stride));

    /// <summary>Random numbers that the kernel may write.</summary>
    public Span<T> Out(int length) => Take(length, length, Math.Max(1, length));

    /// <summary>Rows that the kernel may write; what lies between them it must leave as it is.</summary>
    public Span<T> Out(int rows, int columns, int stride) => Take(Length(rows, columns, stride), columns, stride);

    /// <summary>Whole numbers.</summary>
    public ReadOnlySpan<int> Indices(ReadOnlySpan<int> values)
    {
        Span<int> span = At(_indexArrays, _indexCount++).Span(values.Length, AtEnd);
        values.CopyTo(span);
        return span;
    }

    /// <summary>Moves what a packed matrix holds next to closed pages; it begins on a page or ends with one, so it stays aligned.</summary>
    public TMatrix Packed<TMatrix>(TMatrix matrix)
        where TMatrix : class
    {
        _packed.Move(matrix, AtEnd);
        return matrix;
    }

    /// <summary>Ends a run: compares what it may not write, and adds what it may to the hash.</summary>
    /// <exception cref="InvalidOperationException">It wrote to an input or between rows.</exception>
    public void Finish(IncrementalHash hash)
    {
        for (int i = 0; i < _operands.Count; i++)
        {
            (int length, int written, int stride) = _operands[i];
            Span<T> values = _arrays[i].Span(length, AtEnd), before = _values.AsSpan(i * Shift, length);
            for (int row = 0; row < length; row += stride)
            {
                int end = Math.Min(row + written, length), next = Math.Min(row + stride, length);
                if (!values[end..next].SequenceEqual(before[end..next]))
                {
                    throw new InvalidOperationException($"operand {i} was written to in {end} … {next - 1}, of {length}.");
                }
            }

            hash.AppendData(MemoryMarshal.AsBytes(values));
        }

        _operands.Clear();
        _indexCount = 0;
        _packed.Free();
    }

    /// <summary>Whether no operand from one on was written to.</summary>
    public bool AreUntouched(int from) => Enumerable.Range(from, _operands.Count - from).All(i =>
        _arrays[i].Span(_operands[i].Length, AtEnd).SequenceEqual(_values.AsSpan(i * Shift, _operands[i].Length)));

    private static int Length(int rows, int columns, int stride) => rows == 0 ? 0 : (rows - 1) * stride + columns;

    private static GuardedArray<TElement> At<TElement>(List<GuardedArray<TElement>> arrays, int place)
        where TElement : unmanaged
    {
        if (place == arrays.Count)
        {
            arrays.Add(new GuardedArray<TElement>(Capacity));
        }

        return arrays[place];
    }

    private Span<T> Take(int length, int written, int stride)
    {
        int place = _operands.Count;
        length += place == ExcessOf && length > 0 ? Excess : 0;
        _operands.Add(new Operand(length, written, stride));
        Span<T> span = At(_arrays, place).Span(length, AtEnd);
        _values.AsSpan(place * Shift, length).CopyTo(span);
        return span;
    }
}
