using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace FastRecurrent.Kernels;

/// <summary>
/// A part of an <see cref="AlignedBuffer{T}"/> that can be kept: what <see cref="Memory{T}"/> is to <see cref="Span{T}"/>, without its
/// questions about what kind of memory it is. A step whose operands lie where they lay at the step before need not gather them again.
/// </summary>
/// <typeparam name="T">The element.</typeparam>
public readonly struct AlignedMemory<T>
    where T : unmanaged
{
    private readonly T[]? _array;
    private readonly int _start;

    internal AlignedMemory(T[] array, int start, int length)
    {
        _array = array;
        _start = start;
        Length = length;
    }

    /// <summary>Elements.</summary>
    public int Length { get; }

    /// <summary>The elements.</summary>
    public Span<T> Span
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _array is null ? default : MemoryMarshal.CreateSpan(ref Reference, Length);
    }

    /// <summary>The first element; there must be one.</summary>
    internal ref T Reference
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_array!), (nint)(uint)_start);
    }

    /// <summary>Some of the elements.</summary>
    /// <param name="start">The first of them.</param>
    /// <param name="length">How many.</param>
    /// <exception cref="ArgumentOutOfRangeException">They do not lie in this memory.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public AlignedMemory<T> Slice(int start, int length)
    {
        Require.Range(start, length, Length);
        return new AlignedMemory<T>(_array!, _start + start, length);
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Length} elements of {typeof(T).Name}";
}
