using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using FastRecurrent.Kernels;

namespace FastRecurrent.Models;

/// <summary>The updates of the optimisers, element by element, for every vector width.</summary>
internal static class OptimiserKernel
{
    /// <summary>v ← μv + g + λw; w ← w − lr·v, or w ← w − lr·(g + λw + μv). Without v: μ = 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Momentum<T>(
        Span<T> w, ReadOnlySpan<T> g, Span<T> v, double learningRate, double decay, double momentum, bool nesterov)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        MomentumConstants<T> constants = new()
        {
            Rate = Scalar.From<T>(learningRate),
            Decay = Scalar.From<T>(decay),
            Mu = Scalar.From<T>(momentum),
            IsNesterov = nesterov,
        };
        if (Vector512.IsHardwareAccelerated)
        {
            Momentum<Simd512<T>, Vector512<T>, T>(w, g, v, constants);
        }
        else if (Vector256.IsHardwareAccelerated)
        {
            Momentum<Simd256<T>, Vector256<T>, T>(w, g, v, constants);
        }
        else
        {
            Momentum<Simd128<T>, Vector128<T>, T>(w, g, v, constants);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Momentum<TSimd, TVector, T>(Span<T> w, ReadOnlySpan<T> g, Span<T> v, in MomentumConstants<T> constants)
        where TSimd : struct, ISimd<TVector, T>
        where TVector : struct
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ref T w0 = ref MemoryMarshal.GetReference(w);
        ref T g0 = ref MemoryMarshal.GetReference(g);
        ref T v0 = ref MemoryMarshal.GetReference(v);
        bool hasMoment = !v.IsEmpty, nesterov = constants.IsNesterov;
        TVector rate = TSimd.Broadcast(constants.Rate), decay = TSimd.Broadcast(constants.Decay), mu = TSimd.Broadcast(constants.Mu);
        nuint n = (nuint)TSimd.Count, i = 0, length = (nuint)w.Length;
        for (; i + n <= length; i += n)
        {
            TVector value = TSimd.Load(ref w0, i);
            TVector slope = TSimd.Add(TSimd.Load(ref g0, i), TSimd.Multiply(decay, value));
            if (hasMoment)
            {
                TVector moment = VectorMath<TSimd, TVector, T>.FlushTiny(TSimd.Add(TSimd.Multiply(mu, TSimd.Load(ref v0, i)), slope));
                TSimd.Store(moment, ref v0, i);
                slope = nesterov ? TSimd.Add(slope, TSimd.Multiply(mu, moment)) : moment;
            }

            TSimd.Store(TSimd.Subtract(value, TSimd.Multiply(rate, slope)), ref w0, i);
        }

        if (i < length)
        {
            // The rest fills one vector on the stack.
            Span<T> rest = stackalloc T[3 * TSimd.Count];
            int count = TSimd.Count, at = (int)i;
            Span<T> restW = rest[..count], restG = rest.Slice(count, count), restV = hasMoment ? rest[(2 * count)..] : default;
            w[at..].CopyTo(restW);
            g[at..].CopyTo(restG);
            if (hasMoment)
            {
                v[at..].CopyTo(restV);
            }

            Momentum<TSimd, TVector, T>(restW, restG, restV, constants);
            restW[..(w.Length - at)].CopyTo(w[at..]);
            if (hasMoment)
            {
                restV[..(w.Length - at)].CopyTo(v[at..]);
            }
        }
    }

    /// <summary>
    /// m ← β₁m + (1−β₁)g; v ← β₂v + (1−β₂)g²; w ← (1 − lr·λ_w)w − lr·m̂/(√v̂ + ε), with g + λw for g and m̂ = m/(1−β₁ᵗ), v̂ = v/(1−β₂ᵗ).
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Adam<T>(
        Span<T> w, ReadOnlySpan<T> g, Span<T> m, Span<T> v,
        double learningRate, double decay, double decoupledDecay, double beta1, double beta2, double epsilon, long step)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        AdamConstants<T> constants = new()
        {
            Beta1 = Scalar.From<T>(beta1),
            Rest1 = Scalar.From<T>(1 - beta1),
            Beta2 = Scalar.From<T>(beta2),
            Rest2 = Scalar.From<T>(1 - beta2),
            Rate = Scalar.From<T>(learningRate / (1 - Math.Pow(beta1, step))),
            Correction = Scalar.From<T>(1 / Math.Sqrt(1 - Math.Pow(beta2, step))),
            Epsilon = Scalar.From<T>(epsilon),
            Decay = Scalar.From<T>(decay),
            Keep = Scalar.From<T>(1 - learningRate * decoupledDecay),
        };
        if (Vector512.IsHardwareAccelerated)
        {
            Adam<Simd512<T>, Vector512<T>, T>(w, g, m, v, constants);
        }
        else if (Vector256.IsHardwareAccelerated)
        {
            Adam<Simd256<T>, Vector256<T>, T>(w, g, m, v, constants);
        }
        else
        {
            Adam<Simd128<T>, Vector128<T>, T>(w, g, m, v, constants);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Adam<TSimd, TVector, T>(Span<T> w, ReadOnlySpan<T> g, Span<T> m, Span<T> v, in AdamConstants<T> constants)
        where TSimd : struct, ISimd<TVector, T>
        where TVector : struct
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ref T w0 = ref MemoryMarshal.GetReference(w);
        ref T g0 = ref MemoryMarshal.GetReference(g);
        ref T m0 = ref MemoryMarshal.GetReference(m);
        ref T v0 = ref MemoryMarshal.GetReference(v);
        TVector beta1 = TSimd.Broadcast(constants.Beta1), rest1 = TSimd.Broadcast(constants.Rest1);
        TVector beta2 = TSimd.Broadcast(constants.Beta2), rest2 = TSimd.Broadcast(constants.Rest2);
        TVector rate = TSimd.Broadcast(-constants.Rate), correction = TSimd.Broadcast(constants.Correction);
        TVector epsilon = TSimd.Broadcast(constants.Epsilon), decay = TSimd.Broadcast(constants.Decay),
            keep = TSimd.Broadcast(constants.Keep);
        TVector smallest = TSimd.Constant(typeof(T) == typeof(float) ? 1.17549435e-38 : 2.2250738585072014e-308); // normal
        nuint n = (nuint)TSimd.Count, i = 0, length = (nuint)w.Length;
        for (; i + n <= length; i += n)
        {
            TVector value = TSimd.Load(ref w0, i);
            TVector slope = TSimd.Fma(decay, value, TSimd.Load(ref g0, i));
            TVector first = TSimd.Fma(beta1, TSimd.Load(ref m0, i), TSimd.Multiply(rest1, slope));
            TVector second = TSimd.Fma(beta2, TSimd.Load(ref v0, i), TSimd.Multiply(rest2, TSimd.Multiply(slope, slope)));
            first = VectorMath<TSimd, TVector, T>.FlushTiny(first); // moments of unused rows decay for ever
            // A square is tiny long before what it was made of: only denormals go, and where one did, the smallest normal number
            // stands for it, or m would be divided by ε alone.
            second = TSimd.Select(TSimd.GreaterThan(smallest, second), TSimd.Constant(0), second);
            TVector scale = TSimd.Fma(TSimd.Sqrt(TSimd.Max(smallest, second)), correction, epsilon);
            TSimd.Store(first, ref m0, i);
            TSimd.Store(second, ref v0, i);
            TSimd.Store(TSimd.Fma(rate, TSimd.Divide(first, scale), TSimd.Multiply(value, keep)), ref w0, i);
        }

        if (i < length)
        {
            // The rest fills one vector on the stack.
            Span<T> rest = stackalloc T[4 * TSimd.Count];
            int count = TSimd.Count, at = (int)i;
            Span<T> restW = rest[..count], restG = rest.Slice(count, count), restM = rest.Slice(2 * count, count),
                restV = rest[(3 * count)..];
            w[at..].CopyTo(restW);
            g[at..].CopyTo(restG);
            m[at..].CopyTo(restM);
            v[at..].CopyTo(restV);
            Adam<TSimd, TVector, T>(restW, restG, restM, restV, constants);
            restW[..(w.Length - at)].CopyTo(w[at..]);
            restM[..(w.Length - at)].CopyTo(m[at..]);
            restV[..(w.Length - at)].CopyTo(v[at..]);
        }
    }

    private readonly struct MomentumConstants<T>
    {
        public required T Rate { get; init; }

        public required T Decay { get; init; }

        public required T Mu { get; init; }

        public required bool IsNesterov { get; init; }
    }

    private readonly struct AdamConstants<T>
    {
        public required T Beta1 { get; init; }

        public required T Rest1 { get; init; }

        public required T Beta2 { get; init; }

        public required T Rest2 { get; init; }

        public required T Rate { get; init; }

        public required T Correction { get; init; }

        public required T Epsilon { get; init; }

        public required T Decay { get; init; }

        public required T Keep { get; init; }
    }
}
