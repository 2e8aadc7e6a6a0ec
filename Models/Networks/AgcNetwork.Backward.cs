using System.Runtime.CompilerServices;
using FastRecurrent.Cells;
using FastRecurrent.Graph;
using FastRecurrent.Kernels;

namespace FastRecurrent.Models;

public sealed partial class AgcNetwork<T>
{
    // ∂L/∂o is the gradient of the scores of every step; ∂α_j of the regularisation enters layer j beside what comes from above:
    //   ∂feature_t = Wᵀ ∂o      ∂y_j = pooling back of ∂x_{j+1}      ∂P_t = ∂first_t + ∂second_t − ∂second_{t+1} of the LSTM's input
    /// <summary>
    /// Takes the last forward run back from the loss: writes dx and adds the parameters' gradients.
    /// Nothing is allocated; the tape is used up.
    /// </summary>
    /// <param name="targets">The classes, [B].</param>
    /// <param name="dx">The gradient of the coordinates, [T, B, N, C], written; empty if not wanted.</param>
    /// <param name="tape">The tape of the forward run.</param>
    /// <returns>The loss.</returns>
    /// <exception cref="ArgumentException">A size does not fit or a class does not exist; nothing has been written.</exception>
    /// <exception cref="InvalidOperationException">The tape holds no forward run.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public T Backward(ReadOnlySpan<int> targets, Span<T> dx, AgcNetworkTape<T> tape)
    {
        CheckTape(tape);
        CheckRun(tape);
        int steps = tape.Steps[0], joints = tape.Batch * Partitions.NodeCount, rows = steps * joints, size = Options.PositionSize;
        Require.LengthOrEmpty(dx.Length, (long)rows * Options.CoordinateSize, shape: "T·B·N·C");
        T loss = CrossEntropy(targets, tape);
        tape.HasRun = false;
        Span<T> first = tape.Activations.First.Span, second = tape.Activations.Second.Span;
        BackwardHeads(tape);
        for (int layer = _layers.Length - 1; layer >= 0; layer--)
        {
            loss += BackwardLayer(layer, tape);
            if (layer > 0)
            {
                int step = joints * Options.HiddenSize, below = tape.Steps[layer - 1];
                Options.Pooling.Backward(first[..(tape.Steps[layer] * step)], below, second[..(below * step)]);
            }
        }

        _augmentation.Backward(
            new SequenceOutputGradient<T> { Y = first[..(rows * Options.FeatureSize)] },
            new SequenceInputGradient<T> { X = second[..(rows * 2 * size)] },
            tape.Augmentation);
        Span<T> gradient = first[..(rows * size)], position = tape.Position.Span[..(rows * size)];
        JointMotion.Backward(second, size, joints, gradient);
        NeuralPrimitives.ReluBackward(position, gradient, gradient);
        NeuralPrimitives.FlushTiny<T>(gradient, gradient);
        _position.Backward(tape.Coordinates.Span[..(rows * Options.CoordinateSize)], gradient, dx, tape.Workspace.Span,
            workers: tape.Workers);
        return loss;
    }

    /// <summary>From ∂L/∂o to the gradients of the features of every step.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void BackwardHeads(AgcNetworkTape<T> tape)
    {
        int scores = tape.Batch * Options.Classes, steps = tape.Steps[^1], features = steps * tape.Batch * Options.HiddenSize;
        Span<T> stepScores = tape.StepScores.Span[..(steps * scores)];
        for (int head = 0; head < _heads.Length; head++)
        {
            AgcHeadTape<T> memory = tape.Heads[head];
            for (int t = 0; t < steps; t++)
            {
                memory.Probabilities.Span[..scores].CopyTo(stepScores[(t * scores)..]);
            }

            _heads[head].Backward(memory.Feature.Span[..features], stepScores, memory.FeatureGradient.Span[..features], tape.Workspace.Span,
                workers: tape.Workers);
        }
    }

    /// <summary>From the second activations, the gradient of a layer's output, to the first, that of its input.
    /// Returns the layer's regularisation.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private T BackwardLayer(int layer, AgcNetworkTape<T> tape)
    {
        int graphs = tape.Steps[layer] * tape.Batch, rows = graphs * Partitions.NodeCount, hidden = Options.HiddenSize;
        bool last = layer + 1 == _layers.Length, attends = _heads.Length > 1;
        Span<T> alpha = attends ? tape.AlphaGradient.Span[..rows] : default;
        T regularisation = Regularise(layer, alpha, tape);
        _layers[layer].Backward(
            new AgcLstmOutputGradient<T>
            {
                Y = last ? default : tape.Activations.Second.Span[..(rows * hidden)],
                Alpha = alpha,
                Global = last ? tape.Heads[0].FeatureGradient.Span[..(graphs * hidden)] : default,
                Local = last && attends ? tape.Heads[1].FeatureGradient.Span[..(graphs * hidden)] : default,
            },
            new AgcLstmInputGradient<T> { X = tape.Activations.First.Span[..(rows * _layers[layer].Options.InputSize)] },
            tape.Layers[layer]);
        return regularisation;
    }
}
