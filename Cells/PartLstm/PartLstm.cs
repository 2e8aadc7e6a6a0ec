using System.Numerics;

namespace FastRecurrent.Cells;

/// <summary>One part of a part-aware LSTM's input and cell.</summary>
/// <param name="InputSize">D_p, the part of x.</param>
/// <param name="HiddenSize">H_p, the part of c.</param>
public readonly record struct LstmPart(int InputSize, int HiddenSize);

/// <summary>Part-aware LSTM (Shahroudy et al. 2016): every part of a body has a cell of its own, and all share one output gate.</summary>
/// <remarks>
/// <code>
/// [i_p; f_p; g_p] = [σ; σ; tanh](W_p [x^p; h⁻] + b_p)      c^p = f_p ⊙ c^p⁻ + i_p ⊙ g_p
/// o = σ(W_o [x¹; …; x^P; h⁻] + b_o)                        h = o ⊙ tanh [c¹; …; c^P]
/// </code>
/// Parameters, a part p from 0: <c>part.p.weight_ih</c> [3H_p, D_p], <c>part.p.weight_hh</c> [3H_p, H], <c>part.p.bias</c> [3H_p], rows i,
/// f, g; <c>weight_io</c> [H, D], <c>weight_ho</c> [H, H], <c>bias_o</c> [H]. An input that is infinite or NaN makes the
/// other parts NaN too: they see it with weights of zero.
/// </remarks>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed class PartLstm<T> : RecurrentNetwork<PartLstmCell<T>, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly LstmPart[] _parts;

    /// <summary>A network whose parameters are zero: <see cref="RecurrentNetwork{T}.Initialise"/> or load them, then pack.</summary>
    /// <param name="parts">The parts, in the order in which they lie in x and in h.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no part, or a size is not positive.</exception>
    public PartLstm(params ReadOnlySpan<LstmPart> parts)
        : this(parts.ToArray(), new PartLstmCell<T>(parts.ToArray()))
    {
    }

    private PartLstm(LstmPart[] parts, PartLstmCell<T> cell)
        : base([cell], 1, new ParameterSet<T>(cell.Parameters), cell.OutputSize) => _parts = parts;

    /// <summary>The parts.</summary>
    public ReadOnlySpan<LstmPart> Parts => _parts;

    /// <inheritdoc/>
    public override string ToString() => $"part-aware LSTM {InputSize} → {HiddenSize}, {_parts.Length} parts: {Parameters}";
}
