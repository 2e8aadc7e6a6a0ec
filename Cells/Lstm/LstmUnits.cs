using System.Numerics;
using System.Runtime.CompilerServices;
using FastRecurrent.Kernels;

namespace FastRecurrent.Cells;

/// <summary>The equations of one row of an LSTM, a vector of units at a time; the tape is left with the gates.</summary>
/// <remarks>
/// <code>
/// i = σ(i' [+ P_i c⁻])   f = σ(f' [+ P_f c⁻])   g = tanh g'    coupled: f = 1 − i; none: f = 1
/// c = f c⁻ + i g         o = σ(o' [+ P_o c])    h = o tanh c   primes: b + W x + U h⁻
/// </code>
/// </remarks>
/// <typeparam name="TGates">4: i, f, g, o; 3: i, g, o.</typeparam>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
internal readonly ref struct LstmUnits<TGates, T> : IGateUnits<T>
    where TGates : struct, IWidth
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const nuint Block = GateLayout.Block;

    private readonly ref T _saved;
    private readonly ref T _previous;
    private readonly ref T _state;
    private readonly ref T _target;
    private readonly ref T _peephole;
    private readonly nuint _hidden;
    private readonly nuint _tanhCellState;
    private readonly nuint _cellState;
    private readonly bool _isCoupled;

    /// <summary>A row of a batch.</summary>
    /// <param name="layout">The tape row.</param>
    /// <param name="saved">The tape row, written.</param>
    /// <param name="previous">c⁻ [H].</param>
    /// <param name="state">c [H], written.</param>
    /// <param name="target">h [H], written.</param>
    /// <param name="peephole">Diagonal peepholes, [i, (f), o][H], or a null reference.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public LstmUnits(in LstmLayout layout, ref T saved, ref T previous, ref T state, ref T target, ref T peephole)
    {
        _saved = ref saved;
        _previous = ref previous;
        _state = ref state;
        _target = ref target;
        _peephole = ref peephole;
        _hidden = (nuint)layout.Hidden;
        _tanhCellState = (nuint)layout.TanhCellState;
        _cellState = layout.KeepsCellState ? (nuint)layout.CellState : 0;
        _isCoupled = layout.Forget == ForgetGate.Coupled;
    }

    private static nuint AllGates
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (nuint)TGates.Value;
    }

    public static int Gates
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => TGates.Value;
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
        if (TGates.Value == 4)
        {
            TVector c = Memory<TSimd, TVector, TConstants>(
                unit, column, TSimd.Add(x0, h0), TSimd.Add(x1, h1), TSimd.Add(x2, h2), ref constants);
            Output<TSimd, TVector, TConstants>(unit, column, TSimd.Add(x3, h3), c, ref constants);
        }
        else
        {
            TVector c = Memory<TSimd, TVector, TConstants>(unit, column, TSimd.Add(x0, h0), default, TSimd.Add(x1, h1), ref constants);
            Output<TSimd, TVector, TConstants>(unit, column, TSimd.Add(x2, h2), c, ref constants);
        }
    }

    /// <summary>c, from the pre-activations of i, f (if there is one) and g; before it is flushed.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TVector Memory<TSimd, TVector, TConstants>(
        nuint unit, nuint column, TVector i, TVector f, TVector g, scoped ref TConstants constants)
        where TSimd : struct, ISimd<TVector, T>
        where TVector : struct
        where TConstants : struct, IActivationConstants<TVector>
    {
        TVector before = TSimd.Load(ref _previous, unit);
        if (!Unsafe.IsNullRef(ref _peephole))
        {
            i = TSimd.Fma(TSimd.Load(ref _peephole, unit), before, i);
            f = TGates.Value == 4 ? TSimd.Fma(TSimd.Load(ref _peephole, _hidden + unit), before, f) : f;
        }

        i = VectorMath<TSimd, TVector, T>.Sigmoid(i, ref constants);
        g = VectorMath<TSimd, TVector, T>.Tanh(g, ref constants);
        TVector added = TSimd.Multiply(i, g), c;
        if (TGates.Value == 4)
        {
            f = VectorMath<TSimd, TVector, T>.Sigmoid(f, ref constants);
            TSimd.Store(f, ref _saved, column + Block);
            c = TSimd.Fma(f, before, added);
        }
        else
        {
            c = _isCoupled ? TSimd.Fma(TSimd.Subtract(constants.One, i), before, added) : TSimd.Add(before, added);
        }

        // Tanh need not wait for it: where c is tiny, so is o ⊙ tanh c, which is flushed too.
        TVector kept = VectorMath<TSimd, TVector, T>.FlushTiny(c, ref constants);
        TSimd.Store(i, ref _saved, column);
        TSimd.Store(g, ref _saved, column + (AllGates - 2) * Block);
        TSimd.Store(kept, ref _state, unit);
        if (_cellState > 0)
        {
            TSimd.Store(kept, ref _saved, _cellState + unit);
        }

        return c;
    }

    /// <summary>h, from the pre-activation of o and from c.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Output<TSimd, TVector, TConstants>(nuint unit, nuint column, TVector o, TVector c, scoped ref TConstants constants)
        where TSimd : struct, ISimd<TVector, T>
        where TVector : struct
        where TConstants : struct, IActivationConstants<TVector>
    {
        if (!Unsafe.IsNullRef(ref _peephole))
        {
            o = TSimd.Fma(TSimd.Load(ref _peephole, (AllGates - 2) * _hidden + unit), c, o);
        }

        o = VectorMath<TSimd, TVector, T>.Sigmoid(o, ref constants);
        TVector squashed = VectorMath<TSimd, TVector, T>.Tanh(c, ref constants);
        TSimd.Store(o, ref _saved, column + (AllGates - 1) * Block);
        TSimd.Store(squashed, ref _saved, _tanhCellState + unit);
        TSimd.Store(VectorMath<TSimd, TVector, T>.FlushTiny(TSimd.Multiply(o, squashed), ref constants), ref _target, unit);
    }
}
