using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace FastRecurrent.Kernels;

/// <summary>
/// The constants of the sigmoid, of tanh and of the flush of tiny values, so that their equations are written once and a kernel says where
/// the constants lie: <see cref="ConstantsInCode{TSimd, TVector, T}"/> or <see cref="ConstantsInRegisters{TSimd, TVector, T}"/>.
/// </summary>
/// <remarks>
/// They are passed by <c>ref</c>, though nobody writes them: of an <c>in</c> parameter whose type is a parameter, too, C# makes a copy for
/// every property read, and a step of an LSTM had more locals than the JIT inlines with (10 % slower).
/// </remarks>
/// <typeparam name="TVector">The hardware vector.</typeparam>
internal interface IActivationConstants<TVector>
    where TVector : struct
{
    /// <summary>1.</summary>
    TVector One { get; }

    /// <summary>−1.</summary>
    TVector MinusOne { get; }

    /// <summary>2.</summary>
    TVector Two { get; }

    /// <summary>−0: the bit of the sign.</summary>
    TVector SignBit { get; }

    /// <summary>1.5·2²³ (float), 1.5·2⁵² (double): adding it rounds to an integer and leaves that integer in the low bits.</summary>
    TVector Shift { get; }

    /// <summary>ln 2.</summary>
    TVector Ln2 { get; }

    /// <summary>What <see cref="Ln2"/> exceeds ln 2 by, negated.</summary>
    TVector Ln2Rest { get; }

    /// <summary>−log₂e.</summary>
    TVector MinusLog2E { get; }

    /// <summary>−2 log₂e.</summary>
    TVector MinusTwoLog2E { get; }

    /// <summary>The largest x of the sigmoid: beyond it e⁻ˣ is a denormal.</summary>
    TVector SigmoidLimit { get; }

    /// <summary>The least x of the sigmoid.</summary>
    TVector MinusSigmoidLimit { get; }

    /// <summary>The x from which on tanh is −1.</summary>
    TVector MinusTanhLimit { get; }

    /// <summary>−p₀ of p(r) = (expm1(r) − r) / r² = p₀ + p₁r + … + p₄r⁴ (float): with the signs here it gives −p(r) from −r.</summary>
    TVector Tail0 { get; }

    /// <summary>p₁.</summary>
    TVector Tail1 { get; }

    /// <summary>−p₂.</summary>
    TVector Tail2 { get; }

    /// <summary>p₃.</summary>
    TVector Tail3 { get; }

    /// <summary>−p₄.</summary>
    TVector Tail4 { get; }

    /// <summary>See <see cref="TinyThreshold"/>.</summary>
    TVector Tiny { get; }
}

/// <summary>
/// Constants that the compiler puts beside the code and every use reads from there: for kernels whose registers hold sums (a step whose
/// constants took them was 6 to 9 % slower).
/// </summary>
/// <typeparam name="TSimd">The vector operations.</typeparam>
/// <typeparam name="TVector">The hardware vector.</typeparam>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
internal readonly struct ConstantsInCode<TSimd, TVector, T> : IActivationConstants<TVector>
    where TSimd : struct, ISimd<TVector, T>
    where TVector : struct
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const double Log2E = 1.44269504088896341;

    public TVector One { [MethodImpl(MethodImplOptions.AggressiveInlining)] get => TSimd.Constant(1); }

    public TVector MinusOne { [MethodImpl(MethodImplOptions.AggressiveInlining)] get => TSimd.Constant(-1); }

    public TVector Two { [MethodImpl(MethodImplOptions.AggressiveInlining)] get => TSimd.Constant(2); }

    public TVector SignBit { [MethodImpl(MethodImplOptions.AggressiveInlining)] get => TSimd.Constant(-0.0); }

    public TVector Shift { [MethodImpl(MethodImplOptions.AggressiveInlining)] get => Of(12582912, 6755399441055744); }

    public TVector Ln2 { [MethodImpl(MethodImplOptions.AggressiveInlining)] get => TSimd.Constant(0.693147180559945309); }

    public TVector Ln2Rest { [MethodImpl(MethodImplOptions.AggressiveInlining)] get => Of(-1.90465e-9, 2.319e-17); }

    public TVector MinusLog2E { [MethodImpl(MethodImplOptions.AggressiveInlining)] get => TSimd.Constant(-Log2E); }

    public TVector MinusTwoLog2E { [MethodImpl(MethodImplOptions.AggressiveInlining)] get => TSimd.Constant(-2 * Log2E); }

    public TVector SigmoidLimit { [MethodImpl(MethodImplOptions.AggressiveInlining)] get => Of(87.3, 708); }

    public TVector MinusSigmoidLimit { [MethodImpl(MethodImplOptions.AggressiveInlining)] get => Of(-87.3, -708); }

    public TVector MinusTanhLimit { [MethodImpl(MethodImplOptions.AggressiveInlining)] get => Of(-9.02, -19.1); }

    public TVector Tail0 { [MethodImpl(MethodImplOptions.AggressiveInlining)] get => TSimd.Constant(-4.99999981e-1); }

    public TVector Tail1 { [MethodImpl(MethodImplOptions.AggressiveInlining)] get => TSimd.Constant(1.66665432e-1); }

    public TVector Tail2 { [MethodImpl(MethodImplOptions.AggressiveInlining)] get => TSimd.Constant(-4.16672018e-2); }

    public TVector Tail3 { [MethodImpl(MethodImplOptions.AggressiveInlining)] get => TSimd.Constant(8.36658050e-3); }

    public TVector Tail4 { [MethodImpl(MethodImplOptions.AggressiveInlining)] get => TSimd.Constant(-1.38825103e-3); }

    public TVector Tiny { [MethodImpl(MethodImplOptions.AggressiveInlining)] get => TSimd.Constant(TinyThreshold.Of<T>()); }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Of(double single, double twice) => TSimd.Constant(typeof(T) == typeof(float) ? single : twice);
}

/// <summary>
/// The same constants in eighteen registers, loaded before a loop of activations. A core that reads one 512-bit vector a cycle waits for
/// constants in memory: with them in registers, batches of 64 and 128 units took 2 to 3 % less.
/// </summary>
/// <typeparam name="TSimd">The vector operations.</typeparam>
/// <typeparam name="TVector">The hardware vector.</typeparam>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
internal readonly struct ConstantsInRegisters<TSimd, TVector, T> : IActivationConstants<TVector>
    where TSimd : struct, ISimd<TVector, T>
    where TVector : struct
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private static readonly T[] _values = Table();

    /// <summary>Loads them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ConstantsInRegisters()
    {
        ref T values = ref First();
        One = TSimd.Broadcast(values);
        MinusOne = TSimd.Broadcast(Unsafe.Add(ref values, 1));
        Two = TSimd.Broadcast(Unsafe.Add(ref values, 2));
        SignBit = TSimd.Broadcast(Unsafe.Add(ref values, 3));
        Shift = TSimd.Broadcast(Unsafe.Add(ref values, 4));
        Ln2 = TSimd.Broadcast(Unsafe.Add(ref values, 5));
        Ln2Rest = TSimd.Broadcast(Unsafe.Add(ref values, 6));
        MinusLog2E = TSimd.Broadcast(Unsafe.Add(ref values, 7));
        MinusTwoLog2E = TSimd.Broadcast(Unsafe.Add(ref values, 8));
        SigmoidLimit = TSimd.Broadcast(Unsafe.Add(ref values, 9));
        MinusSigmoidLimit = TSimd.Broadcast(Unsafe.Add(ref values, 10));
        MinusTanhLimit = TSimd.Broadcast(Unsafe.Add(ref values, 11));
        Tail0 = TSimd.Broadcast(Unsafe.Add(ref values, 12));
        Tail1 = TSimd.Broadcast(Unsafe.Add(ref values, 13));
        Tail2 = TSimd.Broadcast(Unsafe.Add(ref values, 14));
        Tail3 = TSimd.Broadcast(Unsafe.Add(ref values, 15));
        Tail4 = TSimd.Broadcast(Unsafe.Add(ref values, 16));
        Tiny = TSimd.Broadcast(Unsafe.Add(ref values, 17));
    }

    public TVector One { [MethodImpl(MethodImplOptions.AggressiveInlining)] get; }

    public TVector MinusOne { [MethodImpl(MethodImplOptions.AggressiveInlining)] get; }

    public TVector Two { [MethodImpl(MethodImplOptions.AggressiveInlining)] get; }

    public TVector SignBit { [MethodImpl(MethodImplOptions.AggressiveInlining)] get; }

    public TVector Shift { [MethodImpl(MethodImplOptions.AggressiveInlining)] get; }

    public TVector Ln2 { [MethodImpl(MethodImplOptions.AggressiveInlining)] get; }

    public TVector Ln2Rest { [MethodImpl(MethodImplOptions.AggressiveInlining)] get; }

    public TVector MinusLog2E { [MethodImpl(MethodImplOptions.AggressiveInlining)] get; }

    public TVector MinusTwoLog2E { [MethodImpl(MethodImplOptions.AggressiveInlining)] get; }

    public TVector SigmoidLimit { [MethodImpl(MethodImplOptions.AggressiveInlining)] get; }

    public TVector MinusSigmoidLimit { [MethodImpl(MethodImplOptions.AggressiveInlining)] get; }

    public TVector MinusTanhLimit { [MethodImpl(MethodImplOptions.AggressiveInlining)] get; }

    public TVector Tail0 { [MethodImpl(MethodImplOptions.AggressiveInlining)] get; }

    public TVector Tail1 { [MethodImpl(MethodImplOptions.AggressiveInlining)] get; }

    public TVector Tail2 { [MethodImpl(MethodImplOptions.AggressiveInlining)] get; }

    public TVector Tail3 { [MethodImpl(MethodImplOptions.AggressiveInlining)] get; }

    public TVector Tail4 { [MethodImpl(MethodImplOptions.AggressiveInlining)] get; }

    public TVector Tiny { [MethodImpl(MethodImplOptions.AggressiveInlining)] get; }

    // Called, so that neither the compiler knows the values and reads them from the code again, nor the loop contains the class's check.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static ref T First() => ref MemoryMarshal.GetArrayDataReference(_values);

    /// <summary>The values of <see cref="ConstantsInCode{TSimd, TVector, T}"/> in the order in which they are loaded.</summary>
    private static T[] Table()
    {
        ConstantsInCode<TSimd, TVector, T> c = default;
        TVector[] vectors =
        [
            c.One, c.MinusOne, c.Two, c.SignBit, c.Shift, c.Ln2, c.Ln2Rest, c.MinusLog2E, c.MinusTwoLog2E, c.SigmoidLimit,
            c.MinusSigmoidLimit, c.MinusTanhLimit, c.Tail0, c.Tail1, c.Tail2, c.Tail3, c.Tail4, c.Tiny,
        ];
        return [.. vectors.Select(vector => Unsafe.As<TVector, T>(ref vector))];
    }
}
