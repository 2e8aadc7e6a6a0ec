namespace FastRecurrent.Cells;

/// <summary>Singular values by one-sided Jacobi rotations (Hestenes 1958), accurate to the last digits.</summary>
internal static class SingularValues
{
    private const int MaximumSweeps = 60;

    /// <summary>The largest singular value of a square matrix.</summary>
    public static double Largest(double[,] matrix)
    {
        int size = matrix.GetLength(0);
        double[,] a = (double[,])matrix.Clone();
        for (int sweep = 0; sweep < MaximumSweeps; sweep++)
        {
            bool rotated = false;
            for (int p = 0; p < size - 1; p++)
            {
                for (int q = p + 1; q < size; q++)
                {
                    rotated |= Orthogonalise(a, size, p, q);
                }
            }

            if (!rotated)
            {
                break;
            }
        }

        double largest = 0;
        for (int j = 0; j < size; j++)
        {
            double sum = 0;
            for (int i = 0; i < size; i++)
            {
                sum += a[i, j] * a[i, j];
            }

            largest = Math.Max(largest, sum);
        }

        return Math.Sqrt(largest);
    }

    /// <summary>Turns columns p and q until they are orthogonal; false if they are already.</summary>
    private static bool Orthogonalise(double[,] a, int size, int p, int q)
    {
        double alpha = 0, beta = 0, gamma = 0;
        for (int i = 0; i < size; i++)
        {
            alpha += a[i, p] * a[i, p];
            beta += a[i, q] * a[i, q];
            gamma += a[i, p] * a[i, q];
        }

        if (Math.Abs(gamma) <= 1e-15 * Math.Sqrt(alpha * beta) || gamma == 0)
        {
            return false;
        }

        double zeta = (beta - alpha) / (2 * gamma);
        double t = Math.CopySign(1, zeta) / (Math.Abs(zeta) + Math.Sqrt(1 + zeta * zeta)), c = 1 / Math.Sqrt(1 + t * t), s = c * t;
        for (int i = 0; i < size; i++)
        {
            (a[i, p], a[i, q]) = (c * a[i, p] - s * a[i, q], s * a[i, p] + c * a[i, q]);
        }

        return true;
    }
}
