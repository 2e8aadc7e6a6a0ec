using System.Numerics;

namespace FastRecurrent.Bench.Guard;

/// <summary>A kernel's run on guarded operands.</summary>
/// <param name="Kernel">The method, as <see cref="KernelNames"/> names it.</param>
/// <param name="Run">Takes operands that a length n ≥ 0 asks for, and runs the kernel.</param>
internal sealed record GuardCase<T>(string Kernel, Action<GuardedOperands<T>, int> Run)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Every kernel.</summary>
    public static IEnumerable<GuardCase<T>> All() =>
        [.. ElementwiseCases.All<T>(), .. MatrixCases.All<T>(), .. RoundedMatrixCases.All().OfType<GuardCase<T>>(), .. SparseCases.All<T>(), .. AttentionCases.All<T>()];
}
