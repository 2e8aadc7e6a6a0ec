using System.Numerics;
using FastRecurrent.Cells;

namespace FastRecurrent.Models;

/// <summary>
/// The layers around the recurrent nodes of an ONNX model, by node. A weight that no node names as its own is had by
/// <see cref="OnnxFile.GetTensor"/> and <see cref="OnnxTensor.ToArray{T}"/>.
/// </summary>
public static class OnnxLayers
{
    /// <summary>The layer of a <c>Gemm</c> node, y = α x B + β C, or of a <c>MatMul</c> node, y = x B, whose B (and C)
    /// are constants; packed.</summary>
    /// <remarks>
    /// PyTorch exports a layer on more than two dimensions as a <c>MatMul</c> and an <c>Add</c>: if an <c>Add</c> of a constant with one
    /// row of O or of 1 is all that takes a <c>MatMul</c>'s output, the layer stands for both nodes and has that constant for its bias. Any
    /// other <c>Add</c> is the caller's business, and the layer then has no parameter <c>bias</c>.
    /// </remarks>
    /// <param name="node">The node; B is [D, O], with <c>transB</c> [O, D]; C has one row of O or of 1.</param>
    /// <exception cref="InvalidDataException">The node or a tensor is malformed.</exception>
    /// <exception cref="NotSupportedException">The node is another, or its constants lie elsewhere.</exception>
    public static Linear<T> LoadLinear<T>(OnnxNode node)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(node);
        bool isGemm = node.IsStandard("Gemm");
        if (!isGemm && !node.IsStandard("MatMul"))
        {
            throw new NotSupportedException($"{node} is no Gemm or MatMul.");
        }

        bool transposed = isGemm && node.GetInteger("transB", 0) != 0;
        if (isGemm && node.GetInteger("transA", 0) != 0)
        {
            throw new NotSupportedException($"{node}: attribute 'transA' makes columns of the rows that a layer takes.");
        }

        OnnxTensor weight = Constant(node, 1) ?? throw new InvalidDataException($"{node} has no B.");
        if (weight.Shape.Length != 2 || weight.Shape[0] is < 1 or > int.MaxValue || weight.Shape[1] is < 1 or > int.MaxValue)
        {
            throw new InvalidDataException($"{node}: B is {weight}, no matrix.");
        }

        int outputs = (int)weight.Shape[transposed ? 0 : 1], inputs = (int)weight.Shape[transposed ? 1 : 0];
        OnnxTensor? bias = isGemm ? Constant(node, 2) : AddedBias(node, outputs);
        if (bias is not null && !IsBias(bias, outputs))
        {
            throw new NotSupportedException($"{node}: C is {bias}, no bias of {outputs} outputs.");
        }

        T alpha = T.CreateTruncating(isGemm ? node.GetFloat("alpha", 1) : 1),
            beta = T.CreateTruncating(isGemm ? node.GetFloat("beta", 1) : 1);
        T[] values = weight.ToArray<T>();
        Linear<T> layer = new(inputs, outputs, bias is not null);
        Span<T> target = layer.Parameters["weight"].Value;
        for (int i = 0; i < target.Length; i++)
        {
            target[i] = alpha * values[transposed ? i : i % inputs * outputs + i / inputs];
        }

        if (bias is not null)
        {
            T[] biases = bias.ToArray<T>();
            Span<T> targetBias = layer.Parameters["bias"].Value;
            for (int i = 0; i < targetBias.Length; i++)
            {
                targetBias[i] = beta * biases[i % biases.Length];
            }
        }

        layer.Pack();
        return layer;
    }

    /// <summary>What a <c>Conv</c> node with constant weights says.</summary>
    /// <param name="node">The node.</param>
    /// <exception cref="InvalidDataException">The node or a tensor is malformed.</exception>
    /// <exception cref="NotSupportedException">The node is another, or its weights are computed.</exception>
    public static OnnxConvolution<T> LoadConvolution<T>(OnnxNode node)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(node);
        if (!node.IsStandard("Conv"))
        {
            throw new NotSupportedException($"{node} is no Conv.");
        }

        OnnxTensor weight = Constant(node, 1) ?? throw new InvalidDataException($"{node} has no W.");
        OnnxTensor? bias = Constant(node, 2);
        if (weight.Shape.Length < 3)
        {
            throw new InvalidDataException($"{node}: W is {weight}, no kernel.");
        }

        if (bias is not null && (bias.Shape.Length != 1 || bias.Shape[0] != weight.Shape[0]))
        {
            throw new InvalidDataException($"{node}: B is {bias}, not [{weight.Shape[0]}].");
        }

        return new OnnxConvolution<T>(node, weight, weight.ToArray<T>(), bias?.ToArray<T>());
    }

    /// <summary>Whether a constant is one row, with a number for each output or one for all.</summary>
    private static bool IsBias(OnnxTensor tensor, int outputs) =>
        (tensor.ElementCount == outputs || tensor.ElementCount == 1)
        && (tensor.Shape.Length == 0 || tensor.Shape[^1] == tensor.ElementCount);

    /// <summary>The bias that an <c>Add</c> brings to a product which nothing else takes,
    /// not even a graph within or whoever runs the model.</summary>
    private static OnnxTensor? AddedBias(OnnxNode node, int outputs)
    {
        string product = node.Outputs.FirstOrDefault("");
        OnnxGraph[] graphs = [.. GraphsFrom(node.Graph)];
        OnnxNode[] takers = [.. graphs.SelectMany(graph => graph.Nodes).Where(other => other.Inputs.Contains(product)).Take(2)];
        if (product.Length == 0 || takers is not [OnnxNode add] || !add.IsStandard("Add") || add.Inputs.Count != 2
            || graphs.Any(graph => graph.Outputs.Any(output => output.Name == product)))
        {
            return null;
        }

        OnnxTensor? added = add.Graph.FindTensor(add.Inputs[add.Inputs[0] == product ? 1 : 0]);
        return added is not null && IsBias(added, outputs) ? added : null;
    }

    /// <summary>A graph and all within it, in which its names are known.</summary>
    private static IEnumerable<OnnxGraph> GraphsFrom(OnnxGraph graph) =>
        graph.Nodes.SelectMany(node => node.Graphs).SelectMany(GraphsFrom).Prepend(graph);

    /// <summary>An input that must be a constant, if it is there.</summary>
    internal static OnnxTensor? Constant(OnnxNode node, int input)
    {
        string name = input < node.Inputs.Count ? node.Inputs[input] : "";
        return name.Length == 0 ? null : node.Graph.FindTensor(name) ?? throw new NotSupportedException(
            $"{node}: input {input}, '{Quoting.Clip(name)}', is computed and no constant of the model.");
    }
}
