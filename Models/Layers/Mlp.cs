using System.Numerics;
using System.Runtime.CompilerServices;
using FastRecurrent.Cells;
using FastRecurrent.Kernels;

namespace FastRecurrent.Models;

/// <summary>A multilayer perceptron on any number of rows: fully connected layers with an activation after each but the last.</summary>
/// <remarks>
/// <code>
/// a_0 = x      a_l = f(W_l a_{l−1} + b_l)      y = W_n a_{n−1} + b_n
/// </code>
/// Hidden layers may be thinned in training (<see cref="Dropout"/>). Parameters <c>0.weight</c> [S_1, S_0], <c>0.bias</c> [S_1],
/// <c>1.weight</c>, …, as PyTorch's <c>nn.ModuleList</c> of <c>nn.Linear</c>.
/// </remarks>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed class Mlp<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Linear<T>[] _layers;

    /// <summary>A perceptron whose parameters are zero: <see cref="Initialise"/> or load them, then pack.</summary>
    /// <param name="sizes">S_0 … S_n, each ≥ 1: of the inputs, of every hidden layer, of the outputs. Two make one linear layer.</param>
    /// <param name="activation">f, of the hidden layers.</param>
    /// <exception cref="ArgumentException">There are fewer than two sizes, or one is below 1.</exception>
    public Mlp(ReadOnlySpan<int> sizes, Activation activation = Activation.Relu)
    {
        Require.AtLeast(sizes.Length, 2, shape: "inputs, hidden layers, outputs");
        foreach (int size in sizes)
        {
            Require.Positive(size, nameof(sizes));
        }

        Require.Defined(activation);
        Activation = activation;
        Parameters = new ParameterSet<T>();
        _layers = new Linear<T>[sizes.Length - 1];
        for (int layer = 0; layer < _layers.Length; layer++)
        {
            _layers[layer] = new Linear<T>(sizes[layer], sizes[layer + 1]);
            Parameters.Join($"{layer}.", _layers[layer].Parameters);
        }
    }

    /// <summary>S_0.</summary>
    public int InputSize => _layers[0].InputSize;

    /// <summary>S_n.</summary>
    public int OutputSize => _layers[^1].OutputSize;

    /// <summary>n, hidden ones and the last.</summary>
    public int Layers => _layers.Length;

    /// <summary>f, of the hidden layers.</summary>
    public Activation Activation { get; }

    /// <summary><c>0.weight</c>, <c>0.bias</c>, <c>1.weight</c>, …</summary>
    public ParameterSet<T> Parameters { get; }

    /// <summary>Draws each layer's parameters uniformly from ±1/√(its inputs), as PyTorch does, and packs.</summary>
    /// <param name="seed">The same seed gives the same parameters everywhere.</param>
    public void Initialise(int seed)
    {
        for (int layer = 0; layer < _layers.Length; layer++)
        {
            _layers[layer].Initialise(unchecked(seed + layer));
        }
    }

    /// <summary>Copies the parameters' values into the form that the kernels read. Call it after changing them.</summary>
    public void Pack()
    {
        foreach (Linear<T> layer in _layers)
        {
            layer.Pack();
        }
    }

    /// <summary>Memory for a forward and a backward run.</summary>
    /// <param name="maxRows">The most rows.</param>
    /// <param name="workers">Threads that share the products; null for the calling one alone.</param>
    public MlpTape<T> CreateTape(int maxRows, WorkerPool? workers = null)
    {
        Parameters.AllocateGradients();
        return new MlpTape<T>(
            this, maxRows, [.. _layers.SkipLast(1).Select(layer => layer.OutputSize)],
            _layers.Max(layer => layer.WorkspaceLength), workers);
    }

    /// <summary>y for every row. Nothing is allocated.</summary>
    /// <param name="x">[rows, S_0].</param>
    /// <param name="y">[rows, S_n], written.</param>
    /// <param name="tape">Memory made by this perceptron.</param>
    /// <param name="dropout">Rate at which values of the hidden layers are left out in training.</param>
    /// <param name="seed">Of the dropout; another one for every run.</param>
    /// <exception cref="ArgumentException">A size does not fit, or the tape is another one's; nothing has been written.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Forward(ReadOnlySpan<T> x, Span<T> y, MlpTape<T> tape, double dropout = 0, int seed = 0)
    {
        int rows = Check(x.Length, y.Length, tape);
        DropoutMask.CheckRate(dropout, nameof(dropout));
        tape.Record(rows, dropout, seed);
        ReadOnlySpan<T> input = x;
        for (int layer = 0; layer < _layers.Length - 1; layer++)
        {
            Span<T> hidden = tape.Hidden(layer);
            _layers[layer].Forward(input, hidden, tape.Workers);
            NeuralPrimitives.Activate<T>(Activation, hidden, hidden);
            input = tape.Thin(layer);
        }

        _layers[^1].Forward(input, y, tape.Workers);
    }

    /// <summary>Takes a run back: writes dx and adds the parameters' gradients. Nothing is allocated; the tape is used up.</summary>
    /// <param name="x">[rows, S_0], as in the forward run.</param>
    /// <param name="dy">[rows, S_n], the gradients of its outputs.</param>
    /// <param name="dx">[rows, S_0], written; empty if not wanted.</param>
    /// <param name="tape">The tape of the forward run.</param>
    /// <exception cref="ArgumentException">A size does not fit, or the tape is another one's; nothing has been written.</exception>
    /// <exception cref="InvalidOperationException">The tape holds no run.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Backward(ReadOnlySpan<T> x, ReadOnlySpan<T> dy, Span<T> dx, MlpTape<T> tape)
    {
        int rows = Check(x.Length, dy.Length, tape);
        if (!dx.IsEmpty)
        {
            Require.Length(dx.Length, x.Length);
        }

        tape.TakeBack(rows);
        ReadOnlySpan<T> slope = dy;
        for (int layer = _layers.Length - 1; layer > 0; layer--)
        {
            // The layer's input makes room for its own gradient, and that, taken through f, for the values of f.
            Span<T> hidden = tape.Hidden(layer - 1), gradient = tape.Scratch[..hidden.Length];
            _layers[layer].AccumulateGradients(tape.Thin(layer - 1), slope, tape.Workspace, tape.Workers);
            _layers[layer].BackwardInput(slope, gradient, workers: tape.Workers);
            Dropout.Backward<T>(gradient, tape.Dropout, tape.Seed, gradient, layer - 1);
            NeuralPrimitives.ActivateBackward<T>(Activation, hidden, gradient, hidden);
            NeuralPrimitives.FlushTiny<T>(hidden, hidden);
            slope = hidden;
        }

        _layers[0].Backward(x, slope, dx, tape.Workspace, workers: tape.Workers);
    }

    /// <inheritdoc/>
    public override string ToString() =>
        $"perceptron {InputSize} → {string.Join(" → ", _layers.Select(layer => layer.OutputSize))}, {Activation}: {Parameters}";

    private int Check(int x, int y, MlpTape<T> tape)
    {
        ArgumentNullException.ThrowIfNull(tape);
        int rows = Require.MultipleOf(x, InputSize, "x");
        Require.Length(y, (long)rows * OutputSize, "y", "rows·S_n");
        tape.Check(this, rows);
        return rows;
    }
}
