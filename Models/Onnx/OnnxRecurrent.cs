using System.Numerics;
using FastRecurrent.Kernels;

namespace FastRecurrent.Models;

/// <summary>Recurrent nodes of ONNX models, as networks of this library.</summary>
public static class OnnxRecurrent
{
    /// <summary>The <c>LSTM</c>, <c>GRU</c> and <c>RNN</c> nodes of all graphs of a model.</summary>
    public static IEnumerable<OnnxNode> RecurrentNodes(this OnnxFile file)
    {
        ArgumentNullException.ThrowIfNull(file);
        return file.Nodes.Where(node => node.IsStandard("LSTM") || node.IsStandard("GRU") || node.IsStandard("RNN"));
    }

    /// <summary>Loads a node. W, R, B and P must be constants of the model; states and lengths may be.</summary>
    /// <remarks>
    /// What there is: all directions and layouts, peepholes, <c>input_forget</c>, <c>linear_before_reset</c>, and the default activations;
    /// for RNN also Relu, Sigmoid and what equals the identity, min(max(z, 0), 1) or these. What there is not: a clip that has an effect.
    /// </remarks>
    /// <param name="node">An <c>LSTM</c>, <c>GRU</c> or <c>RNN</c>; see <see href="https://onnx.ai/onnx/operators/"/>.</param>
    /// <exception cref="InvalidDataException">The node or a tensor is malformed; the message names it.</exception>
    /// <exception cref="NotSupportedException">The node is valid but asks for what these cells cannot do;
    /// the message names the attribute or input.</exception>
    public static OnnxRecurrent<T> Load<T>(OnnxNode node)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(node);
        return new OnnxRecurrent<T>(new OnnxRecurrentNode(node));
    }

    /// <summary>Loads the node of a name; see <see cref="Load{T}(OnnxNode)"/>.</summary>
    /// <param name="file">The model.</param>
    /// <param name="name">The name of the node or of one of its outputs.</param>
    /// <exception cref="InvalidDataException">There is none, the message lists the recurrent nodes; there are several,
    /// or it is malformed.</exception>
    /// <exception cref="NotSupportedException">The node is another, or asks for what these cells cannot do.</exception>
    public static OnnxRecurrent<T> Load<T>(OnnxFile file, string name)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(file);
        return Load<T>(file.GetNode(name, "recurrent node", file.RecurrentNodes()));
    }

    /// <summary>Loads a node by its place; see <see cref="Load{T}(OnnxNode)"/>.</summary>
    /// <param name="file">The model.</param>
    /// <param name="position">Place among <see cref="RecurrentNodes"/>, from 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are not so many.</exception>
    /// <exception cref="InvalidDataException">The node is malformed.</exception>
    /// <exception cref="NotSupportedException">The node asks for what these cells cannot do.</exception>
    public static OnnxRecurrent<T> Load<T>(OnnxFile file, int position)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        OnnxNode[] nodes = [.. file.RecurrentNodes()];
        Require.Index(position, nodes.Length);
        return Load<T>(nodes[position]);
    }
}
