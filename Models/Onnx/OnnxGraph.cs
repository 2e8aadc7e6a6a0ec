using FastRecurrent.Models.Onnx;

namespace FastRecurrent.Models;

/// <summary>A graph of an ONNX model.</summary>
public sealed class OnnxGraph
{
    private readonly List<OnnxNode> _nodes = [];
    private readonly OrderedDictionary<string, OnnxTensor> _tensors = new(StringComparer.Ordinal);

    internal OnnxGraph(OnnxFile file, GraphProto proto, OnnxGraph? parent, OnnxFolder? folder)
    {
        File = file;
        Name = proto.Name;
        Parent = parent;
        Depth = parent is null ? 0 : parent.Depth + 1;
        Inputs = [.. proto.Input.Select(input => new OnnxValue(input))];
        Outputs = [.. proto.Output.Select(output => new OnnxValue(output))];
        foreach (TensorProto tensor in proto.Initializer)
        {
            Add(new OnnxTensor(tensor.Name, tensor, folder));
        }
    }

    /// <summary>The name; may be empty.</summary>
    public string Name { get; }

    /// <summary>The graph in whose node this one lies; null for the outermost.</summary>
    public OnnxGraph? Parent { get; }

    /// <summary>What the graph takes.</summary>
    public IReadOnlyList<OnnxValue> Inputs { get; }

    /// <summary>What the graph gives.</summary>
    public IReadOnlyList<OnnxValue> Outputs { get; }

    /// <summary>The nodes, in an order in which they can run.</summary>
    public IReadOnlyList<OnnxNode> Nodes => _nodes;

    /// <summary>The graph's own constants: its initialisers, then the values of its <c>Constant</c> nodes.</summary>
    public IReadOnlyList<OnnxTensor> Tensors => _tensors.Values;

    internal OnnxFile File { get; }

    internal int Depth { get; }

    /// <summary>The constant that a name means within this graph: its own, or one of the graphs around it; null if there is none.</summary>
    /// <param name="name">The name of an initialiser, or of the output of a <c>Constant</c> node.</param>
    public OnnxTensor? FindTensor(string name) => FindOwnTensor(name) ?? Parent?.FindTensor(name);

    /// <inheritdoc/>
    public override string ToString() => $"{Quoting.Clip(Name)}: {_nodes.Count} nodes, {_tensors.Count} constants";

    internal OnnxTensor? FindOwnTensor(string name) => _tensors.GetValueOrDefault(name);

    /// <summary>A graph must be known to the file before the graphs within it, hence not in the constructor.</summary>
    internal void AddNodes(GraphProto proto, OnnxFolder? folder)
    {
        foreach (NodeProto nodeProto in proto.Node)
        {
            OnnxNode node = new(this, nodeProto, _nodes.Count);
            _nodes.Add(node);
            if (node.IsStandard("Constant") && node.CreateConstant(folder) is { } constant)
            {
                Add(constant);
            }
        }
    }

    /// <summary>An initialiser without a name cannot be referred to; there is no use in keeping it.</summary>
    private void Add(OnnxTensor tensor)
    {
        if (tensor.Name.Length > 0 && !_tensors.TryAdd(tensor.Name, tensor))
        {
            throw new InvalidDataException($"Graph '{Quoting.Clip(Name)}' has two constants named '{Quoting.Clip(tensor.Name)}'.");
        }
    }
}

/// <summary>An input or an output of an ONNX graph.</summary>
public sealed class OnnxValue
{
    private readonly long[]? _shape;

    internal OnnxValue(ValueInfoProto proto)
    {
        Name = proto.Name;
        Type = (OnnxElementType)(proto.Type?.TensorType?.ElemType ?? 0);
        _shape = proto.Type?.TensorType?.Shape?.Dim.Select(size => size.HasDimValue && size.DimValue >= 0 ? size.DimValue : -1).ToArray();
    }

    /// <summary>The name.</summary>
    public string Name { get; }

    /// <summary>The type of its elements.</summary>
    public OnnxElementType Type { get; }

    /// <summary>Whether the number of dimensions is known.</summary>
    public bool HasShape => _shape is not null;

    /// <summary>The sizes, −1 for one that is not fixed.</summary>
    public ReadOnlySpan<long> Shape => _shape;

    /// <inheritdoc/>
    public override string ToString() => $"'{Quoting.Clip(Name)}' {Type} [{(_shape is null ? "…" : string.Join(", ", _shape))}]";
}
