using System.Numerics;

namespace FastRecurrent.Bench.Guard;

/// <summary>A run of a kernel on guarded operands.</summary>
/// <param name="Name">The kernel, as <see cref="KernelNames"/> names it.</param>
/// <param name="Run">Takes operands that a length n ≥ 0 asks for, and runs it.</param>
internal sealed record GuardCase<T>(string Name, Action<GuardedOperands<T>, int> Run)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Every kernel.</summary>
    public static IEnumerable<GuardCase<T>> Kernels() =>
        [.. ElementwiseCases.All<T>(), .. MatrixCases.All<T>(), .. RoundedMatrixCases.All().OfType<GuardCase<T>>(), .. SparseCases.All<T>(),
            .. AttentionCases.All<T>()];
}
