using FastRecurrent.Bench.Measure;
using FastRecurrent.Bench.Operations;
using FastRecurrent.Bench.Roof;

namespace FastRecurrent.Bench.Rows;

/// <summary>The rows that come from the descriptions of all operations.</summary>
internal static class OperationRows
{
    /// <summary>Each operation forward, and where there is a way back there and back.</summary>
    public static IEnumerable<BenchmarkRow> All()
    {
        foreach (Operation<float> operation in Operation<float>.All)
        {
            yield return Row("Every operation", operation, Sizes.Small, backward: false);
            if (operation.Create(Sizes.Small).Backward is not null)
            {
                yield return Training("Every operation", operation, Sizes.Small);
            }
        }
    }

    /// <summary>An operation forward and backward.</summary>
    public static BenchmarkRow Training(string section, Operation<float> operation, Sizes sizes) =>
        Row(section, operation, sizes, backward: true);

    private static BenchmarkRow Row(string section, Operation<float> operation, Sizes sizes, bool backward)
    {
        OperationRun<float> run = operation.Create(sizes);
        long bytes = run.Operands.Sum(operand => (long)operand.Bytes.Length) + sizeof(float) * (run.Parameters?.ElementCount ?? 0);
        Candidate forward = repeat =>
        {
            for (int i = 0; i < repeat; i++)
            {
                run.Forward();
            }
        }, both = repeat =>
        {
            for (int i = 0; i < repeat; i++)
            {
                run.Forward();
                run.Backward!();
            }
        };
        return new BenchmarkRow(
            section, backward ? $"{operation.Name}, there and back" : operation.Name, sizes.Shape,
            new Work((backward ? 3 : 1) * run.Flops, bytes, bytes),
            () => (backward ? both : forward, null));
    }
}
