using System.Numerics;
using FastRecurrent.Kernels;

namespace FastRecurrent.Cells;

/// <summary>Gated recurrent unit (Cho et al. 2014) in its four conventions, with layers and directions.</summary>
/// <remarks>
/// <code>
/// r = σ(W_r x + U_r h⁻ + b_r)      z = σ(W_z x + U_z h⁻ + b_z)
/// reset after:   n = tanh(W_n x + b_in + r ⊙ (U_n h⁻ + b_hn))
/// reset before:  n = tanh(W_n x + b_in + U_n (r ⊙ h⁻) + b_hn)
/// update keeps:  h = z ⊙ h⁻ + (1 − z) ⊙ n
/// update takes:  h = (1 − z) ⊙ h⁻ + z ⊙ n
/// </code>
/// Parameters, a layer k (and again with <c>_reverse</c>), as in PyTorch: <c>weight_ih_lk</c> [3H, D], <c>weight_hh_lk</c> [3H, H],
/// <c>bias_ih_lk</c> and <c>bias_hh_lk</c> [3H], gate rows r, z, n.
/// </remarks>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed class Gru<T> : RecurrentNetwork<GruCell<T>, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>A GRU whose parameters are zero: <see cref="RecurrentNetwork{T}.Initialise"/> or load them, then pack.</summary>
    /// <param name="options">Shape and convention.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is not positive, or there is no such variant.</exception>
    public Gru(GruOptions options)
        : this(options,
            CellFactory.Build(Require.NotNull(options).Layers, options.Bidirectional,
            (layer, suffix) => new GruCell<T>(options, layer, suffix)))
    {
    }

    private Gru(GruOptions options, GruCell<T>[] cells)
        : base(cells, options.Bidirectional ? 2 : 1, new ParameterSet<T>(cells.SelectMany(cell => cell.Parameters)), options.HiddenSize) =>
        Options = options;

    /// <summary>Shape and convention.</summary>
    public GruOptions Options { get; }

    /// <inheritdoc/>
    public override string ToString() =>
        $"GRU {Options.InputSize} → {Options.HiddenSize}, {Options.Layers} layer{(Options.Layers == 1 ? "" : "s")}"
        + $"{(Options.Bidirectional ? ", bidirectional" : "")}, reset {Options.Reset}, update {Options.Update}: {Parameters}";
}
