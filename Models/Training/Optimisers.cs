using System.Numerics;
using FastRecurrent.Cells;

namespace FastRecurrent.Models;

/// <summary>Gradient descent, w ← w − lr·(g + λw). Without weight decay,
/// embeddings' rows that were not looked up are not visited.</summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
/// <param name="parameters">What it changes.</param>
/// <param name="learningRate">lr ≥ 0.</param>
/// <param name="weightDecay">λ ≥ 0; 0 by default, for none.</param>
/// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
public sealed class Sgd<T>(ParameterSet<T> parameters, double learningRate, double weightDecay = 0)
    : Optimiser<T>(parameters, learningRate, weightDecay, moments: 0)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private protected override bool SkipsZeroGradients => WeightDecay == 0;

    private protected override void Update(Span<T> value, ReadOnlySpan<T> gradient, Span<T> first, Span<T> second) =>
        OptimiserKernel.Momentum(value, gradient, default, LearningRate, WeightDecay, momentum: 0, nesterov: false);
}

/// <summary>Momentum (Polyak 1964) in PyTorch's form, v ← μv + g + λw, w ← w − lr·v.</summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
/// <param name="parameters">What it changes.</param>
/// <param name="learningRate">lr ≥ 0.</param>
/// <param name="momentum">0 ≤ μ &lt; 1; 0.9 by default.</param>
/// <param name="weightDecay">λ ≥ 0; 0 by default, for none.</param>
/// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
public sealed class Momentum<T>(ParameterSet<T> parameters, double learningRate, double momentum = 0.9, double weightDecay = 0)
    : Optimiser<T>(parameters, learningRate, weightDecay, moments: 1)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly double _momentum = TrainingNumbers.RequirePart(momentum);

    internal override string Numbers => FormattableString.Invariant($", momentum {_momentum}");

    private protected override void Update(Span<T> value, ReadOnlySpan<T> gradient, Span<T> first, Span<T> second) =>
        OptimiserKernel.Momentum(value, gradient, first, LearningRate, WeightDecay, _momentum, nesterov: false);
}

/// <summary>Nesterov's momentum (Sutskever et al. 2013) in PyTorch's form, v ← μv + g + λw, w ← w − lr·(g + λw + μv).</summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
/// <param name="parameters">What it changes.</param>
/// <param name="learningRate">lr ≥ 0.</param>
/// <param name="momentum">0 ≤ μ &lt; 1; 0.9 by default.</param>
/// <param name="weightDecay">λ ≥ 0; 0 by default, for none.</param>
/// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
public sealed class Nesterov<T>(ParameterSet<T> parameters, double learningRate, double momentum = 0.9, double weightDecay = 0)
    : Optimiser<T>(parameters, learningRate, weightDecay, moments: 1)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly double _momentum = TrainingNumbers.RequirePart(momentum);

    internal override string Numbers => FormattableString.Invariant($", momentum {_momentum}");

    private protected override void Update(Span<T> value, ReadOnlySpan<T> gradient, Span<T> first, Span<T> second) =>
        OptimiserKernel.Momentum(value, gradient, first, LearningRate, WeightDecay, _momentum, nesterov: true);
}

/// <summary>Adam (Kingma and Ba 2015); weight decay joins the gradient.</summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
/// <param name="parameters">What it changes.</param>
/// <param name="learningRate">lr ≥ 0; 0.001 by default.</param>
/// <param name="beta1">0 ≤ β₁ &lt; 1, of the mean of gradients; 0.9 by default.</param>
/// <param name="beta2">0 ≤ β₂ &lt; 1, of the mean of their squares; 0.999 by default.</param>
/// <param name="epsilon">ε &gt; 0, finite; 1e-8 by default.</param>
/// <param name="weightDecay">λ ≥ 0; 0 by default, for none.</param>
/// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
public sealed class Adam<T>(
    ParameterSet<T> parameters, double learningRate = 1e-3, double beta1 = 0.9, double beta2 = 0.999, double epsilon = 1e-8,
    double weightDecay = 0)
    : Optimiser<T>(parameters, learningRate, weightDecay, moments: 2)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly double _beta1 = TrainingNumbers.RequirePart(beta1), _beta2 = TrainingNumbers.RequirePart(beta2);
    private readonly double _epsilon = TrainingNumbers.RequirePositive(epsilon);

    internal override string Numbers => FormattableString.Invariant($", beta {_beta1} and {_beta2}, epsilon {_epsilon}");

    private protected override void Update(Span<T> value, ReadOnlySpan<T> gradient, Span<T> first, Span<T> second) =>
        OptimiserKernel.Adam(value, gradient, first, second, LearningRate, WeightDecay, 0, _beta1, _beta2, _epsilon, Steps);
}

/// <summary>Adam with decoupled weight decay (Loshchilov and Hutter 2019): w ← (1 − lr·λ) w before the step.</summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
/// <param name="parameters">What it changes.</param>
/// <param name="learningRate">lr ≥ 0; 0.001 by default.</param>
/// <param name="beta1">0 ≤ β₁ &lt; 1, of the mean of gradients; 0.9 by default.</param>
/// <param name="beta2">0 ≤ β₂ &lt; 1, of the mean of their squares; 0.999 by default.</param>
/// <param name="epsilon">ε &gt; 0, finite; 1e-8 by default.</param>
/// <param name="weightDecay">λ ≥ 0; 0.01 by default, 0 for none.</param>
/// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
public sealed class AdamW<T>(
    ParameterSet<T> parameters, double learningRate = 1e-3, double beta1 = 0.9, double beta2 = 0.999, double epsilon = 1e-8,
    double weightDecay = 1e-2)
    : Optimiser<T>(parameters, learningRate, weightDecay, moments: 2)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly double _beta1 = TrainingNumbers.RequirePart(beta1), _beta2 = TrainingNumbers.RequirePart(beta2);
    private readonly double _epsilon = TrainingNumbers.RequirePositive(epsilon);

    internal override string Numbers => FormattableString.Invariant($", beta {_beta1} and {_beta2}, epsilon {_epsilon}");

    private protected override void Update(Span<T> value, ReadOnlySpan<T> gradient, Span<T> first, Span<T> second) =>
        OptimiserKernel.Adam(value, gradient, first, second, LearningRate, 0, WeightDecay, _beta1, _beta2, _epsilon, Steps);
}
