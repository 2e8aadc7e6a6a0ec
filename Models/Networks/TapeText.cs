using System.Numerics;
using System.Runtime.CompilerServices;
using FastRecurrent.Cells;
using FastRecurrent.Kernels;

namespace FastRecurrent.Models;

/// <summary>What tapes around other tapes say of themselves.</summary>
internal static class TapeText
{
    /// <summary>How much memory it is, and who works in it; as in <see cref="Tape{T}.ToString"/>.</summary>
    /// <param name="inner">Bytes of the tapes within.</param>
    /// <param name="workers">Threads that share the runs.</param>
    /// <param name="buffers">The tape's own memory.</param>
    public static string Of<T>(long inner, WorkerPool? workers, params IEnumerable<AlignedBuffer<T>> buffers)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        $"{(inner + buffers.Sum(buffer => (long)buffer.Length) * Unsafe.SizeOf<T>()) / 1024.0:N0} "
            + $"KB{(workers is null ? "" : $", {workers}")}";
}
