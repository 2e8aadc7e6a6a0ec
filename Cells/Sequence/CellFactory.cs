using FastRecurrent.Kernels;

namespace FastRecurrent.Cells;

/// <summary>Builds the cells of a network with PyTorch's suffixes.</summary>
internal static class CellFactory
{
    /// <summary>[layers·directions] cells; <paramref name="create"/> takes the layer and the suffix, <c>_l0</c>,
    /// <c>_l0_reverse</c>, ….</summary>
    public static TCell[] Build<TCell>(int layers, bool bidirectional, Func<int, string, TCell> create)
    {
        Require.Positive(layers);
        List<TCell> cells = [];
        for (int layer = 0; layer < layers; layer++)
        {
            cells.Add(create(layer, $"_l{layer}"));
            if (bidirectional)
            {
                cells.Add(create(layer, $"_l{layer}_reverse"));
            }
        }

        return [.. cells];
    }

    /// <summary>Throws unless sizes are positive and there can be weights W [G·H, D] and U [G·H, R] of them.</summary>
    public static void CheckSizes(int gates, int inputSize, int hiddenSize, int recurrentSize)
    {
        Require.Positive(inputSize, nameof(SrnOptions.InputSize));
        Require.Positive(hiddenSize, nameof(SrnOptions.HiddenSize));
        Require.Product(nameof(SrnOptions.HiddenSize), gates, hiddenSize, Math.Max(inputSize, recurrentSize));
    }
}
