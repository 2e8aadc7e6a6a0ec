using System.Numerics;
using FastRecurrent.Kernels;

namespace FastRecurrent.Cells;

/// <summary>An autoregressive model, <c>y_t = w_0 + Σ_{k=1..K} w_k y_{t−k} + ε_t</c>, fitted by least squares.</summary>
/// <remarks>
/// The fit solves min Σ ε² over t = K … T − 1 by Householder's QR decomposition in double, which does not square the condition as the
/// normal equations would.
/// </remarks>
public sealed class AutoRegressive
{
    private readonly double[] _weights;

    private AutoRegressive(double[] weights) => _weights = weights;

    /// <summary>K.</summary>
    public int Order => _weights.Length - 1;

    /// <summary>w [K + 1], the constant first.</summary>
    public ReadOnlySpan<double> Weights => _weights;

    /// <summary>Fits a model.</summary>
    /// <param name="series">y [T], T &gt; 2K.</param>
    /// <param name="order">K ≥ 1.</param>
    /// <exception cref="ArgumentException">The series is too short for its order,
    /// or does not determine the weights (it is constant, say).</exception>
    public static AutoRegressive Fit<T>(ReadOnlySpan<T> series, int order)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Require.Positive(order);
        if (series.Length < 2L * order + 1)
        {
            throw new ArgumentException($"series has {series.Length} values; order {order} needs at least {2L * order + 1}.",
                nameof(series));
        }

        int rows = series.Length - order, columns = order + 1;
        Require.Product(nameof(order), rows, columns);

        foreach (T value in series)
        {
            if (!T.IsFinite(value))
            {
                throw new ArgumentException($"series holds {value}: a fit needs finite values.", nameof(series));
            }
        }

        double[,] design = new double[rows, columns];
        double[] target = new double[rows];
        for (int row = 0; row < rows; row++)
        {
            design[row, 0] = 1;
            for (int k = 1; k <= order; k++)
            {
                design[row, k] = Scalar.ToDouble(series[row + order - k]);
            }

            target[row] = Scalar.ToDouble(series[row + order]);
        }

        return new AutoRegressive(LeastSquares.Solve(design, target)
            ?? throw new ArgumentException($"series does not determine {columns} weights: its lags depend on each other.", nameof(series)));
    }

    /// <summary>The value that follows a past.</summary>
    /// <param name="past">At least K values, the newest last.</param>
    /// <exception cref="ArgumentException">The past is too short.</exception>
    public double Predict<T>(ReadOnlySpan<T> past)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Require.AtLeast(past.Length, Order);
        double sum = _weights[0];
        for (int k = 1; k <= Order; k++)
        {
            sum += _weights[k] * Scalar.ToDouble(past[^k]);
        }

        return sum;
    }

    /// <summary>ε, the part of a series that one-step predictions leave over.</summary>
    /// <param name="series">y [T].</param>
    /// <param name="residual">[T − K], written; no memory of the series.</param>
    /// <exception cref="ArgumentException">A length does not fit, or the two overlap; nothing has been written.</exception>
    public void GetResiduals<T>(ReadOnlySpan<T> series, Span<T> residual)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Require.Length(residual.Length, Math.Max(0, series.Length - Order));
        Require.Apart(residual, series);
        for (int i = 0; i < residual.Length; i++)
        {
            residual[i] = Scalar.From<T>(Scalar.ToDouble(series[i + Order]) - Predict(series[..(i + Order)]));
        }
    }

    /// <summary>Continues a series with the model's own predictions fed back.</summary>
    /// <param name="past">At least K values, the newest last.</param>
    /// <param name="forecast">[n], written; no memory of the last K values of the past.</param>
    /// <exception cref="ArgumentException">The past is too short, or the two overlap; nothing has been written.</exception>
    public void Forecast<T>(ReadOnlySpan<T> past, Span<T> forecast)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Require.AtLeast(past.Length, Order);
        Require.Apart(forecast, past[^Order..], otherName: nameof(past));
        for (int i = 0; i < forecast.Length; i++)
        {
            double sum = _weights[0];
            for (int k = 1; k <= Order; k++)
            {
                sum += _weights[k] * Scalar.ToDouble(k <= i ? forecast[i - k] : past[^(k - i)]);
            }

            forecast[i] = Scalar.From<T>(sum);
        }
    }

    /// <inheritdoc/>
    public override string ToString() => $"AR({Order}): {string.Join(", ", _weights.Select(weight => weight.ToString("G4")))}";
}
