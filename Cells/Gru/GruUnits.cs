using System.Numerics;
using System.Runtime.CompilerServices;
using FastRecurrent.Kernels;

namespace FastRecurrent.Cells;

/// <summary>The equations of one row of a GRU, a vector of units at a time; the tape is left with the gates.</summary>
/// <remarks>
/// <code>
/// r = σ(r')   z = σ(z')             primes: b + W x + U h⁻
/// n = tanh(x_n + r (U_n h⁻ + b_hn))    reset after the product; before it, n' = x_n + U_n (r h⁻)
/// h = z h⁻ + (1 − z) n              takes: h = (1 − z) h⁻ + z n
/// </code>
/// </remarks>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
internal readonly ref struct GruUnits<T> : IGateUnits<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const nuint Block = GateLayout.Block;

    private readonly ref T _saved;
    private readonly ref T _previous;
    private readonly ref T _target;
    private readonly nuint _state;
    private readonly bool _keeps;

    /// <summary>A row of a batch.</summary>
    /// <param name="saved">The tape row, written.</param>
    /// <param name="state">Where in it the sums with the state lie.</param>
    /// <param name="previous">h⁻ [H].</param>
    /// <param name="target">h [H], written.</param>
    /// <param name="update">What an open update gate does.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public GruUnits(ref T saved, int state, ref T previous, ref T target, UpdateGate update)
    {
        _saved = ref saved;
        _previous = ref previous;
        _target = ref target;
        _state = (nuint)state;
        _keeps = update == UpdateGate.Keeps;
    }

    public static int Gates
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => 3;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Run<TSimd, TVector, TConstants>(
        nuint unit, nuint column, TVector x0, TVector x1, TVector x2, TVector x3, TVector h0, TVector h1, TVector h2, TVector h3,
        scoped ref TConstants constants)
        where TSimd : struct, ISimd<TVector, T>
        where TVector : struct
        where TConstants : struct, IActivationConstants<TVector>
    {
        TVector r = Gate<TSimd, TVector, TConstants>(column, TSimd.Add(x0, h0), ref constants);
        TVector z = Gate<TSimd, TVector, TConstants>(column + Block, TSimd.Add(x1, h1), ref constants);
        TSimd.Store(h2, ref _saved, _state + column + 2 * Block);
        Candidate<TSimd, TVector, TConstants>(unit, column, z, TSimd.Fma(r, h2, x2), ref constants);
    }

    /// <summary>r or z, from its pre-activation.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TVector Gate<TSimd, TVector, TConstants>(nuint column, TVector sum, scoped ref TConstants constants)
        where TSimd : struct, ISimd<TVector, T>
        where TVector : struct
        where TConstants : struct, IActivationConstants<TVector>
    {
        TVector gate = VectorMath<TSimd, TVector, T>.Sigmoid(sum, ref constants);
        TSimd.Store(gate, ref _saved, column);
        return gate;
    }

    /// <summary>h, from z and the pre-activation of n.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Candidate<TSimd, TVector, TConstants>(
        nuint unit, nuint column, TVector z, TVector sum, scoped ref TConstants constants)
        where TSimd : struct, ISimd<TVector, T>
        where TVector : struct
        where TConstants : struct, IActivationConstants<TVector>
    {
        TVector n = VectorMath<TSimd, TVector, T>.Tanh(sum, ref constants), before = TSimd.Load(ref _previous, unit);
        TSimd.Store(n, ref _saved, column + 2 * Block);
        TVector h = _keeps ? TSimd.Fma(z, TSimd.Subtract(before, n), n) : TSimd.Fma(z, TSimd.Subtract(n, before), before);
        TSimd.Store(VectorMath<TSimd, TVector, T>.FlushTiny(h, ref constants), ref _target, unit);
    }
}
