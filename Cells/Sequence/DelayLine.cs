using System.Numerics;
using System.Runtime.CompilerServices;
using FastRecurrent.Kernels;

namespace FastRecurrent.Cells;

/// <summary>The newest sample of a sequence and those before it that are still needed, in a ring; zeros before the first.</summary>
/// <param name="size">Elements of a sample.</param>
/// <param name="delays">Samples kept beside the newest.</param>
internal sealed class DelayLine<T>(int size, int delays)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly AlignedBuffer<T> _ring = new((delays + 1L) * size);
    private int _newest;

    /// <summary>The sample so many steps before the newest, 0 … delays.</summary>
    public Span<T> this[int delay]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            int place = _newest - delay;
            return _ring.Slice((place < 0 ? place + delays + 1 : place) * size, size);
        }
    }

    /// <summary>A sample becomes the newest, in the place of the oldest.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(ReadOnlySpan<T> sample)
    {
        _newest = _newest == delays ? 0 : _newest + 1;
        sample.CopyTo(this[0]);
    }

    /// <summary>Back to zeros.</summary>
    public void Clear() => _ring.Span.Clear();

    /// <summary>Gives a line of the same sizes this one's samples.</summary>
    public void CopyTo(DelayLine<T> other)
    {
        other._newest = _newest;
        _ring.Span.CopyTo(other._ring.Span);
    }

    /// <summary>Copies out what is still needed once the next sample has come, [delays, size], the oldest first.</summary>
    public void Save(Span<T> destination)
    {
        for (int delay = delays - 1; delay >= 0; delay--)
        {
            this[delay].CopyTo(destination);
            destination = destination[size..];
        }
    }

    /// <summary>Takes over what <see cref="Save"/> wrote.</summary>
    public void Restore(ReadOnlySpan<T> source)
    {
        for (int delay = delays - 1; delay >= 0; delay--)
        {
            source[..size].CopyTo(this[delay]);
            source = source[size..];
        }
    }
}
