using System.Numerics;

namespace FastRecurrent.Models;

/// <summary>Between states as networks keep them, [S, B, H], and as layers read them: S·H values side by side in each of B rows.</summary>
internal static class StateRows
{
    /// <summary>rows[b, column + s·H + u] = states[s, b, u].</summary>
    public static void Gather<T>(ReadOnlySpan<T> states, int size, Span<T> rows, int batch, int stride, int column = 0)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (int i = 0, at = 0; at < states.Length; i++, at += size)
        {
            states.Slice(at, size).CopyTo(rows[(i % batch * stride + column + i / batch * size)..]);
        }
    }

    /// <summary>states[s, b, u] = rows[b, column + s·H + u].</summary>
    public static void Scatter<T>(ReadOnlySpan<T> rows, int stride, Span<T> states, int batch, int size, int column = 0)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (int i = 0, at = 0; at < states.Length; i++, at += size)
        {
            rows.Slice(i % batch * stride + column + i / batch * size, size).CopyTo(states[at..]);
        }
    }
}
