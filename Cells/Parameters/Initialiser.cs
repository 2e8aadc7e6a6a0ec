using System.Numerics;
using FastRecurrent.Kernels;

namespace FastRecurrent.Cells;

/// <summary>First values for parameters. The network that owns them must <c>Pack</c> afterwards.</summary>
public static class Initialiser
{
    /// <summary>Uniform in ±√(6/(in + out)) (Glorot and Bengio 2010).</summary>
    /// <param name="weight">[out, in].</param>
    /// <param name="random">The source; its seed decides.</param>
    /// <exception cref="ArgumentException">The parameter is no matrix.</exception>
    public static void Xavier<T>(Parameter<T> weight, Random random)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        (int rows, int columns) = MatrixOf(weight);
        ArgumentNullException.ThrowIfNull(random);
        double bound = Math.Sqrt(6.0 / (rows + columns));
        foreach (ref T value in weight.Value)
        {
            value = Scalar.From<T>(Draws.Uniform(random, bound));
        }
    }

    /// <summary>
    /// Each [size, in] block of rows, one a gate, becomes a random matrix with orthonormal rows,
    /// or columns where it has fewer (Saxe et al. 2014).
    /// </summary>
    /// <param name="weight">[gates·size, in].</param>
    /// <param name="random">The source; its seed decides.</param>
    /// <param name="gates">Blocks.</param>
    /// <exception cref="ArgumentException">The parameter is no matrix of so many blocks.</exception>
    public static void Orthogonal<T>(Parameter<T> weight, Random random, int gates = 1)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        (int rows, int columns) = MatrixOf(weight);
        ArgumentNullException.ThrowIfNull(random);
        if (gates < 1 || rows % gates != 0)
        {
            throw new ArgumentException($"weight is {weight}, which has no {gates} equal blocks of rows.", nameof(weight));
        }

        int size = rows / gates, vectors = Math.Min(size, columns), length = Math.Max(size, columns);
        for (int gate = 0; gate < gates; gate++)
        {
            double[][] basis = OrthonormalVectors(vectors, length, random);
            Span<T> block = weight.Value.Slice(gate * size * columns, size * columns);
            for (int i = 0; i < size; i++)
            {
                for (int j = 0; j < columns; j++)
                {
                    block[i * columns + j] = Scalar.From<T>(size <= columns ? basis[i][j] : basis[j][i]);
                }
            }
        }
    }

    /// <summary>Sets the biases of an LSTM's forget gate so that they add up to <paramref name="value"/>:
    /// it begins by remembering (Gers et al. 2000).</summary>
    /// <param name="lstm">An LSTM with a forget gate of its own.</param>
    /// <param name="value">Usually 1.</param>
    /// <exception cref="ArgumentException">The LSTM has no forget gate.</exception>
    public static void ForgetBias<T>(Lstm<T> lstm, double value = 1)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(lstm);
        if (lstm.Options.Forget != ForgetGate.Standard)
        {
            throw new ArgumentException($"{lstm} has no forget gate of its own.", nameof(lstm));
        }

        int size = lstm.Options.HiddenSize;
        foreach ((string name, Parameter<T> parameter) in lstm.Parameters)
        {
            if (name.StartsWith("bias_", StringComparison.Ordinal))
            {
                parameter.Value.Slice(size, size).Fill(Scalar.From<T>(name.StartsWith("bias_ih", StringComparison.Ordinal) ? value : 0));
            }
        }
    }

    /// <summary>Gaussian vectors made orthonormal by Gram and Schmidt's method, twice, which loses no digits.</summary>
    private static double[][] OrthonormalVectors(int count, int length, Random random)
    {
        double[][] vectors = new double[count][];
        for (int i = 0; i < count; i++)
        {
            double[] vector = new double[length];
            for (int k = 0; k < length; k++)
            {
                vector[k] = Draws.Normal(random);
            }

            for (int pass = 0; pass < 2; pass++)
            {
                foreach (double[] other in vectors.AsSpan(0, i))
                {
                    double dot = Dot(vector, other);
                    for (int k = 0; k < length; k++)
                    {
                        vector[k] -= dot * other[k];
                    }
                }

                double norm = Math.Sqrt(Dot(vector, vector));
                for (int k = 0; k < length; k++)
                {
                    vector[k] /= norm;
                }
            }

            vectors[i] = vector;
        }

        return vectors;
    }

    private static double Dot(double[] a, double[] b)
    {
        double sum = 0;
        for (int k = 0; k < a.Length; k++)
        {
            sum += a[k] * b[k];
        }

        return sum;
    }

    private static (int Rows, int Columns) MatrixOf<T>(Parameter<T> weight)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(weight);
        return weight.Shape.Length == 2
            ? (weight.Shape[0], weight.Shape[1])
            : throw new ArgumentException($"weight is {weight}, which is no matrix.", nameof(weight));
    }
}
