using System.Numerics;
using FastRecurrent.Cells;
using FastRecurrent.Kernels;

namespace FastRecurrent.Graph;

/// <summary>
/// One matrix made of blocks of several parameters, so that a step is one product. Values are copied in when a cell packs, gradients out
/// when its backward pass ends.
/// </summary>
internal sealed class JoinedWeight<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly List<Block> _blocks = [];

    public JoinedWeight(int rows, int columns)
    {
        Weight = new Parameter<T>("joined", rows, columns);
    }

    /// <summary>The matrix; blocks that nobody added are zero.</summary>
    public Parameter<T> Weight { get; }

    /// <summary>Adds a block: <paramref name="rows"/> × <paramref name="columns"/> values of a parameter
    /// from an element on, row-major.</summary>
    /// <param name="source">The parameter.</param>
    /// <param name="start">The block's first element in it.</param>
    /// <param name="rows">Rows of the block.</param>
    /// <param name="columns">Columns of the block.</param>
    /// <param name="row">Where the block begins in the matrix.</param>
    /// <param name="column">Where the block begins in the matrix.</param>
    /// <param name="stride">Elements from row to row of the source; 0 for <paramref name="columns"/>.</param>
    public JoinedWeight<T> Add(Parameter<T> source, int start, int rows, int columns, int row, int column, int stride = 0)
    {
        _blocks.Add(new Block(source, start, rows, columns, row, column, stride == 0 ? columns : stride));
        return this;
    }

    public void Gather()
    {
        int width = Weight.Shape[1];
        foreach (Block block in _blocks)
        {
            for (int r = 0; r < block.Rows; r++)
            {
                block.Source.Value.Slice(block.Start + r * block.Stride, block.Columns)
                    .CopyTo(Weight.Value.Slice((block.Row + r) * width + block.Column, block.Columns));
            }
        }
    }

    /// <summary>Makes the matrix's gradient, so that no run does.</summary>
    public void AllocateGradient() => _ = Weight.Gradient;

    /// <summary>Adds the matrix's gradient to the parameters' and clears it.</summary>
    public void ScatterGradients()
    {
        int width = Weight.Shape[1];
        foreach (Block block in _blocks)
        {
            for (int r = 0; r < block.Rows; r++)
            {
                Span<T> gradient = block.Source.Gradient.Slice(block.Start + r * block.Stride, block.Columns);
                NeuralPrimitives.Add(Weight.Gradient.Slice((block.Row + r) * width + block.Column, block.Columns), gradient, gradient);
            }
        }

        Weight.Gradient.Clear();
    }

    private readonly record struct Block(Parameter<T> Source, int Start, int Rows, int Columns, int Row, int Column, int Stride);
}
