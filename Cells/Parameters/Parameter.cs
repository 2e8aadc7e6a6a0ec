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
    private TouchedRows? _touched;
    private int _rowLength;
    private bool _isExposed; // once a caller has had the span, anything may stand anywhere

    /// <summary>A tensor of zeros.</summary>
    /// <param name="name">Its name in files, e.g. <c>weight_ih_l0</c>.</param>
    /// <param name="shape">Its sizes, row-major.</param>
    /// <exception cref="ArgumentNullException">There is no name.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A size is negative, or there are more elements than an array has.</exception>
    public Parameter(string name, params ReadOnlySpan<int> shape)
    {
        Require.Supported<T>();
        Name = Require.NotNull(name);
        _shape = shape.ToArray();
        foreach (int size in shape)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(size, nameof(shape));
        }

        _value = new AlignedBuffer<T>(Require.Product(nameof(shape), shape));
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
    /// The gradients, row-major; backward passes add to them. Allocated at the first use (a recording tape uses them), so that a network
    /// that only runs pays nothing. An embedding's gradient, once looked at here, is no longer taken for sparse:
    /// nothing but speed depends on it.
    /// </summary>
    public Span<T> Gradient
    {
        get
        {
            _isExposed = true;
            return GradientMemory;
        }
    }

    /// <summary>Whether gradients have been allocated.</summary>
    public bool HasGradient => _gradient is not null;

    /// <summary>The gradients, for what keeps untouched rows at zero.</summary>
    internal Span<T> GradientMemory => (_gradient ??= new AlignedBuffer<T>(Length)).Span;

    /// <summary>Whether rows are tracked, be the gradient still sparse or not.</summary>
    internal bool TracksRows => _touched is not null;

    /// <summary>Whether the gradients of all rows but the touched ones are known to be zero.</summary>
    internal bool IsSparse => _touched is not null && !_isExposed;

    /// <summary>The rows that backward passes have added to, in the order in which they came; none if rows are not tracked.</summary>
    internal ReadOnlySpan<int> TouchedRows => _touched is null ? default : _touched.Rows;

    /// <summary>From now on, gradients are added to by way of <see cref="TouchRow"/>.</summary>
    internal void TrackRows() => (_touched, _rowLength) = (new TouchedRows(_shape[0]), Length / _shape[0]);

    /// <summary>The gradient of a row, to be added to.</summary>
    internal Span<T> TouchRow(int row)
    {
        _touched!.Add(row);
        return RowOf(GradientMemory, row);
    }

    /// <summary>A row of the values or of the gradients, once rows are tracked.</summary>
    internal Span<T> RowOf(Span<T> elements, int row) => elements.Slice(row * _rowLength, _rowLength);

    /// <summary>Sets the gradients to zero; of a sparse one, the touched rows.</summary>
    internal void ZeroGradient()
    {
        Span<T> gradient = GradientMemory;
        if (IsSparse)
        {
            foreach (int row in TouchedRows)
            {
                RowOf(gradient, row).Clear();
            }
        }
        else
        {
            gradient.Clear();
        }

        _touched?.Clear();
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Name} [{string.Join(", ", _shape)}]";
}
