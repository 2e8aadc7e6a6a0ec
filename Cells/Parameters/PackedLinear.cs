using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FastRecurrent.Kernels;

namespace FastRecurrent.Cells;

/// <summary>
/// <c>y = b + W x</c> for all gates of a cell, over the packed copy of a weight parameter: the one matrix product cells are made of.
/// </summary>
/// <remarks>
/// <code>
/// forward    Y[rows, width]  = b + X[rows, depth] Wᵀ          width: gate-interleaved, see GateLayout
/// backward   dX[rows, depth] = dY W      dW += dYᵀ X      db += Σ_rows dY
/// </code>
/// The parameter keeps PyTorch's shape [G·H, depth]; <see cref="Pack"/> copies it into the two orders that forward and backward read.
/// </remarks>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed class PackedLinear<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Parameter<T> _weight;
    private readonly int _firstRow;
    private readonly PackedMatrix<T> _forward;
    private readonly PackedMatrix<T> _backward;
    private readonly AlignedBuffer<T> _start; // what the sums of a row start from: the bias, or zeros
    private readonly bool _hasBias;
    private AlignedBuffer<T>? _mask; // once weights have been dropped: the factor of each
    private AlignedBuffer<T>? _dropped; // the weights left; while gradients are made, theirs
    private bool _isDropped;
    private BFloat16Matrix? _bfloat16; // what single rows are multiplied with, if not with the packed form itself
    private Int8Matrix? _int8; // what all rows are multiplied with, one by one, if there is one

    /// <summary>A product with rows <paramref name="firstRow"/> … of a weight; nothing is packed yet.</summary>
    /// <param name="weight">[rows ≥ firstRow + G·H, depth].</param>
    /// <param name="gates">The gates stacked in the rows used.</param>
    /// <param name="bias">Whether <see cref="AddBias"/> will be used.</param>
    /// <param name="firstRow">The first row used.</param>
    /// <exception cref="ArgumentException">The weight has no such rows.</exception>
    public PackedLinear(Parameter<T> weight, GateLayout gates, bool bias, int firstRow = 0)
    {
        ArgumentNullException.ThrowIfNull(weight);
        ArgumentOutOfRangeException.ThrowIfNegative(firstRow);
        if (weight.Shape.Length != 2 || weight.Shape[0] < firstRow + gates.Rows)
        {
            throw new ArgumentException($"weight is {weight}, but rows {firstRow} … {firstRow + gates.Rows - 1} of a matrix are needed.",
                nameof(weight));
        }

        _weight = weight;
        _firstRow = firstRow;
        Gates = gates;
        Depth = weight.Shape[1];
        _forward = new PackedMatrix<T>(Depth, gates.Width, gates.PanelWidth);
        _backward = new PackedMatrix<T>(gates.Width, Depth);
        _start = new AlignedBuffer<T>(gates.Width);
        _hasBias = bias;
    }

    /// <summary>How the outputs lie.</summary>
    public GateLayout Gates { get; }

    /// <summary>Inputs.</summary>
    public int Depth { get; }

    /// <summary>Whether <see cref="Pack"/> has ever been called.</summary>
    internal bool IsPacked { get; private set; }

    /// <summary>Whether some columns of a row can be computed without the others:
    /// the packed weight itself is what rows are multiplied with.</summary>
    internal bool HasColumns => _bfloat16 is null && _int8 is null;

    /// <summary>Elements of the packed weight.</summary>
    internal int Length => _forward.Length;

    /// <summary>Bytes of the packed weight.</summary>
    internal long Bytes => (long)Length * Unsafe.SizeOf<T>();

    /// <summary>Elements of a row of outputs, with padding.</summary>
    internal int Width => _forward.Columns;

    /// <summary>Elements of workspace that the gradient methods need, for each thread that shares them.</summary>
    public int GradientWorkspaceLength => Math.Max(NeuralPrimitives.GetGemmTransposedWorkspaceLength(Depth), Gates.Width);

    private ReadOnlySpan<T> Bias => _hasBias ? _start.Span : default;

    private Span<T> Weight => _weight.Value.Slice(_firstRow * Depth, Gates.Rows * Depth);

    /// <summary>Copies the weight's present values into the packed forms and sets the bias to zero.</summary>
    public void Pack()
    {
        _start.Span.Clear();
        IsPacked = true;
        _isDropped = false;
        _bfloat16 = null;
        _int8 = null;
        _forward.PackTransposed(Weight, Gates);
        _backward.Pack(Weight, Gates);
    }

    /// <summary>Puts copies beside the packed weight where steps had better read several in turns, see
    /// <see cref="CellForward{T}.WeightOffset"/>.</summary>
    /// <param name="otherBytes">Bytes of what else every step reads.</param>
    /// <param name="parts">Threads that share what a step reads.</param>
    /// <returns>How many copies to read in turns.</returns>
    internal int Repeat(long otherBytes, int parts)
    {
        int copies = WeightCopies.Count(Bytes / parts, otherBytes / parts);
        _forward.Repeat(copies);
        return copies;
    }

    /// <summary>
    /// Rounds the packed weight and keeps it in a second, smaller form, which single rows are multiplied with; products with more rows give
    /// the same bits. <see cref="Pack"/> brings the exact weight back. Gradients do not notice.
    /// </summary>
    /// <param name="format">How it is rounded.</param>
    /// <exception cref="NotSupportedException">The network is not one of <see cref="float"/>.</exception>
    /// <exception cref="ArgumentException">A weight is not finite or, for int8, deeper than <see cref="Int8Matrix.MaxDepth"/>.</exception>
    public void Round(RoundedWeights format)
    {
        if (_forward is not PackedMatrix<float> forward)
        {
            throw new NotSupportedException("Weights can be rounded in networks of float only.");
        }

        if (format == RoundedWeights.Int8)
        {
            _int8 = new Int8Matrix(forward);
            return;
        }

        _bfloat16 = new BFloat16Matrix(forward);
        _bfloat16.CopyTo(forward);
    }

    /// <summary>
    /// Packs the weight again without a random part of it, what is kept scaled by 1/(1 − rate); the bias stays. Gradients then pass only
    /// through what was kept, until <see cref="Pack"/>.
    /// </summary>
    /// <param name="rate">0 ≤ rate &lt; 1.</param>
    /// <param name="seed">The same seed leaves out the same weights.</param>
    /// <exception cref="ArgumentOutOfRangeException">The rate is out of range; nothing has changed.</exception>
    public void DropWeights(double rate, int seed)
    {
        DropoutMask.CheckRate(rate);
        _bfloat16 = null;
        _int8 = null;
        _mask ??= new AlignedBuffer<T>(Gates.Rows * Depth);
        _dropped ??= new AlignedBuffer<T>(Gates.Rows * Depth);
        _isDropped = true;
        Span<T> mask = _mask.Span, dropped = _dropped.Span, weight = Weight;
        mask.Fill(T.One);
        // Each part of a weight drops its own.
        DropoutMask.Apply(mask, rate, seed, DropoutMask.WeightPurpose, layer: 0, sequence: _firstRow, step: 0);
        for (int i = 0; i < weight.Length; i++)
        {
            dropped[i] = weight[i] * mask[i];
        }

        _forward.PackTransposed(dropped, Gates);
        _backward.Pack(dropped, Gates);
    }

    /// <summary>Adds a vector to the packed bias, which <see cref="Pack"/> has set to zero.</summary>
    /// <param name="bias">[gates·H] in PyTorch's order, for the gates from <paramref name="firstGate"/> on.</param>
    /// <param name="firstGate">The first gate it belongs to.</param>
    /// <exception cref="ArgumentException">It is longer than those gates.</exception>
    /// <exception cref="InvalidOperationException">The product was made without a bias.</exception>
    public void AddBias(ReadOnlySpan<T> bias, int firstGate = 0)
    {
        if (!_hasBias)
        {
            throw new InvalidOperationException($"The product with {_weight.Name} was made without a bias.");
        }

        ArgumentOutOfRangeException.ThrowIfNegative(firstGate);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bias.Length, Gates.Rows - firstGate * Gates.HiddenSize, nameof(bias));
        Span<T> packed = _start.Span;
        for (int i = 0; i < bias.Length; i++)
        {
            packed[Gates.IndexOf(firstGate + i / Gates.HiddenSize, i % Gates.HiddenSize)] += bias[i];
        }
    }

    /// <summary>Y = b + X Wᵀ.</summary>
    /// <param name="x">[rows, depth], row r at <paramref name="ldx"/>·r.</param>
    /// <param name="ldx">Elements from row to row of X.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="y">[rows, width], row r at <paramref name="ldy"/>·r; written.</param>
    /// <param name="ldy">Elements from row to row of Y.</param>
    /// <param name="workers">Threads that share the product; null for the calling one alone.</param>
    /// <exception cref="ArgumentException">A span is too short or a stride too small; nothing has been written.</exception>
    /// <exception cref="InvalidOperationException">The weight has never been packed.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Forward(ReadOnlySpan<T> x, int ldx, int rows, Span<T> y, int ldy, WorkerPool? workers = null) =>
        Multiply(x, ldx, rows, y, ldy, isTargetFar: false, workers);

    /// <summary><see cref="Forward(ReadOnlySpan{T}, int, int, Span{T}, int, WorkerPool?)"/>, which may know that Y is part of something
    /// large and comes from beyond L2.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Multiply(ReadOnlySpan<T> x, int ldx, int rows, Span<T> y, int ldy, bool isTargetFar, WorkerPool? workers)
    {
        CheckRows(x.Length, ldx, rows, Depth);
        CheckRows(y.Length, ldy, rows, Gates.Width);
        Require.Packed(IsPacked);
        if (_int8 is not null || (rows == 1 && _bfloat16 is not null))
        {
            for (int row = 0; row < rows; row++)
            {
                ForwardRounded(x[(row * ldx)..], y[(row * ldy)..], descending: false);
            }
        }
        else if (rows == 1 && workers is null)
        {
            NeuralPrimitives.GateGemv(x, _forward, Bias, y);
        }
        else if (workers is null)
        {
            NeuralPrimitives.GemmColumns(x, ldx, rows, _forward, 0, Width, Bias, y, ldy, accumulate: false, isTargetFar);
        }
        else
        {
            NeuralPrimitives.Gemm(x, ldx, rows, _forward, Bias, y, ldy, workers: workers);
        }
    }

    /// <summary>
    /// The products of a cell's step: this one, with its input, where the step brings an input, and that with its state. Of all rows, or of
    /// those units of its one row that it asks for.
    /// </summary>
    /// <param name="recurrent">The product with the state, or null for none.</param>
    /// <param name="step">Which rows and units; their memory is known to fit, and for one row nothing is checked.</param>
    /// <param name="input">x of the one row, or empty.</param>
    /// <param name="y">U h⁻, [rows, width], row r at <paramref name="ldy"/>·r; written.</param>
    /// <param name="ldy">Elements from row to row of Y.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void Forward(PackedLinear<T>? recurrent, scoped in CellForward<T> step, ReadOnlySpan<T> input, Span<T> y, int ldy)
    {
        bool own = !input.IsEmpty;
        if (own && !step.IsDescending)
        {
            ForwardUnits(step, input, step.Gates.Span);
        }

        if (step.Rows == 1)
        {
            recurrent?.ForwardUnits(step, step.RecurrentInput.Span, y);
        }
        else
        {
            recurrent?.ForwardRows(step, y, ldy);
        }

        if (own && step.IsDescending)
        {
            ForwardUnits(step, input, step.Gates.Span); // the way back: what was read first comes last
        }
    }

    /// <summary>Begins Y = b + X Wᵀ of eight rows, to be made beside steps.</summary>
    /// <param name="ahead">What makes it.</param>
    /// <param name="x">[8, depth], row r at <paramref name="ldx"/>·r; copied.</param>
    /// <param name="ldx">Elements from row to row of X.</param>
    /// <param name="y">[8, width], written by the end.</param>
    /// <param name="first">The first unit whose gates are made, the first of a panel.</param>
    /// <param name="end">The end of those units, the same or that of all.</param>
    internal void Begin(ProductAhead<T> ahead, ReadOnlySpan<T> x, int ldx, AlignedMemory<T> y, int first, int end) =>
        ahead.Begin(x, ldx, _forward, _start, y, first * Gates.Gates, end * Gates.Gates);

    /// <summary>b + W x of a step's one row: this product, or where the step brings no input, what it brings instead.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal GateProduct<T> InputOf(scoped in CellForward<T> step, ReadOnlySpan<T> input) => input.IsEmpty
        ? new GateProduct<T>(ref step.Gates.Reference)
        : new GateProduct<T>(ref MemoryMarshal.GetReference(input), _forward, ref _start.Reference);

    /// <summary>U h⁻ of a step's one row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal GateProduct<T> StateOf(scoped in CellForward<T> step) => new(
        ref step.RecurrentInput.Reference, _forward, ref _start.Reference, step.WeightOffset);

    /// <summary>One row of <see cref="Forward(ReadOnlySpan{T}, int, int, Span{T}, int, WorkerPool?)"/>,
    /// of lengths that the caller knows to fit: nothing is checked.</summary>
    /// <param name="x">[depth].</param>
    /// <param name="y">[width], written.</param>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal void ForwardRow(ReadOnlySpan<T> x, Span<T> y)
    {
        if (HasColumns)
        {
            NeuralPrimitives.GateGemvColumns(x, _forward, Bias, y, 0, Width);
        }
        else
        {
            ForwardRounded(x, y, descending: false);
        }
    }

    /// <summary>Apart, so that the code of a small step is short.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void ForwardRows(scoped in CellForward<T> step, Span<T> y, int ldy) =>
        Multiply(step.RecurrentInput.Span, GateLayout.Pad(Depth), step.Rows, y, ldy, step.IsSavedFar, workers: null);

    /// <summary>Those units of its one row that a step asks for.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void ForwardUnits(scoped in CellForward<T> step, ReadOnlySpan<T> x, Span<T> y)
    {
        if (HasColumns)
        {
            NeuralPrimitives.GateGemvColumns(
                x, _forward, Bias, y, Gates.Gates * step.FirstUnit, step.EndUnit > 0 ? Gates.Gates * step.EndUnit : Width,
                step.IsDescending);
        }
        else
        {
            ForwardRounded(x, y, step.IsDescending);
        }
    }

    /// <summary>One row with rounded weights.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void ForwardRounded(ReadOnlySpan<T> x, Span<T> y, bool descending)
    {
        if (_int8 is not null)
        {
            NeuralPrimitives.GateGemv(AsFloat(x), _int8, AsFloat(Bias), AsFloat(y), descending);
        }
        else
        {
            NeuralPrimitives.GateGemv(AsFloat(x), _bfloat16!, AsFloat(Bias), AsFloat(y), descending);
        }
    }

    /// <summary>Y = b, for rows that have no X.</summary>
    /// <param name="rows">Rows.</param>
    /// <param name="y">[rows, width], row r at <paramref name="ldy"/>·r; written.</param>
    /// <param name="ldy">Elements from row to row of Y.</param>
    /// <exception cref="ArgumentException">A span is too short or a stride too small; nothing has been written.</exception>
    public void FillBias(int rows, Span<T> y, int ldy)
    {
        CheckRows(y.Length, ldy, rows, Gates.Width);
        for (int row = 0; row < rows; row++)
        {
            _start.Span.CopyTo(y.Slice(row * ldy, Gates.Width));
        }
    }

    /// <summary>dX = dY W, or dX += dY W.</summary>
    /// <param name="dy">[rows, width], row r at <paramref name="lddy"/>·r; its padding, which says nothing, may become zero.</param>
    /// <param name="lddy">Elements from row to row of dY.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="dx">[rows, depth], row r at <paramref name="lddx"/>·r.</param>
    /// <param name="lddx">Elements from row to row of dX.</param>
    /// <param name="accumulate">Adds to dX.</param>
    /// <param name="workers">Threads that share the product; null for the calling one alone.</param>
    /// <exception cref="ArgumentException">A span is too short or a stride too small; nothing has been written.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Backward(Span<T> dy, int lddy, int rows, Span<T> dx, int lddx, bool accumulate, WorkerPool? workers = null)
    {
        CheckRows(dy.Length, lddy, rows, Gates.Width);
        CheckRows(dx.Length, lddx, rows, Depth);
        if (Gates.HiddenSize % GateLayout.Block != 0)
        {
            ClearPadding(dy, lddy, rows);
        }

        NeuralPrimitives.Gemm(dy, lddy, rows, _backward, default, dx, lddx, accumulate, workers);
    }

    // An infinite input makes padding NaN, since 0 · ∞ is, and zero weights would not keep that out of the sums. The last block of every
    // gate is looked at, all in one sum. Its units count too, which does no harm: of numbers that are not finite some are cleared in vain.
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private void ClearPadding(Span<T> dy, int lddy, int rows)
    {
        int gates = Gates.Gates, hidden = Gates.HiddenSize, padding = Gates.PaddedHiddenSize - hidden, length = gates * GateLayout.Block;
        ref T last = ref Unsafe.Add(ref MemoryMarshal.GetReference(dy), Gates.Width - length);
        Vector<T> sum = Vector<T>.Zero;
        for (int row = 0; row < rows; row++)
        {
            for (int at = 0; at < length; at += Vector<T>.Count)
            {
                sum += Vector.LoadUnsafe(ref last, (nuint)((nint)row * lddy + at));
            }
        }

        for (int row = 0; row < (T.IsFinite(Vector.Sum(sum)) ? 0 : rows); row++)
        {
            for (int gate = 0; gate < gates; gate++)
            {
                dy.Slice(row * lddy + Gates.IndexOf(gate, hidden), padding).Clear();
            }
        }
    }

    /// <summary>dW += dYᵀ X.</summary>
    /// <param name="dy">[rows, width], row r at <paramref name="lddy"/>·r.</param>
    /// <param name="lddy">Elements from row to row of dY.</param>
    /// <param name="x">[rows, depth], row r at <paramref name="ldx"/>·r.</param>
    /// <param name="ldx">Elements from row to row of X.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="workspace">At least <see cref="GradientWorkspaceLength"/> elements for each thread.</param>
    /// <param name="workers">Threads that share the product; null for the calling one alone.</param>
    /// <exception cref="ArgumentException">A span is too short or a stride too small; nothing has been written.</exception>
    public void AccumulateWeightGradient(
        ReadOnlySpan<T> dy, int lddy, ReadOnlySpan<T> x, int ldx, int rows, Span<T> workspace, WorkerPool? workers = null)
    {
        CheckRows(dy.Length, lddy, rows, Gates.Gates == 1 ? Gates.HiddenSize : Gates.Width); // one gate may come without its padding
        CheckRows(x.Length, ldx, rows, Depth);
        Span<T> gradient = _weight.Gradient.Slice(_firstRow * Depth, Gates.Rows * Depth);
        if (!_isDropped)
        {
            NeuralPrimitives.GemmTransposed(dy, lddy, Gates, x, ldx, rows, gradient, Depth, workspace, workers);
            return;
        }

        Span<T> mask = _mask!.Span, dropped = _dropped!.Span;
        dropped.Clear();
        NeuralPrimitives.GemmTransposed(dy, lddy, Gates, x, ldx, rows, dropped, Depth, workspace, workers);
        for (int i = 0; i < gradient.Length; i++)
        {
            gradient[i] += dropped[i] * mask[i];
        }
    }

    /// <summary>db += Σ_rows dY, for one or two biases in PyTorch's order.</summary>
    /// <param name="dy">[rows, width], row r at <paramref name="lddy"/>·r.</param>
    /// <param name="lddy">Elements from row to row of dY.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="first">[G·H], added to, or empty.</param>
    /// <param name="second">[G·H], added to, or empty.</param>
    /// <param name="workspace">At least <see cref="Gates"/>.<see cref="GateLayout.Width"/> elements.</param>
    /// <param name="workers">Threads that share the sums; null for the calling one alone.</param>
    /// <exception cref="ArgumentException">A span is too short or a stride too small; nothing has been written.</exception>
    public void AccumulateBiasGradient(
        ReadOnlySpan<T> dy, int lddy, int rows, Span<T> first, Span<T> second, Span<T> workspace, WorkerPool? workers = null)
    {
        CheckRows(dy.Length, lddy, rows, Gates.Width);
        Require.LengthOrEmpty(first.Length, Gates.Rows);
        Require.LengthOrEmpty(second.Length, Gates.Rows);
        Require.AtLeast(workspace.Length, Gates.Width);
        Span<T> sums = workspace[..Gates.Width];
        sums.Clear();
        NeuralPrimitives.ColumnSum(dy, lddy, rows, sums, workers);
        for (int g = 0; g < Gates.Gates; g++)
        {
            for (int u = 0; u < Gates.HiddenSize; u++)
            {
                T sum = sums[Gates.IndexOf(g, u)];
                int row = g * Gates.HiddenSize + u;
                if (!first.IsEmpty)
                {
                    first[row] += sum;
                }

                if (!second.IsEmpty)
                {
                    second[row] += sum;
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void CheckRows(int length, int stride, int rows, int columns,
        [CallerArgumentExpression(nameof(length))] string name = "")
    {
        if (rows < 0 || stride < columns || length < (rows == 0 ? 0 : (long)(rows - 1) * stride + columns))
        {
            // Apart, so that the check itself is three comparisons in a step of a tenth of a microsecond.
            Refuse(length, stride, rows, columns, name);
        }
    }

    private static void Refuse(int length, int stride, int rows, int columns, string name)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        ArgumentOutOfRangeException.ThrowIfLessThan(stride, columns);
        Require.AtLeast(length, rows == 0 ? 0 : (long)(rows - 1) * stride + columns, name);
    }

    private static ReadOnlySpan<float> AsFloat<TValue>(ReadOnlySpan<TValue> values)
        where TValue : unmanaged => MemoryMarshal.Cast<TValue, float>(values);

    private static Span<float> AsFloat<TValue>(Span<TValue> values)
        where TValue : unmanaged => MemoryMarshal.Cast<TValue, float>(values);

    /// <inheritdoc/>
    public override string ToString() =>
        $"{_weight.Name} rows {_firstRow} … {_firstRow + Gates.Rows - 1}, {Depth} → {Gates.Gates}×{Gates.HiddenSize}";
}
