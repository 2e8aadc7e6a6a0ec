using System.Runtime.CompilerServices;
using FastRecurrent.Cells;
using FastRecurrent.Graph;
using FastRecurrent.Kernels;

namespace FastRecurrent.Models;

public sealed partial class AgcNetwork<T>
{
    /// <summary>Runs a batch of sequences. Nothing is allocated.</summary>
    /// <param name="x">The coordinates, [T, B, N, C].</param>
    /// <param name="steps">T ≥ 0, the same for all sequences.</param>
    /// <param name="batch">B ≥ 0.</param>
    /// <param name="prediction">
    /// softmax(o^g) + softmax(o^l), [B, classes], written: each row adds up to 2, without attention to 1. Empty if not wanted.
    /// </param>
    /// <param name="tape">Memory made by this network.</param>
    /// <exception cref="ArgumentException">A size does not fit, or the tape is another network's; nothing has been written.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Forward(ReadOnlySpan<T> x, int steps, int batch, Span<T> prediction, AgcNetworkTape<T> tape)
    {
        CheckTape(tape);
        if (steps < 0 || steps > tape.MaxSteps || batch < 0 || batch > tape.MaxBatch)
        {
            throw new ArgumentException(
                $"x has {steps} steps × {batch} sequences, the tape takes 0 … {tape.MaxSteps} × 0 … {tape.MaxBatch}.", nameof(x));
        }

        int joints = batch * Partitions.NodeCount, rows = steps * joints;
        Require.Length(x.Length, (long)steps * batch * Partitions.NodeCount * Options.CoordinateSize, shape: "T·B·N·C");
        Require.LengthOrEmpty(prediction.Length, (long)batch * Options.Classes, shape: "B·classes");
        tape.HasRun = false;
        tape.Batch = batch;
        Span<T> coordinates = tape.Coordinates.Span[..x.Length], position = tape.Position.Span[..(rows * Options.PositionSize)];
        Span<T> first = tape.Activations.First.Span, second = tape.Activations.Second.Span;
        NeuralPrimitives.FlushTiny(x, coordinates);
        _position.Forward(coordinates, position, tape.Workers);
        NeuralPrimitives.Relu<T>(position, position);
        JointMotion.Forward(position, Options.PositionSize, joints, first);
        _augmentation.Run(
            new SequenceInput<T> { Steps = steps, Batch = joints, X = first[..(rows * 2 * Options.PositionSize)] },
            new SequenceOutput<T> { Y = second[..(rows * Options.FeatureSize)] },
            tape.Augmentation);
        for (int layer = 0; layer < _layers.Length; layer++)
        {
            tape.Steps[layer] = steps;
            RunLayer(layer, tape);
            if (layer + 1 < _layers.Length)
            {
                int pooled = Options.Pooling.GetOutputSteps(steps), size = joints * Options.HiddenSize;
                Options.Pooling.Forward(first[..(steps * size)], steps, second[..(pooled * size)]);
                steps = pooled;
            }
        }

        Classify(prediction, tape);
        tape.HasRun = true;
    }

    /// <summary>The loss of the last forward run, without its gradient. Nothing is allocated.</summary>
    /// <param name="targets">The classes, [B].</param>
    /// <param name="tape">The tape of the forward run.</param>
    /// <exception cref="ArgumentException">A class does not exist or there are not B of them.</exception>
    /// <exception cref="InvalidOperationException">The tape holds no forward run.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public T Loss(ReadOnlySpan<int> targets, AgcNetworkTape<T> tape)
    {
        CheckTape(tape);
        CheckRun(tape);
        T loss = CrossEntropy(targets, tape);
        for (int layer = _layers.Length - 1; layer >= 0; layer--) // the order of Backward, for the same bits
        {
            loss += Regularise(layer, default, tape);
        }

        return loss;
    }

    /// <summary>From the second activations to the first; of the last layer only the features are wanted.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void RunLayer(int layer, AgcNetworkTape<T> tape)
    {
        int steps = tape.Steps[layer], graphs = steps * tape.Batch, rows = graphs * Partitions.NodeCount, hidden = Options.HiddenSize;
        bool last = layer + 1 == _layers.Length, attends = _heads.Length > 1;
        _layers[layer].Forward(
            new AgcLstmInput<T>
            {
                Steps = steps,
                Batch = tape.Batch,
                X = tape.Activations.Second.Span[..(rows * _layers[layer].Options.InputSize)],
            },
            new AgcLstmOutput<T>
            {
                Y = last ? default : tape.Activations.First.Span[..(rows * hidden)],
                Alpha = attends ? tape.Alpha[layer].Span[..rows] : default,
                Global = last ? tape.Heads[0].Feature.Span[..(graphs * hidden)] : default,
                Local = last && attends ? tape.Heads[1].Feature.Span[..(graphs * hidden)] : default,
            },
            tape.Layers[layer]);
    }

    /// <summary>Scores summed over the last layer's steps.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Classify(Span<T> prediction, AgcNetworkTape<T> tape)
    {
        int batch = tape.Batch, classes = Options.Classes, steps = tape.Steps[^1];
        prediction.Clear();
        for (int head = 0; head < _heads.Length; head++)
        {
            Span<T> stepScores = tape.StepScores.Span[..(steps * batch * classes)],
                scores = tape.Heads[head].Scores.Span[..(batch * classes)];
            _heads[head].Forward(tape.Heads[head].Feature.Span[..(steps * batch * Options.HiddenSize)], stepScores, tape.Workers);
            scores.Clear();
            NeuralPrimitives.ColumnSum(stepScores, batch * classes, steps, scores);
            for (int sequence = 0; sequence < batch && !prediction.IsEmpty; sequence++)
            {
                Span<T> probabilities = tape.Heads[head].Probabilities.Span.Slice(sequence * classes, classes);
                Span<T> sum = prediction.Slice(sequence * classes, classes);
                NeuralPrimitives.Softmax(scores.Slice(sequence * classes, classes), probabilities);
                NeuralPrimitives.Add(sum, probabilities, sum);
            }
        }
    }

    /// <summary>The mean cross-entropy of a batch, both classifiers added; leaves ∂L/∂o in place of the probabilities.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private T CrossEntropy(ReadOnlySpan<int> targets, AgcNetworkTape<T> tape)
    {
        Require.Length(targets.Length, tape.Batch, shape: "B");
        int scores = tape.Batch * Options.Classes;
        T loss = T.Zero;
        foreach (AgcHeadTape<T> head in tape.Heads)
        {
            loss += Models.Loss.CrossEntropy(head.Scores.Span[..scores], targets, head.Probabilities.Span[..scores]);
        }

        return loss;
    }

    private T Regularise(int layer, Span<T> gradient, AgcNetworkTape<T> tape)
    {
        int steps = tape.Steps[layer], rows = _heads.Length > 1 ? steps * tape.Batch * Partitions.NodeCount : 0;
        ReadOnlySpan<T> alpha = tape.Alpha[layer].Span[..rows];
        return AttentionRegularisation.Evaluate(alpha, steps, tape.Batch, Scalar.From<T>(Options.Lambda),
            Scalar.From<T>(Options.Beta), gradient);
    }
}
