using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using FastRecurrent.Kernels;

namespace FastRecurrent.Cells;

/// <summary>The element-wise half of the simple recurrent network, for every vector width. All rows have one stride:
/// one run of elements.</summary>
internal static class SrnKernel
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Forward<T>(scoped in CellForward<T> step, int first, int end, Activation activation, bool residual)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (Vector512.IsHardwareAccelerated)
        {
            SrnKernel<Simd512<T>, Vector512<T>, T>.Forward(step, first, end, activation, residual);
        }
        else if (Vector256.IsHardwareAccelerated)
        {
            SrnKernel<Simd256<T>, Vector256<T>, T>.Forward(step, first, end, activation, residual);
        }
        else
        {
            SrnKernel<Simd128<T>, Vector128<T>, T>.Forward(step, first, end, activation, residual);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Backward<T>(scoped in CellBackward<T> step, int length, Activation activation)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (Vector512.IsHardwareAccelerated)
        {
            SrnKernel<Simd512<T>, Vector512<T>, T>.Backward(step, length, activation);
        }
        else if (Vector256.IsHardwareAccelerated)
        {
            SrnKernel<Simd256<T>, Vector256<T>, T>.Backward(step, length, activation);
        }
        else
        {
            SrnKernel<Simd128<T>, Vector128<T>, T>.Backward(step, length, activation);
        }
    }
}

/// <summary>The loops of <see cref="SrnKernel"/> at one vector width.</summary>
internal static class SrnKernel<TSimd, TVector, T>
    where TSimd : struct, ISimd<TVector, T>
    where TVector : struct
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Forward(scoped in CellForward<T> step, int first, int end, Activation activation, bool residual)
    {
        ref T input = ref step.Gates.Reference;
        ref T saved = ref step.Saved.Reference;
        ref T previous = ref step.PreviousHidden.Reference;
        ref T hidden = ref step.Hidden.Reference;
        for (nuint u = (nuint)first; u < (nuint)end; u += (nuint)TSimd.Count)
        {
            TVector f = ActivationFunction<TSimd, TVector, T>.Invoke(activation,
                TSimd.Add(TSimd.Load(ref input, u), TSimd.Load(ref saved, u)));
            TSimd.Store(f, ref saved, u);
            TVector h = residual ? TSimd.Add(TSimd.Load(ref previous, u), f) : f;
            TSimd.Store(VectorMath<TSimd, TVector, T>.FlushTiny(h), ref hidden, u);
        }
    }

    // ∂z = ∂h f′(z), z the pre-activation; ∂h⁻ = Uᵀ ∂z, and + ∂h in the residual forms.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Backward(scoped in CellBackward<T> step, int length, Activation activation)
    {
        ref T saved = ref MemoryMarshal.GetReference(step.Saved);
        ref T gradient = ref MemoryMarshal.GetReference(step.HiddenGradient);
        for (nuint u = 0; u < (nuint)length; u += (nuint)TSimd.Count)
        {
            TVector dh = VectorMath<TSimd, TVector, T>.FlushTiny(TSimd.Load(ref gradient, u));
            TVector dz = ActivationFunction<TSimd, TVector, T>.Backward(activation, TSimd.Load(ref saved, u), dh);
            TSimd.Store(VectorMath<TSimd, TVector, T>.FlushTiny(dz), ref saved, u);
            TSimd.Store(dh, ref gradient, u);
        }
    }
}
