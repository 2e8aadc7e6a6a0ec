using System.Numerics;
using FastRecurrent.Cells;

namespace FastRecurrent.Models;

/// <summary>Gradient descent, w ← w − lr·(g + λw). Without weight decay, embeddings' rows that were not looked up are not visited.</summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
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
public sealed class Momentum<T>(ParameterSet<T> parameters, double learningRate, double momentum = 0.9, double weightDecay = 0)
    : Optimiser<T>(parameters, learningRate, weightDecay, moments: 1)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private protected override void Update(Span<T> value, ReadOnlySpan<T> gradient, Span<T> first, Span<T> second) =>
        OptimiserKernel.Momentum(value, gradient, first, LearningRate, WeightDecay, momentum, nesterov: false);
}

/// <summary>Nesterov's momentum (Sutskever et al. 2013) in PyTorch's form, v ← μv + g + λw, w ← w − lr·(g + λw + μv).</summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed class Nesterov<T>(ParameterSet<T> parameters, double learningRate, double momentum = 0.9, double weightDecay = 0)
    : Optimiser<T>(parameters, learningRate, weightDecay, moments: 1)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private protected override void Update(Span<T> value, ReadOnlySpan<T> gradient, Span<T> first, Span<T> second) =>
        OptimiserKernel.Momentum(value, gradient, first, LearningRate, WeightDecay, momentum, nesterov: true);
}

/// <summary>Adam (Kingma and Ba 2015); weight decay joins the gradient.</summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed class Adam<T>(
    ParameterSet<T> parameters, double learningRate = 1e-3, double beta1 = 0.9, double beta2 = 0.999, double epsilon = 1e-8, double weightDecay = 0)
    : Optimiser<T>(parameters, learningRate, weightDecay, moments: 2)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private protected override void Update(Span<T> value, ReadOnlySpan<T> gradient, Span<T> first, Span<T> second) =>
        OptimiserKernel.Adam(value, gradient, first, second, LearningRate, WeightDecay, 0, beta1, beta2, epsilon, Steps);
}

/// <summary>Adam with decoupled weight decay (Loshchilov and Hutter 2019): w ← (1 − lr·λ) w before the step.</summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed class AdamW<T>(
    ParameterSet<T> parameters, double learningRate = 1e-3, double beta1 = 0.9, double beta2 = 0.999, double epsilon = 1e-8, double weightDecay = 1e-2)
    : Optimiser<T>(parameters, learningRate, weightDecay, moments: 2)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private protected override void Update(Span<T> value, ReadOnlySpan<T> gradient, Span<T> first, Span<T> second) =>
        OptimiserKernel.Adam(value, gradient, first, second, LearningRate, 0, WeightDecay, beta1, beta2, epsilon, Steps);
}
