using System.Numerics;

namespace FastRecurrent.Kernels;

/// <summary>
/// The vector operations a kernel is written in, so that one source serves every vector width and both precisions.
/// </summary>
/// <remarks>
/// Implementations are empty structs over the <em>raw</em> hardware vector: the JIT sees the same code as a hand-written
/// <c>Vector512&lt;float&gt;</c> loop. (Wrapping the vector in a struct of its own costs a move and an unfolded load per FMA.)
/// Every operation is element-wise and correctly rounded, or exact, so every width gives the same bits.
/// </remarks>
/// <typeparam name="TVector">The hardware vector.</typeparam>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public interface ISimd<TVector, T>
    where TVector : struct
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Elements in a vector.</summary>
    static abstract int Count { get; }

    /// <summary>Loads <see cref="Count"/> elements from <paramref name="source"/>[<paramref name="offset"/>…].</summary>
    static abstract TVector Load(ref readonly T source, nuint offset);

    /// <summary>Stores <see cref="Count"/> elements to <paramref name="destination"/>[<paramref name="offset"/>…].</summary>
    static abstract void Store(TVector value, ref T destination, nuint offset);

    /// <summary>Every element = <paramref name="value"/>.</summary>
    static abstract TVector Broadcast(T value);

    /// <summary>Every element = <paramref name="value"/> rounded to <typeparamref name="T"/>; a constant after inlining.</summary>
    static abstract TVector Constant(double value);

    /// <summary>a·b + c with one rounding.</summary>
    static abstract TVector Fma(TVector a, TVector b, TVector c);

    /// <summary>a + b.</summary>
    static abstract TVector Add(TVector a, TVector b);

    /// <summary>a − b.</summary>
    static abstract TVector Subtract(TVector a, TVector b);

    /// <summary>a · b.</summary>
    static abstract TVector Multiply(TVector a, TVector b);

    /// <summary>a / b.</summary>
    static abstract TVector Divide(TVector a, TVector b);

    /// <summary>√a.</summary>
    static abstract TVector Sqrt(TVector a);

    /// <summary>−a.</summary>
    static abstract TVector Negate(TVector a);

    /// <summary>|a|.</summary>
    static abstract TVector Abs(TVector a);

    /// <summary>a &lt; b ? a : b. A NaN in <paramref name="b"/> is kept, one in <paramref name="a"/> is not: constants go first.</summary>
    static abstract TVector Min(TVector a, TVector b);

    /// <summary>a &gt; b ? a : b. A NaN in <paramref name="b"/> is kept, one in <paramref name="a"/> is not: constants go first.</summary>
    static abstract TVector Max(TVector a, TVector b);

    /// <summary>All ones where a &gt; b, else all zeros; zeros for NaN.</summary>
    static abstract TVector GreaterThan(TVector a, TVector b);

    /// <summary>All ones where a is NaN, else all zeros.</summary>
    static abstract TVector IsNaN(TVector a);

    /// <summary>Bitwise and.</summary>
    static abstract TVector And(TVector a, TVector b);

    /// <summary>Bitwise or.</summary>
    static abstract TVector Or(TVector a, TVector b);

    /// <summary>Bits of <paramref name="a"/> where <paramref name="mask"/> is set, else of <paramref name="b"/>.</summary>
    static abstract TVector Select(TVector mask, TVector a, TVector b);

    /// <summary>Every 32 bits moved 16 up, zeros below: the lower half of each as the upper half of a float.</summary>
    static abstract TVector ShiftLeft16(TVector a);

    /// <summary>
    /// 2ⁿ or −2ⁿ for n = the integer in the low mantissa bits of <paramref name="shifted"/>, i.e. of n + 1.5·2²³ (float) or n + 1.5·2⁵²
    /// (double).
    /// </summary>
    /// <param name="shifted">n, shifted.</param>
    /// <param name="one">1 or −1.</param>
    static abstract TVector PowerOfTwo(TVector shifted, TVector one);
}
