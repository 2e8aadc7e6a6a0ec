using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace FastRecurrent.Kernels;

/// <summary>A kernel over rows of heads, [heads, features], that gives every head vectors of its own.</summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
internal interface IHeadKernel<T> : IRowKernel<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>The loops where no vector divides a head.</summary>
    void RunScalar();
}

/// <summary>The choice of the widest vectors that fill a head without a rest: no vector lies in two heads.</summary>
internal static class HeadKernel
{
    /// <summary>Runs a kernel, on all threads if they save time.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run<TKernel, T>(scoped ref TKernel kernel, int features, long multiplyAdds, WorkerPool? workers)
        where TKernel : struct, IHeadKernel<T>, allows ref struct
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (WorkerPool.Parts(workers, multiplyAdds) > 1)
        {
            HeadJob<TKernel, T> job = new() { Kernel = kernel, Features = features };
            workers!.Run(ref job);
        }
        else
        {
            Run<TKernel, T>(ref kernel, features);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run<TKernel, T>(scoped ref TKernel kernel, int features)
        where TKernel : struct, IHeadKernel<T>, allows ref struct
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Require.Supported<T>();
        int lanes = Lanes<T>(features);
        if (lanes == Vector512<T>.Count && Vector512.IsHardwareAccelerated)
        {
            kernel.Run<Simd512<T>, Vector512<T>>();
        }
        else if (lanes >= Vector256<T>.Count && Vector256.IsHardwareAccelerated)
        {
            kernel.Run<Simd256<T>, Vector256<T>>();
        }
        else if (lanes >= Vector128<T>.Count)
        {
            kernel.Run<Simd128<T>, Vector128<T>>();
        }
        else
        {
            kernel.RunScalar();
        }
    }

    /// <summary>
    /// The largest power of two, of at most 64 bytes, that divides a head; 1 if that fills no vector. The same on every machine: sums over
    /// a head have so many partial sums.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Lanes<T>(int features)
        where T : unmanaged
    {
        int lanes = Math.Min(features & -features, Vector512<T>.Count);
        return lanes >= Vector128<T>.Count ? lanes : 1;
    }

    /// <summary>The sum of a vector's lanes: halves onto each other until one is left.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T SumLanes<TVector, T>(TVector vector)
        where TVector : struct
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (typeof(TVector) == typeof(Vector512<T>))
        {
            Vector512<T> wide = Unsafe.BitCast<TVector, Vector512<T>>(vector);
            return SumLanes<Vector256<T>, T>(wide.GetLower() + wide.GetUpper());
        }

        if (typeof(TVector) == typeof(Vector256<T>))
        {
            Vector256<T> middle = Unsafe.BitCast<TVector, Vector256<T>>(vector);
            return SumLanes<Vector128<T>, T>(middle.GetLower() + middle.GetUpper());
        }

        Vector128<T> narrow = Unsafe.BitCast<TVector, Vector128<T>>(vector);
        if (typeof(T) == typeof(float))
        {
            Vector128<float> four = narrow.AsSingle();
            four += Vector128.Shuffle(four, Vector128.Create(2, 3, 0, 1));
            return Unsafe.BitCast<float, T>(four.GetElement(0) + four.GetElement(1));
        }

        return narrow.GetElement(0) + narrow.GetElement(1);
    }
}

/// <summary>A kernel over rows of heads whose rows threads share.</summary>
internal ref struct HeadJob<TKernel, T> : IWorkerJob
    where TKernel : struct, IHeadKernel<T>, allows ref struct
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public TKernel Kernel;
    public int Features;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public readonly void Run(int part, int parts)
    {
        TKernel share = Kernel;
        share.Take(part, parts);
        HeadKernel.Run<TKernel, T>(ref share, Features);
    }
}
