using FastRecurrent.Models.Onnx;
using Google.Protobuf;

namespace FastRecurrent.Models;

/// <summary>An ONNX model, read for its constants and for what its nodes say. Nothing of it is run.
/// Any number of threads may read at once.</summary>
/// <remarks>
/// <para>The format is that of <see href="https://onnx.ai/onnx/repo-docs/IR.html"/>: a protobuf message of less than 2 GB, whose tensors
/// may lie in other files of its folder. A file that is cut, lying or hostile gives <see cref="InvalidDataException"/>. Memory grows with
/// the bytes that are there, never with what they claim.</para>
/// <para>A model is a graph of nodes; nodes such as <c>If</c> have graphs within. Names are unique within a graph,
/// mostly within the model.</para>
/// </remarks>
public sealed class OnnxFile
{
    /// <summary>Graphs within graphs: far more than any model has, and little enough for the stack.</summary>
    private const int MaxDepth = 32;

    private static readonly MessageParser<ModelProto> _parser = ModelProto.Parser.WithDiscardUnknownFields(true);

    private readonly List<OnnxGraph> _graphs = [];
    private readonly OnnxFolder? _folder;

    private OnnxFile(ModelProto model, OnnxFolder? folder)
    {
        _folder = folder;
        if (model.Graph is null)
        {
            throw new InvalidDataException("The file has no graph: it is no ONNX model, or it is cut.");
        }

        IrVersion = model.IrVersion;
        Producer = $"{model.ProducerName} {model.ProducerVersion}".Trim();
        Dictionary<string, long> operatorSets = new(StringComparer.Ordinal);
        foreach (OperatorSetIdProto set in model.OpsetImport)
        {
            operatorSets[set.Domain is OnnxNode.StandardDomainName ? "" : set.Domain] = set.Version;
        }

        OperatorSets = operatorSets;
        Graph = AddGraph(model.Graph, null);
    }

    /// <summary>The version of the format.</summary>
    public long IrVersion { get; }

    /// <summary>The program that wrote the file, and its version; may be empty.</summary>
    public string Producer { get; }

    /// <summary>The versions of the operators by domain; that of ONNX itself is the empty string.</summary>
    public IReadOnlyDictionary<string, long> OperatorSets { get; }

    /// <summary>The outermost graph.</summary>
    public OnnxGraph Graph { get; }

    /// <summary>All graphs, the outermost first, each before those within it.</summary>
    public IReadOnlyList<OnnxGraph> Graphs => _graphs;

    /// <summary>The nodes of all graphs.</summary>
    public IEnumerable<OnnxNode> Nodes => _graphs.SelectMany(graph => graph.Nodes);

    /// <summary>The constants of all graphs.</summary>
    public IEnumerable<OnnxTensor> Tensors => _graphs.SelectMany(graph => graph.Tensors);

    /// <summary>Opens a file on disk. It is read as a whole, but for tensors in other files of its folder,
    /// which are read when they are copied.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="IOException">The file cannot be opened or read.</exception>
    /// <exception cref="UnauthorizedAccessException">It is a folder, or reading it is not allowed.</exception>
    /// <exception cref="InvalidDataException">It is not a valid ONNX model.</exception>
    public static OnnxFile Open(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (new FileInfo(path) is { Exists: true } info && info.Length > Array.MaxLength)
        {
            throw new InvalidDataException(
                $"The file has {info.Length} bytes; an ONNX model has less than 2 GB, and larger tensors in files of their own.");
        }

        return new OnnxFile(Parse(File.ReadAllBytes(path)), new OnnxFolder(path));
    }

    /// <summary>Reads a model that is in memory already, for example an embedded resource. It cannot have tensors in other files.</summary>
    /// <param name="bytes">The whole model; it may change afterwards.</param>
    /// <exception cref="InvalidDataException">It is not a valid ONNX model.</exception>
    public static OnnxFile Read(ReadOnlySpan<byte> bytes) => new(Parse(bytes), null);

    /// <summary>Reads a stream to its end.</summary>
    /// <param name="stream">Any readable stream of less than 2 GB.</param>
    /// <exception cref="IOException">The stream cannot be read, or is longer.</exception>
    /// <exception cref="InvalidDataException">It is not a valid ONNX model.</exception>
    public static OnnxFile Read(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        using MemoryStream copy = new();
        stream.CopyTo(copy);
        return Read(copy.GetBuffer().AsSpan(0, (int)copy.Length));
    }

    /// <summary>The constant of a name, from whatever graph.</summary>
    /// <param name="name">The name of an initialiser, or of the output of a <c>Constant</c> node.</param>
    /// <exception cref="InvalidDataException">There is none, the message lists the nearest; or several graphs have one.</exception>
    public OnnxTensor GetTensor(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return Single(_graphs.Select(graph => graph.FindOwnTensor(name)).OfType<OnnxTensor>(), "tensor", name,
            Tensors.Select(tensor => tensor.Name));
    }

    /// <summary>The node of a name, or, since names of nodes may be left out, of an output.</summary>
    /// <param name="name">The name of the node or of one of its outputs.</param>
    /// <exception cref="InvalidDataException">There is none, the message lists the nearest; or there are several.</exception>
    public OnnxNode GetNode(string name) => GetNode(name, "node", Nodes);

    /// <inheritdoc/>
    public override string ToString() =>
        $"{Nodes.Count()} nodes and {Tensors.Count()} constants in {_graphs.Count} graphs, by {Quoting.Clip(Producer)}";

    /// <summary>Whether some graph has a constant of a name.</summary>
    internal bool Contains(string name) => _graphs.Any(graph => graph.FindOwnTensor(name) is not null);

    /// <summary>The node of a name; if there is none, the message lists those that might have been meant.</summary>
    internal OnnxNode GetNode(string name, string kind, IEnumerable<OnnxNode> meant)
    {
        ArgumentNullException.ThrowIfNull(name);
        OnnxNode[] named = [.. Nodes.Where(node => name.Length > 0 && node.Name == name).Take(2)];
        return Single(
            named.Length > 0 ? named : Nodes.Where(node => name.Length > 0 && node.Outputs.Contains(name)),
            kind,
            name,
            meant.Select(node => node.Name.Length > 0 ? node.Name : node.Outputs.FirstOrDefault(output => output.Length > 0, "")));
    }

    /// <summary>Called by graphs for the graphs within.</summary>
    internal OnnxGraph AddGraph(GraphProto proto, OnnxGraph? parent)
    {
        if (parent?.Depth == MaxDepth)
        {
            throw new InvalidDataException($"Graphs lie more than {MaxDepth} deep in one another.");
        }

        OnnxGraph graph = new(this, proto, parent, _folder);
        _graphs.Add(graph);
        graph.AddNodes(proto, _folder);
        return graph;
    }

    private static ModelProto Parse(ReadOnlySpan<byte> bytes)
    {
        WireCheck.Check(bytes, ModelProto.Descriptor);
        try
        {
            return _parser.ParseFrom(bytes);
        }
        catch (InvalidProtocolBufferException exception)
        {
            throw new InvalidDataException($"The file is no ONNX model: {exception.Message}", exception);
        }
    }

    private static TItem Single<TItem>(IEnumerable<TItem> found, string kind, string name, IEnumerable<string> names)
    {
        TItem[] items = [.. found.Take(2)];
        return items.Length switch
        {
            1 => items[0],
            0 => throw new InvalidDataException($"The model has no {kind} '{Quoting.Clip(name)}'; {Quoting.Nearest(name, [.. names])}."),
            _ => throw new InvalidDataException($"The model has more than one {kind} '{Quoting.Clip(name)}'."),
        };
    }
}
