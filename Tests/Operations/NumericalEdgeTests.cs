using FastRecurrent.Bench.Operations;
using FastRecurrent.Cells;
using FastRecurrent.Kernels;
using FastRecurrent.Models;

namespace FastRecurrent.Tests.Operations;

/// <summary>What docs/numerics.md says of NaN, infinities, saturation, denormals and empty sizes, for every public operation.</summary>
public class NumericalEdgeTests
{
    private static readonly Sizes _sizes = Sizes.Edges[0];

    public static TheoryData<string> Names => [.. Operation<float>.All.Select(operation => operation.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void NaN_reaches_all_that_depends_on_it_and_no_other_row(string name)
    {
        Operation<float> operation = Operation<float>.Named(name);
        foreach ((int operand, int at) in Places(operation))
        {
            float[][] normal = Outputs(operation, operand, at, value => value),
                moved = Outputs(operation, operand, at, value => value + 0.25f);
            float[][] poisoned = Outputs(operation, operand, at, _ => float.NaN);
            bool[][] others = OtherRows(operation, operand, at);
            for (int output = 0; output < normal.Length; output++)
            {
                for (int i = 0; i < normal[output].Length; i++)
                {
                    // A NaN norm clips nothing, and is returned.
                    bool depends = normal[output][i] != moved[output][i] && name != "clipping by norm";
                    if ((depends && !float.IsNaN(poisoned[output][i]))
                        || (others[output][i] && !normal[output][i].Equals(poisoned[output][i])))
                    {
                        Assert.Fail($"{name}: {poisoned[output][i]} at {i} of output {output}, with element {at} of operand {operand} NaN");
                    }
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Infinity_reaches_no_other_row(string name)
    {
        Operation<float> operation = Operation<float>.Named(name);
        foreach ((int operand, int at) in Places(operation))
        {
            float[][] normal = Outputs(operation, operand, at, value => value);
            bool[][] others = OtherRows(operation, operand, at);
            foreach (float infinity in new[] { float.PositiveInfinity, float.NegativeInfinity })
            {
                float[][] actual = Outputs(operation, operand, at, _ => infinity); // and nothing is thrown, forward or backward
                for (int output = 0; output < normal.Length; output++)
                {
                    for (int i = 0; i < normal[output].Length; i++)
                    {
                        if (others[output][i] && !normal[output][i].Equals(actual[output][i]))
                        {
                            Assert.Fail(
                                $"{name}: {actual[output][i]} at {i} of output {output}, with element {at} of operand {operand} "
                                + $"{infinity}");
                        }
                    }
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Large_values_saturate_and_denormal_ones_do_no_harm_there_and_back(string name)
    {
        foreach (float scale in new[] { 1e4f, 1e-40f, 0 })
        {
            OperationRun<float> run = Operation<float>.Named(name).Create(_sizes);
            foreach (Operand<float> input in run.Numbers.Where(operand => operand.Role == Role.Input))
            {
                foreach (ref float value in input.Values.AsSpan())
                {
                    value *= scale;
                }
            }

            RunThereAndBack(run);
            foreach (Operand<float> operand in run.Numbers.Where(operand => operand.Role is Role.Output or Role.Gradient))
            {
                Assert.True(operand.Values.AsSpan(0, operand.Extent.Count).ToArray().All(float.IsFinite),
                    $"{name}: {operand.Name} of inputs × {scale}");
            }

            foreach ((string parameter, Parameter<float> gradient) in run.Parameters
                ?? Enumerable.Empty<KeyValuePair<string, Parameter<float>>>())
            {
                Assert.True(gradient.Gradient.ToArray().All(float.IsFinite), $"{name}: gradient of {parameter} of inputs × {scale}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Without_rows_or_steps_parameters_have_no_gradient(string name)
    {
        Operation<float> operation = Operation<float>.Named(name);
        Sizes withoutRows = _sizes with { Rows = 0 }, withoutSteps = _sizes with { Steps = 0 };
        foreach (Sizes empty in operation.IsRowWise ? new[] { withoutRows, withoutSteps } : [withoutRows])
        {
            OperationRun<float> run = operation.Create(empty);
            RunThereAndBack(run);
            Operand<float>[] inputs =
                [.. run.Numbers.Where(operand => operand.Role == Role.Input && operand.Name.ToUpperInvariant() is not ("H0" or "C0"))];
            if (run.Parameters is not null && inputs.Length > 0 && inputs.All(operand => operand.Extent.Count == 0))
            {
                foreach ((string parameter, Parameter<float> gradient) in run.Parameters)
                {
                    Assert.True(gradient.Gradient.IndexOfAnyExcept(0f) < 0, $"{name} {empty}: {parameter}");
                }
            }
        }
    }

    /// <summary>The table of docs/numerics.md.</summary>
    [Fact]
    public void Activations_and_their_gradients_at_the_edges()
    {
        const float Least = 1.3e-38f;
        float[] x = [float.NaN, float.PositiveInfinity, float.NegativeInfinity, 1e4f, -1e4f, 1e-40f];
        Check(Activation.Tanh, [float.NaN, 1, -1, 1, -1, 0], [float.NaN, 0, 0, 0, 0, 1]);
        Check(Activation.Sigmoid, [float.NaN, 1, 0, 1, 0, 0.5f], [float.NaN, 0, 0, 0, 0, 0.25f]);
        Check(Activation.Relu, [float.NaN, float.PositiveInfinity, 0, 1e4f, 0, 0], [0, 1, 0, 1, 0, 1]);
        Check(Activation.SaturatedLinear, [float.NaN, 1, 0, 1, 0, 0], [0, 0, 0, 0, 0, 1]);
        Check(Activation.Identity, x, [1, 1, 1, 1, 1, 1]);

        void Check(Activation activation, float[] expected, float[] slopes)
        {
            float[] y = new float[x.Length], dx = new float[x.Length], dy = [1, 1, 1, 1, 1, 1];
            NeuralPrimitives.Activate<float>(activation, x, y);
            NeuralPrimitives.ActivateBackward<float>(activation, y, dy, dx);
            for (int i = 0; i < x.Length; i++)
            {
                Assert.True(y[i].Equals(expected[i]) || Math.Abs(y[i] - expected[i]) < Least, $"{activation}({x[i]}) = {y[i]}");
                Assert.True(dx[i].Equals(slopes[i]) || Math.Abs(dx[i] - slopes[i]) < Least, $"{activation}′({x[i]}) = {dx[i]}");
            }
        }
    }

    [Theory]
    [InlineData(1e30f)]
    [InlineData(3e38f)]
    [InlineData(1e-30f)]
    [InlineData(1e-44f)]
    public void Norms_of_float_gradients_neither_overflow_nor_underflow(float size)
    {
        Parameter<float> a = new("a", 1000), b = new("b", 24);
        ParameterSet<float> parameters = new(a, b);
        a.Gradient.Fill(size);
        b.Gradient.Fill(-size);
        double norm = Gradients.Norm(parameters), threshold = size < 1 ? norm / 4 : 1;
        Assert.Equal(32.0, norm / size, 1e-9);
        Assert.Equal(norm, Gradients.ClipByNorm(parameters, threshold));
        if (size > 1e-40f)
        {
            Assert.Equal(1, Gradients.Norm(parameters) / threshold, 1e-3);
        }
    }

    [Fact]
    public void Norms_of_double_gradients_leave_the_range_of_squares_and_NaN_clips_nothing()
    {
        Parameter<double> a = new("a", 4);
        ParameterSet<double> parameters = new(a);
        a.Gradient.Fill(1e300);
        Assert.Equal(2, Gradients.ClipByNorm(parameters, 1) / 1e300, 1e-12);
        Assert.Equal(1, Gradients.Norm(parameters), 1e-12);
        a.Gradient[2] = double.NaN;
        Assert.True(double.IsNaN(Gradients.ClipByNorm(parameters, 1e-3)));
        Assert.Equal([0.5, 0.5, double.NaN, 0.5], a.Gradient.ToArray());
    }

    [Fact]
    public void Adam_stands_still_where_a_float_gradient_has_no_square()
    {
        Parameter<float> weight = new("weight", 2);
        Adam<float> adam = new(new ParameterSet<float>(weight));
        weight.Value.Fill(1);
        weight.Gradient[0] = 2e19f;
        weight.Gradient[1] = 1;
        adam.Step();
        weight.Gradient.Fill(1);
        adam.Step();
        Assert.Equal(1, weight.Value[0]);
        Assert.True(weight.Value[1] < 1);
    }

    [Fact]
    public void Softmax_at_the_edges()
    {
        Check([3e38f, -3e38f], [1, 0], 3e38f);
        Check([1, float.NegativeInfinity], [1, 0], 1);
        Check([0, 0, float.NegativeInfinity], [0.5f, 0.5f, 0], MathF.Log(2));
        Check([0, -70], [1, 0], 0);
        Check([1, float.PositiveInfinity], [float.NaN, float.NaN], float.NaN);
        Check([float.NaN, 1], [float.NaN, float.NaN], float.NaN);
        Check([], [], float.NegativeInfinity);

        static void Check(float[] x, float[] expected, float logarithm)
        {
            float[] y = new float[x.Length];
            Assert.Equal(logarithm, NeuralPrimitives.Softmax<float>(x, y));
            Assert.Equal(expected, y);
        }
    }

    private static IEnumerable<(int Operand, int Element)> Places(Operation<float> operation)
    {
        OperationRun<float> run = operation.Create(_sizes);
        Operand<float>[] operands = [.. run.Numbers];
        return from operand in Enumerable.Range(0, operands.Length)
               where operands[operand].Role == Role.Input && operands[operand].Extent.Count > 0
               from at in new[] { 0, operands[operand].Extent.Count / 2, operands[operand].Extent.Count - 1 }.Distinct()
               select (operand, at);
    }

    private static float[][] Outputs(Operation<float> operation, int operand, int at, Func<float, float> change)
    {
        OperationRun<float> run = operation.Create(_sizes);
        float[] values = run.Numbers.ElementAt(operand).Values;
        values[at] = change(values[at]);
        run.Clear();
        run.Pack();
        run.Forward();
        float[][] outputs = [.. OutputsOf(run).Select(output => output.Values[..output.Extent.Count])];
        run.Backward?.Invoke();
        return outputs;
    }

    private static IEnumerable<Operand<float>> OutputsOf(OperationRun<float> run) =>
        run.Numbers.Where(operand => operand.Role == Role.Output && !operand.HoldsWholeNumbers);

    /// <summary>For every output, which elements are of rows that do not see that element of the operand.</summary>
    private static bool[][] OtherRows(Operation<float> operation, int operand, int at)
    {
        OperationRun<float> run = operation.Create(_sizes);
        Extent input = run.Numbers.ElementAt(operand).Extent;
        return
        [
            .. OutputsOf(run).Select(output => Enumerable.Range(0, output.Extent.Count)
                .Select(i => operation.IsRowWise && input.Rows is not null && output.Extent.Rows is not null
                && input.RowOf(at) != output.Extent.RowOf(i)).ToArray()),
        ];
    }

    private static void RunThereAndBack(OperationRun<float> run)
    {
        run.Clear();
        run.Pack();
        run.Forward();
        run.Backward?.Invoke();
    }

}
