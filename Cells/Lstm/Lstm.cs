using System.Numerics;
using FastRecurrent.Kernels;

namespace FastRecurrent.Cells;

/// <summary>
/// Long short-term memory (Hochreiter and Schmidhuber 1997; Gers et al. 2000) with its variants, layers and directions.
/// </summary>
/// <remarks>
/// <code>
/// i = σ(W_i x + U_i h⁻ + b_i [+ P_i c⁻])      f = σ(W_f x + U_f h⁻ + b_f [+ P_f c⁻])
/// g = tanh(W_g x + U_g h⁻ + b_g)              c = f ⊙ c⁻ + i ⊙ g
/// o = σ(W_o x + U_o h⁻ + b_o [+ P_o c])       h = o ⊙ tanh c   [h = W_hr (o ⊙ tanh c)]
/// </code>
/// Parameters, a layer k (and again with <c>_reverse</c>), as in PyTorch: <c>weight_ih_lk</c> [4H, D], <c>weight_hh_lk</c> [4H, H],
/// <c>bias_ih_lk</c> and <c>bias_hh_lk</c> [4H], gate rows i, f, g, o; without a forget gate of its own 3H rows i, g, o. With the option
/// <c>weight_peephole_lk</c>, <c>weight_ch_lk</c> or <c>weight_hr_lk</c> [P, H]; U is then [4H, P].
/// </remarks>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed class Lstm<T> : RecurrentNetwork<LstmCell<T>, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>An LSTM whose parameters are zero: <see cref="RecurrentNetwork{T}.Initialise"/> or load them, then pack.</summary>
    /// <param name="options">Shape and variant.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is not positive, or there is no such variant.</exception>
    public Lstm(LstmOptions options)
        : this(options,
            CellFactory.Build(Require.NotNull(options).Layers, options.Bidirectional,
            (layer, suffix) => new LstmCell<T>(options, layer, suffix)))
    {
    }

    private Lstm(LstmOptions options, LstmCell<T>[] cells)
        : base(cells, options.Bidirectional ? 2 : 1, new ParameterSet<T>(cells.SelectMany(cell => cell.Parameters)), options.HiddenSize) =>
        Options = options;

    /// <summary>Shape and variant.</summary>
    public LstmOptions Options { get; }

    /// <inheritdoc/>
    public override string ToString() =>
        $"LSTM {Options.InputSize} → {Options.HiddenSize}{(Options.ProjectionSize > 0 ? $" → {Options.ProjectionSize}" : "")}"
        + $", {Options.Layers} layer{(Options.Layers == 1 ? "" : "s")}{(Options.Bidirectional ? ", bidirectional" : "")}"
        + $"{(Options.Forget == ForgetGate.Standard ? "" : $", forget {Options.Forget}")}"
        + $"{(Options.Peephole == Peephole.None ? "" : $", peephole {Options.Peephole}")}: {Parameters}";
}
