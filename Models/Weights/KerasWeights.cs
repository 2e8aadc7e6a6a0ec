using System.Numerics;
using FastRecurrent.Cells;
using FastRecurrent.Kernels;

namespace FastRecurrent.Models;

/// <summary>
/// Weights in Keras's order: <c>kernel</c> [D, G·H] and <c>recurrent_kernel</c> [H, G·H], both transposed to ours, and one <c>bias</c>,
/// which a layer with <c>use_bias=False</c> has not. Keras itself writes HDF5; these are its arrays,
/// saved to a safetensors file under its names.
/// </summary>
/// <remarks>
/// One layer and one direction at a time: stacked and <c>Bidirectional</c> layers are layers of their own in Keras. Types are widened or
/// rounded to ours. All is checked before anything is written; the network must <c>Pack</c> afterwards. Activations other than the defaults
/// are nobody's business here: a file does not tell them.
/// </remarks>
public static class KerasWeights
{
    // Keras's gates in the order of ours.
    private static readonly int[] _lstm = [0, 1, 2, 3], _gru = [1, 0, 2], _rnn = [0];

    /// <summary>Fills an LSTM; Keras's gates are i, f, c, o.</summary>
    /// <param name="network">A plain LSTM: a forget gate, no peepholes, no projection.</param>
    /// <param name="file">The file; it may hold more.</param>
    /// <param name="prefix">What stands in front of <c>kernel</c> and the other names.</param>
    /// <param name="layer">The layer to fill.</param>
    /// <param name="reverse">Whether to fill its reverse direction.</param>
    /// <exception cref="ArgumentException">The network is a variant that Keras does not have, or has no such layer.</exception>
    /// <exception cref="InvalidDataException">A tensor is missing, or its type or shape is another; no parameter has changed.</exception>
    public static void LoadKeras<T>(this Lstm<T> network, SafeTensorsFile file, string prefix = "", int layer = 0, bool reverse = false)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(network);
        if (network.Options is not { Forget: ForgetGate.Standard, Peephole: Peephole.None, ProjectionSize: 0 })
        {
            throw new ArgumentException($"Keras has no such LSTM: {network}.", nameof(network));
        }

        Load(network, file, prefix, layer, reverse, _lstm, biases: 1);
    }

    /// <summary>
    /// Fills a GRU; Keras's gates are z, r, h. A layer with <c>reset_after=True</c>, Keras's default, has a bias [2, 3H] and needs
    /// <see cref="ResetGate.After"/>; one with <c>reset_after=False</c> has [3H] and needs <see cref="ResetGate.Before"/>.
    /// </summary>
    /// <param name="network">A GRU whose update gate keeps, <see cref="UpdateGate.Keeps"/>.</param>
    /// <param name="file">The file; it may hold more.</param>
    /// <param name="prefix">What stands in front of <c>kernel</c> and the other names.</param>
    /// <param name="layer">The layer to fill.</param>
    /// <param name="reverse">Whether to fill its reverse direction.</param>
    /// <exception cref="ArgumentException">The network is a variant that Keras does not have, or has no such layer.</exception>
    /// <exception cref="InvalidDataException">A tensor is missing, or its type or shape is another; no parameter has changed.</exception>
    public static void LoadKeras<T>(this Gru<T> network, SafeTensorsFile file, string prefix = "", int layer = 0, bool reverse = false)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(network);
        if (network.Options.Update != UpdateGate.Keeps)
        {
            throw new ArgumentException($"Keras has no such GRU: {network}.", nameof(network));
        }

        Load(network, file, prefix, layer, reverse, _gru, network.Options.Reset == ResetGate.After ? 2 : 1);
    }

    /// <summary>Fills a simple recurrent network, Keras's <c>SimpleRNN</c>.</summary>
    /// <param name="network">Elman's form.</param>
    /// <param name="file">The file; it may hold more.</param>
    /// <param name="prefix">What stands in front of <c>kernel</c> and the other names.</param>
    /// <param name="layer">The layer to fill.</param>
    /// <param name="reverse">Whether to fill its reverse direction.</param>
    /// <exception cref="ArgumentException">The network is a variant that Keras does not have, or has no such layer.</exception>
    /// <exception cref="InvalidDataException">A tensor is missing, or its type or shape is another; no parameter has changed.</exception>
    public static void LoadKeras<T>(this Srn<T> network, SafeTensorsFile file, string prefix = "", int layer = 0, bool reverse = false)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(network);
        if (network.Options.Recurrence != SrnRecurrence.Elman)
        {
            throw new ArgumentException($"Keras has no such network: {network}.", nameof(network));
        }

        Load(network, file, prefix, layer, reverse, _rnn, biases: 1);
    }

    private static void Load<T>(RecurrentNetwork<T> network, SafeTensorsFile file, string prefix, int layer, bool reverse,
        int[] order, int biases)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(file);
        Require.Index(layer, network.Layers);
        if (reverse && network.Directions == 1)
        {
            throw new ArgumentException("The network has no reverse direction.", nameof(reverse));
        }

        string suffix = $"_l{layer}{(reverse ? "_reverse" : "")}";
        Parameter<T> weightIh = network.Parameters["weight_ih" + suffix], weightHh = network.Parameters["weight_hh" + suffix];
        int rows = order.Length * network.HiddenSize;
        T[] kernel = Read<T>(file, prefix + "kernel", weightIh.Shape[1], rows),
            recurrent = Read<T>(file, prefix + "recurrent_kernel", network.HiddenSize, rows);
        T[] bias = !file.Contains(prefix + "bias") ? new T[biases * rows]
            : biases == 1 ? Read<T>(file, prefix + "bias", rows) : Read<T>(file, prefix + "bias", biases, rows);

        CopyTransposed(kernel, weightIh, order, network.HiddenSize);
        CopyTransposed(recurrent, weightHh, order, network.HiddenSize);
        CopyTransposed(bias.AsSpan(0, rows), network.Parameters["bias_ih" + suffix], order, network.HiddenSize);
        CopyTransposed(biases == 2 ? bias.AsSpan(rows) : new T[rows], network.Parameters["bias_hh" + suffix], order, network.HiddenSize);
    }

    private static T[] Read<T>(SafeTensorsFile file, string name, params ReadOnlySpan<int> shape)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        TensorInfo tensor = ParameterFile.FindFloats(file, name);
        if (!ParameterFile.HasShape(tensor.Shape, shape))
        {
            throw new InvalidDataException($"Tensor {tensor} in the file, but the network needs [{string.Join(", ", shape.ToArray())}].");
        }

        T[] values = new T[tensor.ElementCount];
        file.CopyTo<T>(name, values);
        return values;
    }

    /// <summary>[columns, gates · H] to [gates · H, columns], the gates in our order.</summary>
    private static void CopyTransposed<T>(ReadOnlySpan<T> source, Parameter<T> target, int[] order, int hiddenSize)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int rows = order.Length * hiddenSize, columns = source.Length / rows;
        Span<T> values = target.Value;
        for (int row = 0; row < rows; row++)
        {
            int from = order[row / hiddenSize] * hiddenSize + row % hiddenSize;
            for (int column = 0; column < columns; column++)
            {
                values[row * columns + column] = source[column * rows + from];
            }
        }
    }
}
