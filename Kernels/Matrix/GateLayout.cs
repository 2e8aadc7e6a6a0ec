namespace FastRecurrent.Kernels;

/// <summary>
/// Where the pre-activations of a cell lie: units in blocks of <see cref="Block"/>, and in a block one run of
/// <see cref="Block"/> values a gate, so that all gates of a unit are in neighbouring vectors.
/// </summary>
/// <remarks>
/// <code>
/// rows of W in PyTorch's order    gate 0: unit 0 … H−1 | gate 1: unit 0 … H−1 | …
/// this layout                     block 0: gate 0 unit 0…15, gate 1 unit 0…15, … | block 1: gate 0 unit 16…31, …
/// </code>
/// Units past <see cref="HiddenSize"/> in the last block are padding: zero weights, zero bias. The layout is the same at every vector
/// width. With one gate it is the identity, padded.
/// </remarks>
/// <param name="Gates">Matrices stacked along the rows, G ≥ 1.</param>
/// <param name="HiddenSize">Units H ≥ 1.</param>
public readonly record struct GateLayout(int Gates, int HiddenSize)
{
    /// <summary>Units in a block: a cache line of float.</summary>
    public const int Block = 16;

    /// <summary>Blocks of units, ⌈H/16⌉.</summary>
    public int Blocks => (HiddenSize + Block - 1) / Block;

    /// <summary>Units with padding, a multiple of 16: the length of a state row.</summary>
    public int PaddedHiddenSize => Blocks * Block;

    /// <summary>Length of a row of pre-activations, G·⌈H/16⌉·16.</summary>
    public int Width => Gates * PaddedHiddenSize;

    /// <summary>Columns of a panel of weights for these gates: where there are three or four, all those of two blocks.</summary>
    internal int PanelWidth => Gates == 3 ? 96 : 128;

    /// <summary>Rows of the matrix in PyTorch's order, G·H.</summary>
    public int Rows => Gates * HiddenSize;

    /// <summary>Position of a gate's unit in a row of pre-activations.</summary>
    public int IndexOf(int gate, int unit) => ((unit / Block * Gates) + gate) * Block + unit % Block;

    /// <summary><paramref name="length"/> rounded up to a multiple of <see cref="Block"/>.</summary>
    public static int Pad(int length) => (length + Block - 1) / Block * Block;

    /// <summary>Copies a vector of G·H values in PyTorch's order into this layout; padding becomes zero.</summary>
    /// <param name="source">[G·H].</param>
    /// <param name="destination">[<see cref="Width"/>].</param>
    /// <exception cref="ArgumentException">A length is another.</exception>
    public void Interleave<T>(ReadOnlySpan<T> source, Span<T> destination)
    {
        Require.Length(source.Length, Rows);
        Require.Length(destination.Length, Width);
        destination.Clear();
        for (int g = 0; g < Gates; g++)
        {
            for (int u = 0; u < HiddenSize; u++)
            {
                destination[IndexOf(g, u)] = source[g * HiddenSize + u];
            }
        }
    }
}
