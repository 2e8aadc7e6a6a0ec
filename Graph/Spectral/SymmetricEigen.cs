namespace FastRecurrent.Graph;

/// <summary>Eigenvalues and eigenvectors of a dense symmetric matrix by Jacobi rotations (Golub and Van Loan, §8.5): O(n³) a sweep,
/// about ten sweeps.</summary>
/// <remarks>Plain double arithmetic, for graphs of some hundred nodes. Every vector is orthogonal to the others to the last digits,
/// also for equal eigenvalues.</remarks>
internal static class SymmetricEigen
{
    private const int MaximumSweeps = 60;

    /// <summary>The eigenvalues, rising, and in column k of the second array the unit eigenvector of the k-th.</summary>
    /// <remarks>
    /// Of every vector the entry of largest magnitude is positive; of several that are equal but for rounding, the first, so that the
    /// choice does not hang on rounding.
    /// </remarks>
    /// <param name="matrix">[n, n], symmetric; overwritten.</param>
    public static (double[] Values, double[,] Vectors) Decompose(double[,] matrix)
    {
        int n = matrix.GetLength(0);
        double[,] rows = new double[n, n]; // row k becomes the eigenvector of matrix[k, k]
        double squares = 0;
        for (int i = 0; i < n; i++)
        {
            rows[i, i] = 1;
            for (int j = 0; j < n; j++)
            {
                squares += matrix[i, j] * matrix[i, j];
            }
        }

        double negligible = 1e-17 * Math.Sqrt(squares) / Math.Max(1, n);
        for (int sweep = 0; sweep < MaximumSweeps && Sweep(matrix, rows, negligible); sweep++)
        {
        }

        int[] order = [.. Enumerable.Range(0, n).OrderBy(k => matrix[k, k])];
        double[] values = new double[n];
        double[,] vectors = new double[n, n];
        for (int k = 0; k < n; k++)
        {
            values[k] = matrix[order[k], order[k]];
            double sign = Sign(rows, order[k]);
            for (int i = 0; i < n; i++)
            {
                vectors[i, k] = sign * rows[order[k], i];
            }
        }

        return (values, vectors);
    }

    /// <summary>Brings every element off the diagonal to zero in turn; later ones raise earlier ones again, but ever less.
    /// False if all are negligible.</summary>
    private static bool Sweep(double[,] a, double[,] rows, double negligible)
    {
        bool rotated = false;
        int n = a.GetLength(0);
        for (int p = 0; p < n - 1; p++)
        {
            for (int q = p + 1; q < n; q++)
            {
                if (Math.Abs(a[p, q]) > negligible)
                {
                    Rotate(a, rows, p, q);
                    rotated = true;
                }
            }
        }

        return rotated;
    }

    /// <summary>A ← Jᵀ A J with the rotation J of the plane (p, q) for which a_pq becomes zero.</summary>
    private static void Rotate(double[,] a, double[,] rows, int p, int q)
    {
        // t = tan φ is the smaller root of t² + 2τt − 1 = 0.
        double tau = (a[q, q] - a[p, p]) / (2 * a[p, q]);
        double t = Math.CopySign(1, tau) / (Math.Abs(tau) + Math.Sqrt(1 + tau * tau)), c = 1 / Math.Sqrt(1 + t * t), s = t * c;
        a[p, p] -= t * a[p, q];
        a[q, q] += t * a[p, q];
        a[p, q] = a[q, p] = 0;
        for (int k = 0; k < a.GetLength(0); k++)
        {
            if (k != p && k != q)
            {
                (double x, double y) = (a[p, k], a[q, k]);
                a[p, k] = a[k, p] = c * x - s * y;
                a[q, k] = a[k, q] = s * x + c * y;
            }

            (rows[p, k], rows[q, k]) = (c * rows[p, k] - s * rows[q, k], s * rows[p, k] + c * rows[q, k]);
        }
    }

    private static double Sign(double[,] rows, int row)
    {
        int n = rows.GetLength(0);
        double largest = 0;
        for (int i = 0; i < n; i++)
        {
            largest = Math.Max(largest, Math.Abs(rows[row, i]));
        }

        for (int i = 0; i < n; i++)
        {
            if (Math.Abs(rows[row, i]) >= (1 - 1e-10) * largest)
            {
                return Math.Sign(rows[row, i]);
            }
        }

        return 1;
    }
}
