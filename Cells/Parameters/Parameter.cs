using System.Numerics;
using FastRecurrent.Kernels;

namespace FastRecurrent.Cells;

/// <summary>
/// One trainable tensor: its PyTorch name and shape, its values and, once training has asked for them, its gradients.
/// </summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed class Parameter<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly int[] _shape;
    private readonly AlignedBuffer<T> _value;
    private AlignedBuffer<T>? _gradient;

    /// <summary>A tensor of zeros.</summary>
    /// <param name="name">Its name in files, e.g. <c>weight_ih_l0</c>.</param>
    /// <param name="shape">Its sizes, row-major.</param>
    public Parameter(string name, params ReadOnlySpan<int> shape)
    {
        Require.Supported<T>();
        Name = name;
        _shape = shape.ToArray();
        long length = 1;
        foreach (int size in shape)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(size, nameof(shape));
            length *= size;
        }

        _value = new AlignedBuffer<T>(length);
    }

    /// <summary>The name in files, e.g. <c>weight_ih_l0</c>.</summary>
    public string Name { get; }

    /// <summary>The sizes, row-major.</summary>
    public ReadOnlySpan<int> Shape => _shape;

    /// <summary>Elements.</summary>
    public int Length => _value.Length;

    /// <summary>The values, row-major. After writing here, the network that owns them must <c>Pack</c>.</summary>
    public Span<T> Value => _value.Span;

    /// <summary>
    /// The gradients, row-major; backward passes add to them. Allocated at the first use (a recording tape uses them), so that a network that
    /// only runs pays nothing.
    /// </summary>
    public Span<T> Gradient => (_gradient ??= new AlignedBuffer<T>(Length)).Span;

    /// <summary>Whether gradients have been allocated.</summary>
    public bool HasGradient => _gradient is not null;

    /// <inheritdoc/>
    public override string ToString() => $"{Name} [{string.Join(", ", _shape)}]";
}
