using System.Numerics;
using FastRecurrent.Cells;

namespace FastRecurrent.Models;

/// <summary>Parameters from and to safetensors files, under PyTorch's names.</summary>
public static class ParameterFile
{
    /// <summary>
    /// Fills parameters from a file, widening or rounding to <typeparamref name="T"/>. All names and shapes are checked before the first value is
    /// copied. The network must <c>Pack</c> afterwards.
    /// </summary>
    /// <param name="parameters">The parameters.</param>
    /// <param name="file">The file; it may hold more.</param>
    /// <param name="prefix">What stands in front of the names in the file, e.g. <c>encoder.lstm.</c>.</param>
    /// <exception cref="InvalidDataException">A tensor is missing, or its type or shape is another; no parameter has changed.</exception>
    public static void Load<T>(this ParameterSet<T> parameters, SafeTensorsFile file, string prefix = "")
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        foreach ((string name, Parameter<T> parameter) in parameters)
        {
            TensorInfo tensor = file[prefix + name];
            if (tensor.Type is not (TensorType.F64 or TensorType.F32 or TensorType.F16 or TensorType.BF16))
            {
                throw new InvalidDataException($"Tensor {tensor} does not hold F64, F32, F16 or BF16 numbers.");
            }

            bool same = tensor.Shape.Length == parameter.Shape.Length;
            for (int i = 0; same && i < tensor.Shape.Length; i++)
            {
                same = tensor.Shape[i] == parameter.Shape[i];
            }

            if (!same)
            {
                throw new InvalidDataException($"Tensor {tensor} in the file, but the network has {parameter}.");
            }
        }

        foreach ((string name, Parameter<T> parameter) in parameters)
        {
            file.CopyTo(prefix + name, parameter.Value);
        }
    }

    /// <summary>Fills parameters from a file; see the other overload.</summary>
    /// <param name="parameters">The parameters.</param>
    /// <param name="path">The file.</param>
    /// <param name="prefix">What stands in front of the names in the file.</param>
    public static void Load<T>(this ParameterSet<T> parameters, string path, string prefix = "")
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        using SafeTensorsFile file = SafeTensorsFile.Open(path);
        parameters.Load(file, prefix);
    }

    /// <summary>Adds all parameters to a file.</summary>
    /// <param name="writer">The file to be.</param>
    /// <param name="parameters">The parameters.</param>
    /// <param name="prefix">What to put in front of the names.</param>
    /// <param name="type">How they are stored; by default as they are.</param>
    /// <returns>The writer.</returns>
    public static SafeTensorsWriter Add<T>(this SafeTensorsWriter writer, ParameterSet<T> parameters, string prefix = "", TensorType? type = null)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        foreach ((string name, Parameter<T> parameter) in parameters)
        {
            long[] shape = new long[parameter.Shape.Length];
            for (int i = 0; i < shape.Length; i++)
            {
                shape[i] = parameter.Shape[i];
            }

            writer.Add<T>(prefix + name, shape, parameter.Value, type);
        }

        return writer;
    }

    /// <summary>Writes all parameters to a file of their own.</summary>
    /// <param name="parameters">The parameters.</param>
    /// <param name="path">The file; see <see cref="SafeTensorsWriter.Save"/>.</param>
    public static void Save<T>(this ParameterSet<T> parameters, string path)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => new SafeTensorsWriter().Add(parameters).Save(path);
}
