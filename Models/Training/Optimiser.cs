using System.Numerics;
using FastRecurrent.Cells;
using FastRecurrent.Kernels;

namespace FastRecurrent.Models;

/// <summary>Changes all parameters of a model along their gradients, one step at a time, without allocating.</summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public abstract class Optimiser<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly AlignedBuffer<T>[][] _moments;

    private protected Optimiser(ParameterSet<T> parameters, double learningRate, double weightDecay, int moments)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(learningRate);
        ArgumentOutOfRangeException.ThrowIfNegative(weightDecay);
        Parameters = parameters;
        LearningRate = learningRate;
        WeightDecay = weightDecay;
        parameters.ZeroGradients();
        _moments = [.. Enumerable.Range(0, moments).Select(_ => parameters.Select(item => new AlignedBuffer<T>(item.Value.Length)).ToArray())];
    }

    /// <summary>What it changes.</summary>
    public ParameterSet<T> Parameters { get; }

    /// <summary>The learning rate; a schedule sets it before each step.</summary>
    public double LearningRate { get; set; }

    /// <summary>λ of weight decay; 0 for none.</summary>
    public double WeightDecay { get; }

    /// <summary>Steps taken.</summary>
    public long Steps { get; private set; }

    /// <summary>One step with the gradients as they are. The networks must then <c>Pack</c>.</summary>
    public void Step()
    {
        Steps++;
        for (int i = 0; i < Parameters.Count; i++)
        {
            Parameter<T> parameter = Parameters[i].Value;
            Update(
                parameter.Value,
                parameter.Gradient,
                _moments.Length > 0 ? _moments[0][i].Span : default,
                _moments.Length > 1 ? _moments[1][i].Span : default);
        }
    }

    private protected abstract void Update(Span<T> value, ReadOnlySpan<T> gradient, Span<T> first, Span<T> second);
}
