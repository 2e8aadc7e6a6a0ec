using System.Text;
using FastRecurrent.Models.Onnx;
using static FastRecurrent.Models.Onnx.AttributeProto.Types;

namespace FastRecurrent.Models;

/// <summary>A node of an ONNX graph: an operator, the names of its inputs and outputs, and its attributes.</summary>
public sealed class OnnxNode
{
    internal const string StandardDomainName = "ai.onnx";

    private readonly Dictionary<string, AttributeProto> _attributes = new(StringComparer.Ordinal);

    internal OnnxNode(OnnxGraph graph, NodeProto proto, int position)
    {
        Graph = graph;
        Name = proto.Name;
        Operator = proto.OpType;
        Domain = proto.Domain is StandardDomainName ? "" : proto.Domain;
        Position = position;
        Inputs = [.. proto.Input];
        Outputs = [.. proto.Output];
        foreach (AttributeProto attribute in proto.Attribute)
        {
            if (!_attributes.TryAdd(attribute.Name, attribute))
            {
                throw Invalid(attribute.Name, "is there twice");
            }
        }

        List<OnnxGraph> graphs = [];
        foreach (AttributeProto attribute in proto.Attribute)
        {
            foreach (GraphProto inner in attribute.G is null ? attribute.Graphs : attribute.Graphs.Prepend(attribute.G))
            {
                graphs.Add(graph.File.AddGraph(inner, graph));
            }
        }

        Graphs = graphs;
    }

    /// <summary>The name; may be empty, and need not be unique.</summary>
    public string Name { get; }

    /// <summary>The operator, e.g. <c>LSTM</c>.</summary>
    public string Operator { get; }

    /// <summary>The domain of the operator; empty for ONNX itself.</summary>
    public string Domain { get; }

    /// <summary>Place among the nodes of its graph, from 0.</summary>
    public int Position { get; }

    /// <summary>Names of what it takes; an empty name stands for an optional input that is left out.</summary>
    public IReadOnlyList<string> Inputs { get; }

    /// <summary>Names of what it gives; an empty name stands for an output that nobody wants.</summary>
    public IReadOnlyList<string> Outputs { get; }

    /// <summary>The graph it lies in.</summary>
    public OnnxGraph Graph { get; }

    /// <summary>The graphs within it, such as the branches of <c>If</c>.</summary>
    public IReadOnlyList<OnnxGraph> Graphs { get; }

    /// <summary>Names of the attributes.</summary>
    public IReadOnlyCollection<string> Attributes => _attributes.Keys;

    /// <summary>A whole number.</summary>
    /// <param name="attribute">The name of the attribute.</param>
    /// <param name="missing">What to give if there is none.</param>
    /// <exception cref="InvalidDataException">The attribute is something else.</exception>
    public long GetInteger(string attribute, long missing) =>
        Find(attribute, AttributeType.Int) is { } found ? (found.HasI ? found.I : throw Invalid(attribute, "has no value")) : missing;

    /// <summary>A floating-point number.</summary>
    /// <param name="attribute">The name of the attribute.</param>
    /// <param name="missing">What to give if there is none.</param>
    /// <exception cref="InvalidDataException">The attribute is something else.</exception>
    public float GetFloat(string attribute, float missing) =>
        Find(attribute, AttributeType.Float) is { } found ? (found.HasF ? found.F : throw Invalid(attribute, "has no value")) : missing;

    /// <summary>A text.</summary>
    /// <param name="attribute">The name of the attribute.</param>
    /// <param name="missing">What to give if there is none.</param>
    /// <exception cref="InvalidDataException">The attribute is something else.</exception>
    public string GetText(string attribute, string missing) =>
        Find(attribute, AttributeType.String) is { } found
        ? (found.HasS ? Encoding.UTF8.GetString(found.S.Span) : throw Invalid(attribute, "has no value"))
        : missing;

    /// <summary>Whole numbers; none if there is no such attribute.</summary>
    /// <param name="attribute">The name of the attribute.</param>
    /// <exception cref="InvalidDataException">The attribute is something else.</exception>
    public IReadOnlyList<long> GetIntegers(string attribute) => Find(attribute, AttributeType.Ints) is { } found ? [.. found.Ints] : [];

    /// <summary>Floating-point numbers; none if there is no such attribute.</summary>
    /// <param name="attribute">The name of the attribute.</param>
    /// <exception cref="InvalidDataException">The attribute is something else.</exception>
    public IReadOnlyList<float> GetFloats(string attribute) => Find(attribute, AttributeType.Floats) is { } found ? [.. found.Floats] : [];

    /// <summary>Texts; none if there is no such attribute.</summary>
    /// <param name="attribute">The name of the attribute.</param>
    /// <exception cref="InvalidDataException">The attribute is something else.</exception>
    public IReadOnlyList<string> GetTexts(string attribute) =>
        Find(attribute, AttributeType.Strings) is { } found ? [.. found.Strings.Select(text => Encoding.UTF8.GetString(text.Span))] : [];

    /// <inheritdoc/>
    public override string ToString()
    {
        string firstOutput = Outputs.FirstOrDefault(output => output.Length > 0, "");
        string node = Name.Length > 0 ? $"'{Quoting.Clip(Name)}'" : $"{Position} → '{Quoting.Clip(firstOutput)}'";
        return $"{Quoting.Clip(Operator)} node {node}";
    }

    /// <summary>Whether this is an operator of ONNX itself.</summary>
    internal bool IsStandard(string name) => Operator == name && Domain.Length == 0;

    internal InvalidDataException Invalid(string attribute, string fault) => new($"{this}: attribute '{Quoting.Clip(attribute)}' {fault}.");

    /// <summary>The value of a <c>Constant</c> node; null if it is text, sparse, or has no name.</summary>
    internal OnnxTensor? CreateConstant(OnnxFolder? folder)
    {
        string name = Outputs.FirstOrDefault("");
        TensorProto? tensor = null;
        foreach ((string key, AttributeProto attribute) in _attributes)
        {
            tensor = key switch
            {
                "value" => Find(key, AttributeType.Tensor)!.T ?? throw Invalid(key, "has no value"),
                "value_float" => new TensorProto { DataType = (int)OnnxElementType.Float, FloatData = { GetFloat(key, 0) } },
                "value_floats" => new TensorProto
                {
                    DataType = (int)OnnxElementType.Float,
                    FloatData = { GetFloats(key) },
                    Dims = { attribute.Floats.Count }
                },
                "value_int" => new TensorProto { DataType = (int)OnnxElementType.Int64, Int64Data = { GetInteger(key, 0) } },
                "value_ints" => new TensorProto
                {
                    DataType = (int)OnnxElementType.Int64,
                    Int64Data = { GetIntegers(key) },
                    Dims = { attribute.Ints.Count }
                },
                _ => tensor,
            };
        }

        return tensor is null || name.Length == 0 ? null : new OnnxTensor(name, tensor, folder);
    }

    /// <summary>The attribute of a name. Files of the format's first version do not tell types.</summary>
    private AttributeProto? Find(string name, AttributeType type)
    {
        AttributeProto? found = _attributes.GetValueOrDefault(name);
        return found is null || found.Type == type || found.Type == AttributeType.Undefined
            ? found
            : throw Invalid(name, $"is of type {found.Type}, not {type}");
    }
}
