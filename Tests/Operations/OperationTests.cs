using System.Numerics;
using FastRecurrent.Bench.Operations;
using FastRecurrent.Cells;
using FastRecurrent.Tests.Support;

namespace FastRecurrent.Tests.Operations;

/// <summary>What every public operation keeps to, each checked from its one description.</summary>
public class OperationTests(SharedRuns shared) : IClassFixture<SharedRuns>
{
    private static readonly Sizes[] _sizes = [.. Sizes.Edges, .. Enumerable.Range(100, 4).Select(Sizes.Random)];

    public static TheoryData<string> Names => [.. Operation<float>.All.Select(operation => operation.Name)];

    public static TheoryData<string> Differentiable =>
        [.. Operation<double>.All.Where(operation => Tensors(operation.Create(Sizes.Edges[0])).Count > 0)
            .Select(operation => operation.Name)];

    public static TheoryData<string> RowWise =>
        [.. Operation<float>.All.Where(operation => operation.IsRowWise).Select(operation => operation.Name)];

    [Theory]
    [MemberData(nameof(Differentiable))]
    public void Gradients_are_those_of_finite_differences(string name)
    {
        foreach (Sizes sizes in _sizes.Where(sizes => sizes.Rows * sizes.InputSize * sizes.HiddenSize < 1000))
        {
            OperationRun<double> run = Operation<double>.Named(name).Create(sizes);
            run.Pack();
            run.Forward();
            run.Backward!();
            GradientCheck.Check(() => Loss(run), Tensors(run), sizes.Seed);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void What_stood_in_an_output_or_was_computed_before_does_not_matter(string name)
    {
        Holds<float>();
        if (Operation<double>.All.Any(operation => operation.Name == name))
        {
            Holds<double>();
        }

        void Holds<T>()
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            foreach (Sizes sizes in _sizes)
            {
                OperationRun<T> run = Operation<T>.Named(name).Create(sizes), other = Operation<T>.Named(name).Create(sizes);
                Run(run);
                foreach (Operand<T> operand in Written(other).Where(operand => !operand.IsAddedTo))
                {
                    operand.Values.AsSpan(0, operand.Extent.Count).Fill(T.NaN);
                }

                Run(other);
                foreach ((Operand<T> expected, Operand<T> actual) in Written(run).Zip(Written(other)))
                {
                    for (int i = 0; i < expected.Extent.Count; i++)
                    {
                        if (T.IsNaN(actual.Values[i]) && T.IsZero(expected.Values[i]))
                        {
                            actual.Values[i] = T.Zero; // between the rows of strided operands nothing is written
                        }
                    }

                    Numbers.AssertSameBits<T>(expected.Values, actual.Values, $"{name} {sizes}: {expected.Name}");
                }

                AssertSameGradients(run, other);
            }
        }
    }

    [Theory]
    [MemberData(nameof(RowWise))]
    public void A_row_of_a_batch_gets_the_bits_it_gets_alone(string name)
    {
        foreach (Sizes sizes in _sizes.Where(sizes => sizes.Rows is > 1 and < 40))
        {
            Operation<float> operation = Operation<float>.Named(name);
            OperationRun<float> batch = operation.Create(sizes), alone = operation.Create(sizes with { Rows = 1 });
            Run(batch);
            for (int row = 0; row < sizes.Rows; row++)
            {
                foreach ((Operand all, Operand one) in batch.Operands.Zip(alone.Operands))
                {
                    if (all.Role is Role.Input or Role.Upstream)
                    {
                        Copy(all, one, row);
                    }
                }

                alone.Clear();
                Run(alone);
                OperationRun<float> expected = operation.Create(sizes with { Rows = 1 });
                foreach ((Operand<float> all, Operand<float> one, Operand<float> result) in
                    batch.Numbers.Zip(alone.Numbers, expected.Numbers)
                    .Where(item => item.First.Role is Role.Output or Role.Gradient && item.First.Extent.Rows is not null))
                {
                    result.CopyRow(all, row);
                    Numbers.AssertSameBits<float>(result.Values.AsSpan(0, result.Extent.Count), one.Values.AsSpan(0, one.Extent.Count),
                        $"{name} {sizes}: row {row} of {one.Name}");
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Threads_that_share_the_work_change_no_bit(string name)
    {
        foreach (Sizes sizes in _sizes.Append(new Sizes(3, 210, 19, 24, 6, 9)))
        {
            shared.HaveTheBitsOfOneThread(workers =>
            {
                OperationRun<float> run = Operation<float>.Named(name).Create(sizes with { Workers = workers });
                Run(run);
                return new(run.Parameters, [.. Written(run).Select(operand => operand.Values)]);
            });
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Nothing_is_allocated(string name)
    {
        Operation<float> operation = Operation<float>.Named(name);
        AllocatesNothing(operation, Sizes.Edges[5]);
        AllocatesNothing(operation, Sizes.Edges[5] with { Workers = shared.Pools[0] });
    }

    private static void AllocatesNothing(Operation<float> operation, Sizes sizes)
    {
        OperationRun<float> run = operation.Create(sizes);
        long bytes = Numbers.AllocatedBytes(() =>
        {
            run.Pack();
            run.Forward();
            run.Backward?.Invoke();
        });
        Assert.True(bytes == 0 == operation.Allocates is null,
            $"{operation} allocates {bytes} bytes{(sizes.Workers is null ? "" : " on two threads")}");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Wrong_lengths_are_named_and_nothing_is_written(string name)
    {
        Operation<float> operation = Operation<float>.Named(name);
        OperationRun<float> run = operation.Create(Sizes.Edges[0]);
        string[] parameters = [.. operation.Covers.SelectMany(PublicOperations.ParametersOf)];
        Run(run);
        foreach (Action call in run.Backward is null ? new[] { run.Forward } : [run.Forward, run.Backward])
        {
            Prepare();
            foreach (Operand operand in run.Operands)
            {
                operand.IsUsed = false;
            }

            call();
            foreach (Operand operand in run.Operands.Where(operand => operand.IsUsed).ToArray())
            {
                Prepare();
                if (!operand.MayBeShorter && operand.Length > 0)
                {
                    Throws(run, call, operand, -1, parameters, name);
                }

                if (!operand.MayBeLonger)
                {
                    Throws(run, call, operand, 1, parameters, name);
                }
            }

            void Prepare()
            {
                if (call != run.Forward)
                {
                    run.Forward(); // a tape is taken back once
                }
            }
        }
    }

    private static void Throws(OperationRun<float> run, Action call, Operand operand, int by, string[] parameters, string name)
    {
        byte[][] before = [.. Contents(run)];
        operand.Length += by;
        Exception? exception = Record.Exception(call);
        operand.Length -= by;
        string what = $"{name}: {operand.Name} with {operand.Length} {by:+0;-0} elements";
        ArgumentException error = exception as ArgumentException
            ?? throw new Xunit.Sdk.XunitException($"{what}: {exception?.ToString() ?? "is taken"}");
        string? parameter = error.ParamName;
        Assert.True(parameters.Contains(parameter?.Split('.')[^1]), $"{what}: '{parameter}' of «{error.Message}» is no parameter");
        foreach ((byte[] old, byte[] now, int i) in before.Zip(Contents(run), Enumerable.Range(0, before.Length)))
        {
            Assert.True(old.AsSpan().SequenceEqual(now), $"{what}: buffer {i} was written before the check");
        }
    }

    private static IEnumerable<byte[]> Contents(OperationRun<float> run) =>
    [
        .. run.Operands.Where(operand => operand.Role != Role.Workspace).Select(operand => operand.Bytes.ToArray()),
        .. (run.Parameters ?? Enumerable.Empty<KeyValuePair<string, Parameter<float>>>())
        .Select(item => System.Runtime.InteropServices.MemoryMarshal.AsBytes(item.Value.Gradient).ToArray()),
    ];

    private static void Copy(Operand all, Operand one, int row)
    {
        if (all.Extent.Rows is null)
        {
            all.Bytes.CopyTo(one.Bytes);
        }
        else
        {
            one.CopyRow(all, row);
        }
    }

    private static double Loss(OperationRun<double> run)
    {
        run.Clear();
        run.Pack();
        run.Forward();
        return run.Loss is { } loss ? loss() : run.Numbers.Where(operand => operand.Role == Role.Output && operand.HasGradient)
            .Sum(operand => Layers.Dot(operand.Values[..operand.Extent.Count], operand.Gradient.Values[..operand.Extent.Count]));
    }

    private static List<(string, ValuesOf, double[])> Tensors(OperationRun<double> run) =>
    [
        .. run.Numbers.Where(operand => operand.Role == Role.Input && operand.HasGradient && run.Backward is not null)
            .Select(operand => (operand.Name, (ValuesOf)(() => operand.Values.AsSpan(0, operand.Extent.Count)),
                operand.Gradient.Values[..operand.Extent.Count])),
        .. run.Parameters is null || run.Backward is null ? [] : Layers.Variables(run.Parameters),
    ];

    private static IEnumerable<Operand<T>> Written<T>(OperationRun<T> run)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => run.Numbers.Where(operand => operand.Role is Role.Output or Role.Gradient);

    private static void AssertSameGradients<T>(OperationRun<T> expected, OperationRun<T> actual)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (expected.Parameters is not null && actual.Parameters is not null)
        {
            foreach ((string name, Parameter<T> parameter) in expected.Parameters)
            {
                Numbers.AssertSameBits<T>(parameter.Gradient, actual.Parameters[name].Gradient, name);
            }
        }
    }

    private static void Run<T>(OperationRun<T> run)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        run.Pack();
        run.Forward();
        run.Backward?.Invoke();
    }

}
