using System.Numerics;
using FastRecurrent.Kernels;

namespace FastRecurrent.Cells;

/// <summary>Jordan network (Jordan 1986): the output is fed back, not the hidden layer.</summary>
/// <remarks>
/// <code>
/// h = f(W x + U y⁻ + b)      y = g(V h + c)
/// </code>
/// Parameters <c>weight_ih</c> [H, D], <c>weight_yh</c> [H, O], <c>bias_h</c> [H], <c>weight_hy</c> [O, H], <c>bias_y</c> [O]. What other
/// networks call h, the recurrent state, is y here.
/// </remarks>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed class Jordan<T> : RecurrentNetwork<JordanCell<T>, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>A network whose parameters are zero: <see cref="RecurrentNetwork{T}.Initialise"/> or load them, then pack.</summary>
    /// <param name="options">Shape and activations.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is not positive, or there is no such activation.</exception>
    public Jordan(JordanOptions options)
        : this(options, new JordanCell<T>(Require.NotNull(options)))
    {
    }

    private Jordan(JordanOptions options, JordanCell<T> cell)
        : base([cell], 1, new ParameterSet<T>(cell.Parameters), options.HiddenSize) => Options = options;

    /// <summary>Shape and activations.</summary>
    public JordanOptions Options { get; }

    /// <inheritdoc/>
    public override string ToString() => $"Jordan {Options.InputSize} → {Options.HiddenSize} → {Options.OutputSize}: {Parameters}";
}
