using System.Numerics;
using FastRecurrent.Kernels;

namespace FastRecurrent.Cells;

/// <summary>The norms by which gradients are measured.</summary>
/// <param name="Spectral">The largest singular value: the most that a gradient can grow.</param>
/// <param name="Frobenius">The root of the sum of squares.</param>
public readonly record struct FlowNorm(double Spectral, double Frobenius);

/// <summary>
/// How gradients flow back through a run of a simple recurrent network (Pascanu et al. 2013): vanishing, steady or exploding.
/// </summary>
/// <remarks>
/// <code>
/// J_t = diag f′(z_t) U      ∂h_T/∂h_k = J_T J_{T−1} … J_{k+1}      γ_k = ‖J_k‖
/// </code>
/// A measurement, not a hot path: it allocates, and takes O(T H³) operations in double.
/// </remarks>
public sealed class GradientFlow
{
    private GradientFlow(FlowNorm[] flow, FlowNorm[] factors)
    {
        Flow = flow;
        Factors = factors;
    }

    /// <summary>‖∂h_T/∂h_k‖ for k = 0 … T; the last one is that of the identity.</summary>
    public IReadOnlyList<FlowNorm> Flow { get; }

    /// <summary>γ_k = ‖∂h_k/∂h_{k−1}‖ for k = 1 … T.</summary>
    public IReadOnlyList<FlowNorm> Factors { get; }

    /// <summary>Measures the flow along one sequence.</summary>
    /// <param name="network">An Elman network of one layer and one direction.</param>
    /// <param name="x">[T, D].</param>
    /// <param name="h0">[H]; empty for zeros.</param>
    /// <exception cref="ArgumentException">The network is another, or a size does not fit.</exception>
    public static GradientFlow Measure<T>(Srn<T> network, ReadOnlySpan<T> x, ReadOnlySpan<T> h0 = default)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(network);
        if (network.StateRows != 1 || network.Options.Recurrence != SrnRecurrence.Elman)
        {
            throw new ArgumentException($"Gradient flow is that of an Elman network of one layer and direction, not of {network}.",
                nameof(network));
        }

        int size = network.HiddenSize, steps = Require.MultipleOf(x.Length, network.InputSize);
        T[] y = new T[steps * size];
        if (steps > 0)
        {
            network.Run(
                new SequenceInput<T> { Steps = steps, Batch = 1, X = x, H0 = h0 }, new SequenceOutput<T> { Y = y },
                network.CreateWorkspace(steps, 1));
        }

        T[] slopes = new T[y.Length];
        slopes.AsSpan().Fill(T.One);
        NeuralPrimitives.ActivateBackward<T>(network.Options.Activation, y, slopes, slopes);
        ReadOnlySpan<T> u = network.Parameters["weight_hh_l0"].Value;
        FlowNorm[] flow = new FlowNorm[steps + 1], factors = new FlowNorm[steps];
        double[,] product = new double[size, size];
        for (int i = 0; i < size; i++)
        {
            product[i, i] = 1;
        }

        flow[steps] = NormOf(product);
        for (int t = steps; t >= 1; t--)
        {
            double[,] jacobian = new double[size, size];
            for (int i = 0; i < size; i++)
            {
                double slope = Scalar.ToDouble(slopes[(t - 1) * size + i]);
                for (int j = 0; j < size; j++)
                {
                    jacobian[i, j] = slope * Scalar.ToDouble(u[i * size + j]);
                }
            }

            factors[t - 1] = NormOf(jacobian);
            product = Multiply(product, jacobian);
            flow[t - 1] = NormOf(product);
        }

        return new GradientFlow(flow, factors);
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        double perStep = Factors.Count == 0 ? 1 : Math.Pow(Flow[0].Spectral, 1.0 / Factors.Count);
        return $"gradient flow over {Factors.Count} steps: ‖∂h_T/∂h_0‖ = {Flow[0].Spectral:G4}, {perStep:G3} a step, "
            + $"{(perStep < 0.9 ? "vanishing" : perStep > 1.1 ? "exploding" : "steady")}";
    }

    private static double[,] Multiply(double[,] a, double[,] b)
    {
        int size = a.GetLength(0);
        double[,] c = new double[size, size];
        for (int i = 0; i < size; i++)
        {
            for (int k = 0; k < size; k++)
            {
                double factor = a[i, k];
                for (int j = 0; j < size; j++)
                {
                    c[i, j] += factor * b[k, j];
                }
            }
        }

        return c;
    }

    private static FlowNorm NormOf(double[,] matrix)
    {
        double largest = 0;
        foreach (double value in matrix)
        {
            largest = Math.Max(largest, Math.Abs(value));
        }

        if (largest == 0 || !double.IsFinite(largest))
        {
            return new FlowNorm(largest, largest);
        }

        // Scaled by the largest entry, so that squares of vanishing products do not underflow.
        int size = matrix.GetLength(0);
        double[,] scaled = new double[size, size];
        double sum = 0;
        for (int i = 0; i < matrix.Length; i++)
        {
            double value = matrix[i / size, i % size] / largest;
            scaled[i / size, i % size] = value;
            sum += value * value;
        }

        return new FlowNorm(largest * SingularValues.Largest(scaled), largest * Math.Sqrt(sum));
    }
}
