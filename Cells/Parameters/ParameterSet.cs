using System.Collections;
using System.Numerics;
using FastRecurrent.Kernels;

namespace FastRecurrent.Cells;

/// <summary>
/// The parameters of a network in a fixed order, by name. Sets of parts are joined under prefixes into the set of a whole model, which
/// shares the same <see cref="Parameter{T}"/> objects.
/// </summary>
/// <remarks>
/// A parameter that parts share has a name in each, and is saved under all of them. What goes through the parameters to change them or to
/// add something up, as optimisers and <c>Gradients</c> do, takes it once, as PyTorch's <c>Module.parameters()</c> gives it.
/// </remarks>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed class ParameterSet<T> : IReadOnlyList<KeyValuePair<string, Parameter<T>>>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly List<KeyValuePair<string, Parameter<T>>> _items = [];
    private readonly Dictionary<string, Parameter<T>> _byName = new(StringComparer.Ordinal);
    private readonly List<KeyValuePair<string, Parameter<T>>> _distinct = [];
    private readonly HashSet<Parameter<T>> _known = [];

    /// <summary>A set of single parameters, each under its own name.</summary>
    /// <exception cref="ArgumentException">Two have the same name.</exception>
    public ParameterSet(params IEnumerable<Parameter<T>> parameters)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        foreach (Parameter<T> parameter in parameters)
        {
            ArgumentNullException.ThrowIfNull(parameter, nameof(parameters));
            Add(parameter.Name, parameter);
        }
    }

    /// <summary>Number of names.</summary>
    public int Count => _items.Count;

    /// <summary>Number of trainable values; those of a shared parameter count once.</summary>
    public long ElementCount => _distinct.Sum(item => (long)item.Value.Length);

    /// <summary>Every parameter once, under the first of its names.</summary>
    internal List<KeyValuePair<string, Parameter<T>>> Distinct => _distinct;

    /// <summary>A name (with its prefixes) and its parameter.</summary>
    public KeyValuePair<string, Parameter<T>> this[int index] => _items[index];

    /// <summary>The parameter of a name.</summary>
    /// <exception cref="ArgumentException">There is none; the message lists those there are.</exception>
    public Parameter<T> this[string name] => _byName.TryGetValue(name, out Parameter<T>? parameter)
        ? parameter
        : throw new ArgumentException($"No parameter is named '{name}'; there are {string.Join(", ", _byName.Keys)}.", nameof(name));

    /// <summary>Whether a name exists.</summary>
    public bool Contains(string name) => _byName.ContainsKey(name);

    /// <summary>Adds all parameters of another set under <paramref name="prefix"/> and returns this set.</summary>
    /// <exception cref="ArgumentException">A name exists already; nothing has been added.</exception>
    public ParameterSet<T> Join(string prefix, ParameterSet<T> other)
    {
        ArgumentNullException.ThrowIfNull(other);
        KeyValuePair<string, Parameter<T>>[] items = [.. other]; // which may be this set
        foreach ((string name, _) in items)
        {
            RequireNew(prefix + name);
        }

        foreach ((string name, Parameter<T> parameter) in items)
        {
            Add(prefix + name, parameter);
        }

        return this;
    }

    /// <summary>Makes the gradients that do not exist yet; those that do keep their values.</summary>
    public void AllocateGradients()
    {
        foreach ((_, Parameter<T> parameter) in _distinct)
        {
            _ = parameter.GradientMemory;
        }
    }

    /// <summary>Sets every gradient to zero (and allocates those that do not exist yet); of an embedding's,
    /// only the rows that were touched.</summary>
    public void ZeroGradients()
    {
        foreach ((_, Parameter<T> parameter) in _distinct)
        {
            parameter.ZeroGradient();
        }
    }

    /// <summary>Draws every value uniformly from ±<paramref name="bound"/>.</summary>
    /// <param name="random">The source; its seed decides.</param>
    /// <param name="bound">The largest magnitude.</param>
    public void InitialiseUniform(Random random, double bound)
    {
        ArgumentNullException.ThrowIfNull(random);
        foreach ((_, Parameter<T> parameter) in _distinct)
        {
            foreach (ref T value in parameter.Value)
            {
                value = Scalar.From<T>(Draws.Uniform(random, bound));
            }
        }
    }

    /// <inheritdoc/>
    public IEnumerator<KeyValuePair<string, Parameter<T>>> GetEnumerator() => _items.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <inheritdoc/>
    public override string ToString() => $"{_distinct.Count} tensors, {ElementCount:N0} values";

    private void RequireNew(string name)
    {
        if (_byName.ContainsKey(name))
        {
            throw new ArgumentException($"Two parameters are named '{name}'.", nameof(name));
        }
    }

    private void Add(string name, Parameter<T> parameter)
    {
        RequireNew(name);
        _byName.Add(name, parameter);
        _items.Add(new(name, parameter));
        if (_known.Add(parameter))
        {
            _distinct.Add(new(name, parameter));
        }
    }
}
