using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace FastRecurrent.Kernels;

/// <summary>A kernel with its operands in its fields, written once for every vector width.</summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
internal interface IVectorKernel<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>The loops, at one width.</summary>
    void Run<TSimd, TVector>()
        where TSimd : struct, ISimd<TVector, T>
        where TVector : struct;
}

/// <summary>The choice of the widest vectors there are: a constant to the JIT.</summary>
internal static class VectorKernel
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run<TKernel, T>(scoped ref TKernel kernel)
        where TKernel : struct, IVectorKernel<T>, allows ref struct
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Require.Supported<T>();
        if (Vector512.IsHardwareAccelerated)
        {
            kernel.Run<Simd512<T>, Vector512<T>>();
        }
        else if (Vector256.IsHardwareAccelerated)
        {
            kernel.Run<Simd256<T>, Vector256<T>>();
        }
        else
        {
            kernel.Run<Simd128<T>, Vector128<T>>();
        }
    }
}
