namespace FastRecurrent.Cells;

/// <summary>Linear least squares by Householder's QR decomposition.</summary>
internal static class LeastSquares
{
    /// <summary>x that minimises ‖A x − b‖; null if the columns of A depend on each other. A and b are overwritten.</summary>
    public static double[]? Solve(double[,] a, double[] b)
    {
        int rows = a.GetLength(0), columns = a.GetLength(1);
        double[] scale = ScaleColumns(a);
        for (int k = 0; k < columns; k++)
        {
            // v = a_k ± ‖a_k‖ e_k reflects the rest of column k onto e_k; the sign avoids cancellation.
            double sum = 0;
            for (int i = k; i < rows; i++)
            {
                sum += a[i, k] * a[i, k]; // does not overflow: ScaleColumns brings values below 2, reflections keep norms
            }

            double norm = Math.Sqrt(sum);
            if (!(norm > 1e-13 * Math.Sqrt(rows)))
            {
                return null;
            }

            double pivot = a[k, k] > 0 ? -norm : norm;
            double head = a[k, k] - pivot, square = -head * pivot; // vᵀv / 2
            a[k, k] = head;
            for (int j = k + 1; j <= columns; j++)
            {
                double dot = 0;
                for (int i = k; i < rows; i++)
                {
                    dot += a[i, k] * (j < columns ? a[i, j] : b[i]);
                }

                dot /= square;
                for (int i = k; i < rows; i++)
                {
                    ref double target = ref j < columns ? ref a[i, j] : ref b[i];
                    target -= dot * a[i, k];
                }
            }

            a[k, k] = pivot; // R's diagonal; v is not needed any more
        }

        double[] x = new double[columns];
        for (int k = columns - 1; k >= 0; k--)
        {
            double sum = b[k];
            for (int j = k + 1; j < columns; j++)
            {
                sum -= a[k, j] * x[j];
            }

            x[k] = sum / a[k, k];
        }

        for (int k = 0; k < columns; k++)
        {
            x[k] *= scale[k];
        }

        return x;
    }

    /// <summary>Brings every column's largest value into [1, 2): whether columns depend on each other is no question of units.</summary>
    /// <returns>What each was multiplied with, powers of two: nothing is rounded.</returns>
    private static double[] ScaleColumns(double[,] a)
    {
        double[] scale = new double[a.GetLength(1)];
        for (int k = 0; k < scale.Length; k++)
        {
            double largest = 0;
            for (int i = 0; i < a.GetLength(0); i++)
            {
                largest = Math.Max(largest, Math.Abs(a[i, k]));
            }

            scale[k] = largest > 0 && double.IsFinite(largest) ? Math.ScaleB(1, -Math.ILogB(largest)) : 1;
            for (int i = 0; i < a.GetLength(0); i++)
            {
                a[i, k] *= scale[k];
            }
        }

        return scale;
    }
}
