using System.Numerics;
using System.Text.Json;
using FastRecurrent.Kernels;
using FastRecurrent.Models;

namespace FastRecurrent.Bench.Verify;

/// <summary>One golden case: a cell, its options, and what another implementation computed, as a safetensors file.</summary>
/// <remarks>
/// Tensors are named <c>param.*</c>, <c>in.*</c>, <c>graph.*</c> (what goes in), <c>out.*</c> (expected), <c>upstream.*</c> (∂L/∂out) and
/// <c>grad.in.*</c>, <c>grad.param.*</c> (expected gradients). Metadata: <c>cell</c>, <c>options</c> (a JSON object), <c>version</c>.
/// </remarks>
public sealed class GoldenCase
{
    private readonly Dictionary<string, (int[] Shape, double[] Values)> _numbers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (int[] Shape, long[] Values)> _integers = new(StringComparer.Ordinal);
    private readonly JsonElement _options;
    private readonly HashSet<string> _read = new(StringComparer.Ordinal);

    private GoldenCase(string name, SafeTensorsFile file)
    {
        Name = name;
        Cell = Metadata(file, "cell");
        if (Metadata(file, "version") != "1")
        {
            throw new InvalidDataException($"Golden files of version 1 are understood, this is {file.Metadata["version"]}.");
        }

        using JsonDocument options = JsonDocument.Parse(Metadata(file, "options"));
        _options = options.RootElement.Clone();
        if (_options.ValueKind != JsonValueKind.Object)
        {
            throw new InvalidDataException($"The options of a golden case are a JSON object, not {_options}.");
        }

        foreach (TensorInfo tensor in file.Tensors)
        {
            int[] shape = new int[tensor.Shape.Length];
            for (int i = 0; i < shape.Length; i++)
            {
                shape[i] = checked((int)tensor.Shape[i]);
            }

            if (tensor.Type is TensorType.I64 or TensorType.I32)
            {
                long[] values = new long[tensor.ElementCount];
                file.CopyTo(tensor.Name, values);
                _integers.Add(tensor.Name, (shape, values));
            }
            else
            {
                double[] values = new double[tensor.ElementCount];
                file.CopyTo<double>(tensor.Name, values);
                _numbers.Add(tensor.Name, (shape, values));
            }
        }
    }

    /// <summary>The file's name.</summary>
    public string Name { get; }

    /// <summary>The cell's name.</summary>
    public string Cell { get; }

    /// <summary>Whether gradients are to be checked.</summary>
    public bool HasGradients => Names("upstream.").Any();

    /// <summary>What the case brings and nobody has asked for: tensors that go in, and options as <c>option 'name'</c>.</summary>
    public IEnumerable<string> Unread => _numbers.Keys.Concat(_integers.Keys)
        .Where(name => !name.StartsWith("out.", StringComparison.Ordinal) && !name.StartsWith("grad.", StringComparison.Ordinal))
        .Concat(_options.EnumerateObject().Select(option => OptionName(option.Name)))
        .Except(_read);

    /// <summary>Loads a case.</summary>
    /// <exception cref="InvalidDataException">The file is no golden case.</exception>
    public static GoldenCase Load(string path)
    {
        using SafeTensorsFile file = SafeTensorsFile.Open(path);
        try
        {
            return new GoldenCase(Path.GetFileNameWithoutExtension(path), file);
        }
        catch (Exception exception) when (exception is JsonException or OverflowException)
        {
            throw new InvalidDataException($"{path} is no golden case: {exception.Message}", exception);
        }
    }

    /// <summary>Names of tensors under a prefix, without it, numbers and integers.</summary>
    public IEnumerable<string> Names(string prefix) => _numbers.Keys.Concat(_integers.Keys)
        .Where(name => name.StartsWith(prefix, StringComparison.Ordinal)).Select(name => name[prefix.Length..]);

    /// <summary>Whether a tensor exists.</summary>
    public bool Has(string name) => _numbers.ContainsKey(name) || _integers.ContainsKey(name);

    /// <summary>The sizes of a tensor that has so many dimensions.</summary>
    public int[] Shape(string name, int rank)
    {
        int[] shape = Shape(name);
        return shape.Length == rank
            ? shape
            : throw new InvalidDataException(
                $"Golden case {Name}: {name} needs {rank} dimensions, but has the shape [{string.Join(", ", shape)}].");
    }

    /// <summary>The sizes of a tensor.</summary>
    public int[] Shape(string name) => _numbers.TryGetValue(name, out (int[] Shape, double[]) number) ? number.Shape
        : _integers.TryGetValue(name, out (int[] Shape, long[]) integer) ? integer.Shape : throw Missing(name);

    /// <summary>Floating-point values; empty if the tensor is absent.</summary>
    public T[] Optional<T>(string name)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => Has(name) ? Values<T>(name) : [];

    /// <summary>Floating-point values in the precision of a run.</summary>
    public T[] Values<T>(string name)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        _read.Add(name);
        return _numbers.TryGetValue(name, out (int[], double[] Values) tensor) ? Array.ConvertAll(tensor.Values, T.CreateTruncating)
            : throw (_integers.ContainsKey(name) ? OtherKind(name, "floating-point") : Missing(name));
    }

    /// <summary>The only value of a tensor.</summary>
    public T Scalar<T>(string name)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => Values<T>(name) is [T value]
        ? value
        : throw new InvalidDataException(
            $"Golden case {Name}: {name} needs one element, but has the shape [{string.Join(", ", Shape(name))}].");

    /// <summary>Whole numbers that fit 32 bits; empty if the tensor is absent.</summary>
    public int[] Integers(string name) => Array.ConvertAll(LongIntegers(name), value => value is >= int.MinValue and <= int.MaxValue
        ? (int)value
        : throw new InvalidDataException($"Golden case {Name}: {name} holds {value}, which does not fit 32 bits."));

    /// <summary>Whole numbers; empty if the tensor is absent.</summary>
    public long[] LongIntegers(string name)
    {
        _read.Add(name);
        return _integers.TryGetValue(name, out (int[], long[] Values) tensor) ? tensor.Values
            : _numbers.ContainsKey(name) ? throw OtherKind(name, "whole") : [];
    }

    /// <summary>An option that is a word.</summary>
    public string Option(string name, string absent) => !TryGetOption(name, out JsonElement value) ? absent
        : value.ValueKind == JsonValueKind.String ? value.GetString()! : throw OtherOption(name, "a word", value);

    /// <summary>An option that is a count or a size.</summary>
    public int Option(string name, int absent) => !TryGetOption(name, out JsonElement value) ? absent
        : value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int number) && number >= 0 ? number
        : throw OtherOption(name, "a whole number from 0", value);

    /// <summary>An option that is a number.</summary>
    public double Option(string name, double absent) => !TryGetOption(name, out JsonElement value) ? absent
        : value.ValueKind == JsonValueKind.Number ? value.GetDouble() : throw OtherOption(name, "a number", value);

    /// <summary>An option that is true or false.</summary>
    public bool Option(string name, bool absent) => !TryGetOption(name, out JsonElement value) ? absent
        : value.ValueKind is JsonValueKind.True or JsonValueKind.False
        ? value.GetBoolean()
        : throw OtherOption(name, "true or false", value);

    /// <summary>An option that names an activation.</summary>
    public Activation Option(string name, Activation absent) => Enum.Parse<Activation>(Option(name, absent.ToString()), ignoreCase: true);

    /// <inheritdoc/>
    public override string ToString() => $"{Name} ({Cell} {_options})";

    private static string OptionName(string name) => $"option '{name}'";

    private bool TryGetOption(string name, out JsonElement value)
    {
        _read.Add(OptionName(name));
        return _options.TryGetProperty(name, out value);
    }

    private static string Metadata(SafeTensorsFile file, string key) => file.Metadata.TryGetValue(key, out string? value)
        ? value
        : throw new InvalidDataException($"A golden case has the metadata '{key}', this file has not.");

    private InvalidDataException OtherKind(string name, string kind) => new($"Golden case {Name}: {name} does not hold {kind} numbers.");

    private InvalidDataException OtherOption(string name, string kind, JsonElement value) =>
        new($"Golden case {Name}: the option '{name}' must be {kind}, not {value.GetRawText()}.");

    private InvalidDataException Missing(string name) => new($"Golden case {Name} has no tensor '{name}'.");
}
