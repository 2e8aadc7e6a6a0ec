using System.Numerics;
using FastRecurrent.Kernels;

namespace FastRecurrent.Cells;

/// <summary>Simple recurrent network (Elman 1990) and its residual forms, with layers and directions.</summary>
/// <remarks>
/// <code>
/// Elman            h = f(W x + U h⁻ + b)
/// residual         h = h⁻ + f(W x + U h⁻ + b)
/// residual input   h = h⁻ + f(W x + b)
/// </code>
/// Parameters, a layer k (and again with <c>_reverse</c>), as in PyTorch: <c>weight_ih_lk</c> [H, D], <c>weight_hh_lk</c> [H, H],
/// <c>bias_ih_lk</c> and <c>bias_hh_lk</c> [H]; the residual-input form has <c>weight_ih_lk</c> and <c>bias_ih_lk</c> only.
/// </remarks>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed class Srn<T> : RecurrentNetwork<SrnCell<T>, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>A network whose parameters are zero: <see cref="RecurrentNetwork{T}.Initialise"/> or load them, then pack.</summary>
    /// <param name="options">Shape and variant.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is not positive, or there is no such variant.</exception>
    public Srn(SrnOptions options)
        : this(options,
            CellFactory.Build(Require.NotNull(options).Layers, options.Bidirectional,
            (layer, suffix) => new SrnCell<T>(options, layer, suffix)))
    {
    }

    private Srn(SrnOptions options, SrnCell<T>[] cells)
        : base(cells, options.Bidirectional ? 2 : 1, new ParameterSet<T>(cells.SelectMany(cell => cell.Parameters)), options.HiddenSize) =>
        Options = options;

    /// <summary>Shape and variant.</summary>
    public SrnOptions Options { get; }

    /// <inheritdoc/>
    public override string ToString() =>
        $"SRN {Options.InputSize} → {Options.HiddenSize}, {Options.Layers} layer{(Options.Layers == 1 ? "" : "s")}"
        + $"{(Options.Bidirectional ? ", bidirectional" : "")}, {Options.Recurrence}, {Options.Activation}: {Parameters}";
}
