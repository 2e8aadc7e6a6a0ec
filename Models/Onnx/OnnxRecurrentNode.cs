using System.Numerics;
using FastRecurrent.Cells;
using FastRecurrent.Kernels;

namespace FastRecurrent.Models;

/// <summary>Reads an <c>LSTM</c>, <c>GRU</c> or <c>RNN</c> node into a network of ours.</summary>
internal sealed class OnnxRecurrentNode
{
    /// <summary>From here on σ and tanh differ from 0 and ±1 by less than any rounding.</summary>
    private const float Saturated = 100;

    // Gate rows in ONNX's order, in the order of our own parameters.
    private static readonly int[] _lstm = [0, 2, 3, 1], _coupledLstm = [0, 3, 1], _gru = [1, 0, 2], _rnn = [0];
    private static readonly int[] _peephole = [0, 2, 1], _coupledPeephole = [0, 1];

    private static readonly string[] _attributes =
        ["activation_alpha", "activation_beta", "activations", "clip", "direction", "hidden_size", "layout", "output_sequence"];

    private readonly OnnxNode _node;
    private readonly string _direction;
    private readonly OnnxTensor _w;
    private readonly OnnxTensor _r;
    private readonly OnnxTensor? _b;
    private readonly int _gates; // in the file
    private readonly int _inputSize;
    private readonly int _hiddenSize;

    public OnnxRecurrentNode(OnnxNode node)
    {
        _node = node;
        _gates = node.Operator switch
        {
            "LSTM" => 4,
            "GRU" => 3,
            "RNN" => 1,
            _ => throw new NotSupportedException($"{node} is no LSTM, GRU or RNN."),
        };
        if (node.Domain.Length > 0)
        {
            throw new NotSupportedException($"{node} belongs to the domain '{Quoting.Clip(node.Domain)}', not to ONNX.");
        }

        string? unknown = node.Attributes.FirstOrDefault(name => !_attributes.Contains(name)
            && name != (IsLstm ? "input_forget" : _gates == 3 ? "linear_before_reset" : null));
        if (unknown is not null)
        {
            throw new NotSupportedException($"{node}: attribute '{Quoting.Clip(unknown)}' is unknown.");
        }

        _direction = node.GetText("direction", "forward");
        Directions = _direction switch
        {
            "forward" or "reverse" => 1,
            "bidirectional" => 2,
            _ => throw node.Invalid("direction", $"is '{Quoting.Clip(_direction)}'"),
        };
        long layout = node.GetInteger("layout", 0);
        Layout = layout is 0 or 1 ? (int)layout : throw node.Invalid("layout", $"is {layout}, not 0 or 1");

        _w = OnnxLayers.Constant(_node, 1) ?? throw new InvalidDataException($"{node} has no W.");
        _r = OnnxLayers.Constant(_node, 2) ?? throw new InvalidDataException($"{node} has no R.");
        _b = OnnxLayers.Constant(_node, 3);
        long hidden = _r.Shape.Length == 3 ? _r.Shape[2] : 0, input = _w.Shape.Length == 3 ? _w.Shape[2] : 0;
        long told = node.GetInteger("hidden_size", hidden);
        if (hidden != told)
        {
            throw node.Invalid("hidden_size", $"is {told}, but R is {_r}");
        }

        // R holds hidden · hidden numbers, so that hidden is bounded by what is there; W then bounds input.
        CheckShape(_r, "R", Directions, _gates * (Int128)hidden, hidden);
        CheckShape(_w, "W", Directions, _gates * (Int128)hidden, input);
        if (hidden is < 1 or > int.MaxValue / 8 || input is < 1 or > int.MaxValue)
        {
            throw new InvalidDataException($"{node}: W {_w} and R {_r} have sizes that no cell can have.");
        }

        (_hiddenSize, _inputSize) = ((int)hidden, (int)input);
        CheckShape(_b, "B", Directions, 2 * _gates * hidden);
    }

    public int Directions { get; }

    public int Layout { get; }

    public bool IsReverse => _direction == "reverse";

    private bool IsLstm => _gates == 4;

    public RecurrentNetwork<T> CreateNetwork<T>()
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        RecurrentNetwork<T> network = _gates switch
        {
            4 => CreateLstm<T>(),
            3 => CreateGru<T>(),
            _ => CreateRnn<T>(),
        };
        network.Pack();
        return network;
    }

    /// <summary>An initial state that is in the model, as it lies there, and its batch; null if the caller must bring it.</summary>
    public (T[] Values, int Batch)? InitialState<T>(int input, string name)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (Find(input) is not { } tensor)
        {
            return null;
        }

        long batch = tensor.Shape.Length == 3 ? tensor.Shape[Layout == 0 ? 1 : 0] : 0;
        if (Layout == 0)
        {
            CheckShape(tensor, name, Directions, batch, _hiddenSize);
        }
        else
        {
            CheckShape(tensor, name, batch, Directions, _hiddenSize);
        }

        return (tensor.ToArray<T>(), (int)batch);
    }

    /// <summary>The lengths that are in the model; null if the caller must bring them.</summary>
    public int[]? SequenceLengths()
    {
        if (Find(4) is not { } tensor)
        {
            return null;
        }

        CheckShape(tensor, "sequence_lens", tensor.Shape.Length == 1 ? tensor.Shape[0] : 0);
        return [.. tensor.ToIntegers().Select(length => length is >= 0 and <= int.MaxValue
            ? (int)length
            : throw new InvalidDataException($"{_node}: sequence_lens {tensor} holds {length}."))];
    }

    private Lstm<T> CreateLstm<T>()
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Activation[] activations = OnnxActivations.Read(_node, [Activation.Sigmoid, Activation.Tanh, Activation.Tanh], Directions);
        RequireActivations(activations, Activation.Sigmoid, Activation.Tanh, Activation.Tanh);
        RequireNoClip(activations);
        bool coupled = GetFlag("input_forget");
        OnnxTensor? p = OnnxLayers.Constant(_node, 7);
        CheckShape(p, "P", Directions, 3 * (long)_hiddenSize);
        Lstm<T> network = new(new LstmOptions
        {
            InputSize = _inputSize,
            HiddenSize = _hiddenSize,
            Bidirectional = Directions == 2,
            Forget = coupled ? ForgetGate.Coupled : ForgetGate.Standard,
            Peephole = p is null ? Peephole.None : Peephole.Diagonal,
        });
        LoadWeights(network, coupled ? _coupledLstm : _lstm);
        if (p is not null)
        {
            LoadRows(p.ToArray<T>(), 3, 0, 1, coupled ? _coupledPeephole : _peephole, network, "weight_peephole");
        }

        return network;
    }

    private Gru<T> CreateGru<T>()
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Activation[] activations = OnnxActivations.Read(_node, [Activation.Sigmoid, Activation.Tanh], Directions);
        RequireActivations(activations, Activation.Sigmoid, Activation.Tanh);
        RequireNoClip(activations);
        Gru<T> network = new(new GruOptions
        {
            InputSize = _inputSize,
            HiddenSize = _hiddenSize,
            Bidirectional = Directions == 2,
            Reset = GetFlag("linear_before_reset") ? ResetGate.After : ResetGate.Before,
            Update = UpdateGate.Keeps,
        });
        LoadWeights(network, _gru);
        return network;
    }

    private Srn<T> CreateRnn<T>()
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Activation[] activations = OnnxActivations.Read(_node, [Activation.Tanh], Directions);
        RequireNoClip(activations);
        if (activations[0] != activations[^1])
        {
            throw new NotSupportedException($"{_node}: attribute 'activations' gives the two directions different ones.");
        }

        Srn<T> network = new(new SrnOptions
        {
            InputSize = _inputSize,
            HiddenSize = _hiddenSize,
            Bidirectional = Directions == 2,
            Activation = activations[0],
        });
        LoadWeights(network, _rnn);
        return network;
    }

    private void LoadWeights<T>(RecurrentNetwork<T> network, int[] order)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        LoadRows(_w.ToArray<T>(), _gates, 0, _inputSize, order, network, "weight_ih");
        LoadRows(_r.ToArray<T>(), _gates, 0, _hiddenSize, order, network, "weight_hh");
        if (_b is not null)
        {
            T[] biases = _b.ToArray<T>();
            LoadRows(biases, 2 * _gates, 0, 1, order, network, "bias_ih");
            LoadRows(biases, 2 * _gates, _gates, 1, order, network, "bias_hh");
        }
    }

    /// <summary>Copies gates of [D, gates · H, columns], from gate <paramref name="first"/> on,
    /// in another order to a parameter of each direction.</summary>
    private void LoadRows<T>(T[] source, int gates, int first, int columns, int[] order, RecurrentNetwork<T> network, string name)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int gate = _hiddenSize * columns;
        for (int direction = 0; direction < Directions; direction++)
        {
            Span<T> target = network.Parameters[$"{name}_l0{(direction == 0 ? "" : "_reverse")}"].Value;
            for (int i = 0; i < order.Length; i++)
            {
                source.AsSpan((direction * gates + first + order[i]) * gate, gate).CopyTo(target[(i * gate)..]);
            }
        }
    }

    private void RequireActivations(Activation[] activations, params ReadOnlySpan<Activation> expected)
    {
        for (int i = 0; i < activations.Length; i++)
        {
            if (activations[i] != expected[i % expected.Length])
            {
                throw new NotSupportedException(
                    $"{_node}: attribute 'activations' asks for {activations[i]} where these cells compute "
                    + $"{expected[i % expected.Length]}.");
            }
        }
    }

    /// <summary>The clip is on what goes into activations; where σ and tanh are flat it changes nothing.</summary>
    private void RequireNoClip(Activation[] activations)
    {
        float clip = _node.GetFloat("clip", float.PositiveInfinity);
        if (!(clip > 0))
        {
            throw _node.Invalid("clip", $"is {clip}, not positive");
        }

        bool isFlat = activations.All(activation => activation is Activation.Sigmoid or Activation.Tanh);
        if (clip < (isFlat ? Saturated : float.MaxValue))
        {
            throw new NotSupportedException($"{_node}: attribute 'clip' is {clip}; these cells do not clip.");
        }
    }

    private bool GetFlag(string attribute) => _node.GetInteger(attribute, 0) != 0;

    private OnnxTensor? Find(int input) =>
        input < _node.Inputs.Count && _node.Inputs[input].Length > 0 ? _node.Graph.FindTensor(_node.Inputs[input]) : null;

    private void CheckShape(OnnxTensor? tensor, string name, params ReadOnlySpan<Int128> shape)
    {
        bool same = tensor is null || tensor.Shape.Length == shape.Length;
        for (int i = 0; same && tensor is not null && i < shape.Length; i++)
        {
            same = tensor.Shape[i] == shape[i];
        }

        if (!same)
        {
            throw new InvalidDataException($"{_node}: {name} is {tensor}, not [{string.Join(", ", shape.ToArray())}].");
        }
    }
}
