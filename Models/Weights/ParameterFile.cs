using System.Numerics;
using FastRecurrent.Cells;

namespace FastRecurrent.Models;

/// <summary>Parameters from and to safetensors files, under PyTorch's names.</summary>
public static class ParameterFile
{
    private const string FirstLayer = "_l0", Reverse = "_reverse";

    /// <summary>Copies a tensor to where it belongs.</summary>
    private delegate void Copy<T>(Span<T> destination);

    /// <summary>
    /// Fills parameters from a file, widening or rounding to <typeparamref name="T"/>. All names and shapes are checked before the first
    /// value is copied. The network must <c>Pack</c> afterwards.
    /// </summary>
    /// <param name="parameters">The parameters.</param>
    /// <param name="file">
    /// The file; it may hold more, but not of a network that is there:
    /// one that has <c>weight_ih_l0</c> and <c>weight_ih_l1</c> does not fill a single layer.
    /// </param>
    /// <param name="prefix">What stands in front of the names in the file, e.g. <c>encoder.lstm.</c>.</param>
    /// <exception cref="InvalidDataException">
    /// A tensor is missing, its type or shape is another, or the file's network has more layers or directions; no parameter has changed.
    /// </exception>
    public static void Load<T>(this ParameterSet<T> parameters, SafeTensorsFile file, string prefix = "")
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(file);
        Load(parameters, FindLayer, prefix, file.Tensors.Select(tensor => tensor.Name));

        (string Text, long[] Shape, Copy<T> Copy) FindLayer(string name)
        {
            RefuseCell(prefix + name, file.Contains);
            return Find<T>(file, prefix + name);
        }
    }

    /// <summary>
    /// Fills the parameters of one layer in one direction under the names of PyTorch's <c>LSTMCell</c>, <c>GRUCell</c> and <c>RNNCell</c>,
    /// which are those of the network without <c>_l0</c>: <c>weight_ih</c>, <c>weight_hh</c>, …. The network must <c>Pack</c> afterwards.
    /// </summary>
    /// <param name="parameters">The parameters.</param>
    /// <param name="file">The file; it may hold more.</param>
    /// <param name="prefix">What stands in front of the names in the file, e.g. <c>decoder.rnn.</c>.</param>
    /// <exception cref="ArgumentException">The network has more layers or directions than a cell.</exception>
    /// <exception cref="InvalidDataException">A tensor is missing, or its type or shape is another; no parameter has changed.</exception>
    public static void LoadCell<T>(this ParameterSet<T> parameters, SafeTensorsFile file, string prefix = "")
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(file);
        Load(parameters, name => Find<T>(file, prefix + CellName(name)));
    }

    /// <summary>Fills parameters from constants of an ONNX model that kept PyTorch's names; see the overload for safetensors.</summary>
    /// <param name="parameters">The parameters.</param>
    /// <param name="file">The model; a constant may lie in any of its graphs.</param>
    /// <param name="prefix">What stands in front of the names in the model.</param>
    /// <exception cref="InvalidDataException">
    /// A tensor is missing, its type or shape is another, or the model's network has more layers or directions; no parameter has changed.
    /// </exception>
    public static void Load<T>(this ParameterSet<T> parameters, OnnxFile file, string prefix = "")
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(file);
        Load(parameters, FindLayer, prefix, file.Tensors.Select(tensor => tensor.Name));

        (string Text, long[] Shape, Copy<T> Copy) FindLayer(string name)
        {
            RefuseCell(prefix + name, file.Contains);
            return Find<T>(file, prefix + name);
        }
    }

    /// <summary>Fills the parameters of a cell from constants of an ONNX model that kept PyTorch's names;
    /// see the overload for safetensors.</summary>
    /// <param name="parameters">The parameters.</param>
    /// <param name="file">The model; a constant may lie in any of its graphs.</param>
    /// <param name="prefix">What stands in front of the names in the model.</param>
    /// <exception cref="ArgumentException">The network has more layers or directions than a cell.</exception>
    /// <exception cref="InvalidDataException">A tensor is missing, or its type or shape is another; no parameter has changed.</exception>
    public static void LoadCell<T>(this ParameterSet<T> parameters, OnnxFile file, string prefix = "")
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(file);
        Load(parameters, name => Find<T>(file, prefix + CellName(name)));
    }

    /// <summary>Fills parameters from a file; see the other overload.</summary>
    /// <param name="parameters">The parameters.</param>
    /// <param name="path">The file.</param>
    /// <param name="prefix">What stands in front of the names in the file.</param>
    /// <exception cref="IOException">The file cannot be opened or read.</exception>
    /// <exception cref="UnauthorizedAccessException">It is a folder, or reading it is not allowed.</exception>
    /// <exception cref="InvalidDataException">As of the other overload, or it is not a valid safetensors file;
    /// the message names it.</exception>
    public static void Load<T>(this ParameterSet<T> parameters, string path, string prefix = "")
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(parameters);
        using SafeTensorsFile file = SafeTensorsFile.Open(path);
        try
        {
            parameters.Load(file, prefix);
        }
        catch (InvalidDataException exception)
        {
            throw new InvalidDataException($"{path}: {exception.Message}", exception);
        }
    }

    /// <summary>Adds all parameters to a file.</summary>
    /// <param name="writer">The file to be.</param>
    /// <param name="parameters">The parameters.</param>
    /// <param name="prefix">What to put in front of the names.</param>
    /// <param name="type">How they are stored; by default as they are.</param>
    /// <returns>The writer.</returns>
    public static SafeTensorsWriter Add<T>(this SafeTensorsWriter writer, ParameterSet<T> parameters, string prefix = "",
        TensorType? type = null)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(parameters);
        foreach ((string name, Parameter<T> parameter) in parameters)
        {
            writer.Add<T>(prefix + name, ShapeOf(parameter), parameter.Value, type);
        }

        return writer;
    }

    /// <summary>Writes all parameters to a file of their own.</summary>
    /// <param name="parameters">The parameters.</param>
    /// <param name="path">The file; see <see cref="SafeTensorsWriter.Save"/>.</param>
    public static void Save<T>(this ParameterSet<T> parameters, string path)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => new SafeTensorsWriter().Add(parameters).Save(path);

    /// <summary>A parameter's shape, as files have it.</summary>
    internal static long[] ShapeOf<T>(Parameter<T> parameter)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        long[] shape = new long[parameter.Shape.Length];
        for (int i = 0; i < shape.Length; i++)
        {
            shape[i] = parameter.Shape[i];
        }

        return shape;
    }

    /// <summary>Whether a tensor has a shape.</summary>
    internal static bool HasShape(ReadOnlySpan<long> actual, ReadOnlySpan<int> expected)
    {
        bool same = actual.Length == expected.Length;
        for (int i = 0; same && i < expected.Length; i++)
        {
            same = actual[i] == expected[i];
        }

        return same;
    }

    /// <summary>The tensor of a name, if it holds floating-point numbers.</summary>
    /// <exception cref="InvalidDataException">There is none, or it holds others.</exception>
    internal static TensorInfo FindFloats(SafeTensorsFile file, string name)
    {
        TensorInfo tensor = file[name];
        return tensor.Type is TensorType.F64 or TensorType.F32 or TensorType.F16 or TensorType.BF16
            ? tensor
            : throw new InvalidDataException($"Tensor {tensor} does not hold F64, F32, F16 or BF16 numbers.");
    }

    /// <param name="parameters">The parameters.</param>
    /// <param name="find">A tensor by the name of a parameter.</param>
    /// <param name="prefix">What stands in front of the names of layers.</param>
    /// <param name="names">All names in the file, if it is to have no further layers.</param>
    private static void Load<T>(
        ParameterSet<T> parameters, Func<string, (string Text, long[] Shape, Copy<T> Copy)> find, string prefix = "",
        IEnumerable<string>? names = null)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(parameters);
        List<(Copy<T> Copy, Parameter<T> Parameter)> found = [];
        foreach ((string name, Parameter<T> parameter) in parameters)
        {
            (string text, long[] shape, Copy<T> copy) = find(name);
            if (!HasShape(shape, parameter.Shape))
            {
                throw new InvalidDataException($"Tensor {text} in the file, but the network has {parameter}.");
            }

            found.Add((copy, parameter));
        }

        RefuseFurtherLayers(parameters, prefix, names ?? []);
        foreach ((Copy<T> copy, Parameter<T> parameter) in found)
        {
            copy(parameter.Value);
        }
    }

    private static (string Text, long[] Shape, Copy<T> Copy) Find<T>(SafeTensorsFile file, string name)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        TensorInfo tensor = FindFloats(file, name);
        return (tensor.ToString(), tensor.Shape.ToArray(), destination => file.CopyTo(name, destination));
    }

    /// <summary>The numbers are read at once: that a file beside the model is missing must show before anything is written.</summary>
    private static (string Text, long[] Shape, Copy<T> Copy) Find<T>(OnnxFile file, string name)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        OnnxTensor tensor = file.GetTensor(name);
        T[] values = tensor.ToArray<T>();
        return (tensor.ToString(), tensor.Shape.ToArray(), destination => values.CopyTo(destination));
    }

    /// <summary>Throws if a file has a tensor that a parameter would be in another layer or direction,
    /// and there is no such parameter.</summary>
    private static void RefuseFurtherLayers<T>(ParameterSet<T> parameters, string prefix, IEnumerable<string> names)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        HashSet<string> layered = [.. parameters.Select(item => WithoutLayer(item.Key)).OfType<string>()];
        string? further = layered.Count == 0 ? null : names.FirstOrDefault(name => name.StartsWith(prefix, StringComparison.Ordinal)
            && WithoutLayer(name[prefix.Length..]) is { } stem && layered.Contains(stem) && !parameters.Contains(name[prefix.Length..]));
        if (further is not null)
        {
            throw new InvalidDataException($"The file has '{Quoting.Clip(further)}' too: its network has more layers or directions.");
        }
    }

    /// <summary>The name of a layer's tensor without <c>_l0</c>, <c>_l1_reverse</c>, …; null for any other.</summary>
    private static string? WithoutLayer(string name)
    {
        ReadOnlySpan<char> forward = name.EndsWith(Reverse, StringComparison.Ordinal) ? name.AsSpan(0, name.Length - Reverse.Length) : name;
        ReadOnlySpan<char> stem = forward.TrimEnd("0123456789");
        return stem.Length < forward.Length && stem.EndsWith("_l", StringComparison.Ordinal) ? stem[..^2].ToString() : null;
    }

    /// <summary>Throws if a file has a tensor of a layer under the name that it has in a cell.</summary>
    private static void RefuseCell(string name, Func<string, bool> contains)
    {
        if (name.EndsWith(FirstLayer, StringComparison.Ordinal) && !contains(name) && contains(name[..^FirstLayer.Length]))
        {
            throw new InvalidDataException(
                $"The file has no tensor '{Quoting.Clip(name)}', but '{Quoting.Clip(name[..^FirstLayer.Length])}': those are a cell's "
                + $"names, which LoadCell reads.");
        }
    }

    private static string CellName(string name) => name.EndsWith(FirstLayer, StringComparison.Ordinal)
        ? name[..^FirstLayer.Length]
        : throw new ArgumentException($"A cell has one layer in one direction; the network has '{name}'.", "parameters");
}
