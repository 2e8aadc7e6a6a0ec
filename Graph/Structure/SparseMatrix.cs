using System.Numerics;
using System.Runtime.CompilerServices;
using FastRecurrent.Kernels;

namespace FastRecurrent.Graph;

/// <summary>A sparse matrix A, with Aᵀ beside it for the way back. Checked once and never changed:
/// any number of threads may share it.</summary>
/// <remarks>
/// Row v of a graph's matrix holds what node v receives, <c>A[v, u] = w</c> for an edge u → v, so a graph that is not symmetric needs its
/// transpose for gradients. Entries that stand twice add up. Twice <c>4·rows + (4 + size of T)·entries</c> bytes.
/// </remarks>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed partial class SparseMatrix<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly T[] _values;
    private readonly T[] _transposedValues;
    private readonly CsrPattern _transposedPattern;

    /// <summary>A matrix; the values are copied.</summary>
    /// <param name="pattern">Its entries.</param>
    /// <param name="values">[count], in the order of the entries; empty if all are 1.</param>
    /// <exception cref="ArgumentException">There is not one value an entry.</exception>
    public SparseMatrix(CsrPattern pattern, ReadOnlySpan<T> values = default)
    {
        Require.Supported<T>();
        ArgumentNullException.ThrowIfNull(pattern);
        Require.LengthOrEmpty(values.Length, pattern.Count, shape: "one an entry");
        Pattern = pattern;
        _values = values.ToArray();
        _transposedPattern = pattern.Transpose(out int[] entries);
        _transposedValues = values.IsEmpty ? [] : Array.ConvertAll(entries, entry => _values[entry]);
    }

    private SparseMatrix(CsrPattern pattern, T[] values, CsrPattern transposedPattern, T[] transposedValues)
    {
        Pattern = pattern;
        _values = values;
        _transposedPattern = transposedPattern;
        _transposedValues = transposedValues;
    }

    /// <summary>Rows.</summary>
    public int Rows => Pattern.Rows;

    /// <summary>Columns.</summary>
    public int Columns => Pattern.Columns;

    /// <summary>Which entries there are.</summary>
    public CsrPattern Pattern { get; }

    /// <summary>[count], the values of the entries; empty if all are 1.</summary>
    public ReadOnlySpan<T> Values => _values;

    /// <summary>Aᵀ. Both share their memory.</summary>
    public SparseMatrix<T> Transpose() => new(_transposedPattern, _transposedValues, Pattern, _values);

    /// <summary>Y = A X, or Y += A X. Nothing is allocated.</summary>
    /// <remarks>Every element is one chain of fused multiply-adds in the order of the entries:
    /// the same bits at every vector width.</remarks>
    /// <param name="x">X [columns of A, features].</param>
    /// <param name="features">Columns of X and Y, ≥ 1.</param>
    /// <param name="y">Y [rows of A, features]; must not overlap <paramref name="x"/>.</param>
    /// <param name="accumulate">Adds to Y in place of writing it.</param>
    /// <param name="workers">Threads that share the product; null for the calling one alone.</param>
    /// <exception cref="ArgumentException">A size does not fit, or X and Y overlap; nothing has been written.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Multiply(ReadOnlySpan<T> x, int features, Span<T> y, bool accumulate = false, WorkerPool? workers = null) =>
        Product(Pattern, _values, x, features, y, accumulate, workers);

    /// <summary>Y = Aᵀ X, or Y += Aᵀ X: which takes the gradient of Y = A X to that of X. Nothing is allocated.</summary>
    /// <param name="x">X [rows of A, features].</param>
    /// <param name="features">Columns of X and Y, ≥ 1.</param>
    /// <param name="y">Y [columns of A, features]; must not overlap <paramref name="x"/>.</param>
    /// <param name="accumulate">Adds to Y in place of writing it.</param>
    /// <param name="workers">Threads that share the product; null for the calling one alone.</param>
    /// <exception cref="ArgumentException">A size does not fit, or X and Y overlap; nothing has been written.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void MultiplyTransposed(ReadOnlySpan<T> x, int features, Span<T> y, bool accumulate = false, WorkerPool? workers = null) =>
        Product(_transposedPattern, _transposedValues, x, features, y, accumulate, workers);

    /// <summary>The matrix with its zeros, [rows, columns] row-major.</summary>
    /// <exception cref="OverflowException">There are more elements than an array can have.</exception>
    public T[] ToDense()
    {
        T[] dense = new T[checked(Rows * Columns)];
        for (int row = 0; row < Rows; row++)
        {
            for (int entry = Pattern.Offsets[row]; entry < Pattern.Offsets[row + 1]; entry++)
            {
                dense[row * Columns + Pattern.Indices[entry]] += Value(entry);
            }
        }

        return dense;
    }

    /// <summary>
    /// The eigenvalue of largest magnitude by power iteration (von Mises 1929), in double. Of a Laplacian without negative weights, whose
    /// eigenvalues are not negative, that is the largest.
    /// </summary>
    /// <remarks>
    /// v ← A v / ‖A v‖ from a fixed random start, until ‖A v − ρ v‖ ≤ <paramref name="tolerance"/>·|ρ| with ρ = vᵀ A v. If A is symmetric,
    /// an eigenvalue lies within that distance of ρ, and the error of ρ is as a rule its square.
    /// Steps grow with 1 / the gap to the next eigenvalue. The iteration is over A 2⁻ᵏ, its largest entry in 1 … 2, so that nothing
    /// depends on the scale of A.
    /// </remarks>
    /// <param name="tolerance">The relative residual to reach, &gt; 0.</param>
    /// <param name="maxSteps">Steps before it gives up.</param>
    /// <exception cref="ArgumentOutOfRangeException">The tolerance is not positive.</exception>
    /// <exception cref="InvalidOperationException">The matrix is not square,
    /// or the steps did not suffice (as with two eigenvalues λ and −λ).</exception>
    public double LargestEigenvalue(double tolerance = 1e-6, int maxSteps = 100_000)
    {
        if (Rows != Columns)
        {
            throw new InvalidOperationException($"A matrix of {Rows} × {Columns} has no eigenvalues.");
        }

        if (!(tolerance > 0))
        {
            throw new ArgumentOutOfRangeException(nameof(tolerance), tolerance, "The residual never becomes smaller than 0.");
        }

        double largest = 0;
        for (int entry = 0; entry < Pattern.Count; entry++)
        {
            largest = Math.Max(largest, Math.Abs(Scalar.ToDouble(Value(entry))));
        }

        int exponent = largest > 0 ? Math.ILogB(largest) : 0;
        double[] scaled = new double[Pattern.Count], v = new double[Rows], product = new double[Rows];
        for (int entry = 0; entry < scaled.Length; entry++)
        {
            scaled[entry] = Math.ScaleB(Scalar.ToDouble(Value(entry)), -exponent);
        }

        Random random = new(1);
        foreach (ref double value in v.AsSpan())
        {
            value = 2 * random.NextDouble() - 1;
        }

        double residual = 0;
        Normalise(v);
        for (int step = 0; step < maxSteps; step++)
        {
            double rho = 0;
            for (int row = 0; row < Rows; row++)
            {
                double sum = 0;
                for (int entry = Pattern.Offsets[row]; entry < Pattern.Offsets[row + 1]; entry++)
                {
                    sum += scaled[entry] * v[Pattern.Indices[entry]];
                }

                product[row] = sum;
                rho += v[row] * sum;
            }

            residual = 0;
            for (int row = 0; row < Rows; row++)
            {
                double difference = product[row] - rho * v[row];
                residual += difference * difference;
            }

            residual = Math.Sqrt(residual);
            if (residual <= tolerance * Math.Abs(rho))
            {
                return Math.ScaleB(rho, exponent);
            }

            (v, product) = (product, v);
            Normalise(v);
        }

        throw new InvalidOperationException(
            $"Power iteration left a residual of {Math.ScaleB(residual, exponent):E2} after {maxSteps} steps; "
            + "ask for less, or for more steps.");
    }

    /// <inheritdoc/>
    public override string ToString() => $"sparse matrix of {Pattern}";

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Product(CsrPattern pattern, T[] values, ReadOnlySpan<T> x, int features, Span<T> y, bool accumulate,
        WorkerPool? workers)
    {
        Require.Positive(features);
        Require.Length(x.Length, (long)pattern.Columns * features, shape: "columns·features");
        Require.Length(y.Length, (long)pattern.Rows * features, shape: "rows·features");
        Require.Apart<T>(y, x);
        NeuralPrimitives.Aggregate(pattern, values, x, features, features, y, features, accumulate: accumulate, workers: workers);
    }

    private static void Normalise(double[] v)
    {
        double norm = Math.Sqrt(v.Sum(value => value * value));
        for (int i = 0; norm > 0 && i < v.Length; i++)
        {
            v[i] /= norm;
        }
    }

    private T Value(int entry) => _values.Length == 0 ? T.One : _values[entry];
}
