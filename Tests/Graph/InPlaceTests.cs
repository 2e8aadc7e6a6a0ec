using FastRecurrent.Bench.Operations;
using FastRecurrent.Graph;
using FastRecurrent.Tests.Support;

namespace FastRecurrent.Tests.Graph;

/// <summary>What the operations on graphs do where a result is to stand in the memory of an operand: the same as elsewhere,
/// or nothing.</summary>
public class InPlaceTests
{
    // Inputs narrower than outputs, wider, as wide, and half as wide; in the last an AGC-LSTM takes its steps one by one.
    private static readonly Sizes[] _sizes =
        [new(3, 5, 3, 5, 3, 1), new(4, 9, 8, 4, 3, 2), new(3, 6, 4, 4, 2, 3), new(2, 5, 4, 2, 4, 4), new(1, 1, 2, 2, 0, 5),
            new(3, 400, 6, 6, 2, 6)];

    public static TheoryData<string> Names
    {
        get
        {
            HashSet<string> types = [.. typeof(CsrGraph).Assembly.GetExportedTypes().Select(type => type.Name.Split('`')[0])];
            return [.. Operation<double>.All.Where(operation => operation.Covers.All(method => types.Contains(method.Split('.')[0])))
                .Select(operation => operation.Name)];
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_result_in_the_memory_of_an_operand_is_right_or_refused(string name)
    {
        Operation<double> operation = Operation<double>.Named(name);
        foreach (Sizes sizes in _sizes)
        {
            OperationRun<double> apart = operation.Create(sizes);
            foreach (bool backward in apart.Backward is null ? new[] { false } : [false, true])
            {
                apart.Clear();
                Run(apart, backward);
                int[] used = [.. Enumerable.Range(0, apart.Operands.Count)
                    .Where(i => apart.Operands[i] is Operand<double> { IsUsed: true, Length: > 0 })];
                foreach (int read in used.Where(i => apart.Operands[i].Role is Role.Input or Role.Upstream))
                {
                    foreach (int written in used.Where(i => apart.Operands[i].Role is Role.Output or Role.Gradient))
                    {
                        Check(operation.Create(sizes), apart, read, written, shift: 0, backward);
                        Check(operation.Create(sizes), apart, read, written, shift: 1, backward);
                    }
                }
            }
        }
    }

    /// <summary>The call with a result that begins so many elements into an operand, against the call with all apart.</summary>
    private static void Check(OperationRun<double> run, OperationRun<double> apart, int read, int written, int shift, bool backward)
    {
        Operand<double> source = (Operand<double>)run.Operands[read], result = (Operand<double>)run.Operands[written];
        string what = $"{result.Name} in {source.Name}, {shift} on, of {run.Sizes.Shape}";
        if (backward)
        {
            run.Forward();
        }

        double[] memory = Numbers.Random<double>(1, Math.Max(source.Length, result.Length + shift));
        source.Values.AsSpan(0, source.Length).CopyTo(memory);
        double[] before = [.. memory];
        source.Place = (memory, 0);
        result.Place = (memory, shift);
        Exception? exception = Record.Exception(backward ? run.Backward! : run.Forward);
        if (exception is not null)
        {
            Assert.True(exception is ArgumentException { ParamName: not null }, $"{what}: {exception}");
            Numbers.AssertSameBits<double>(before, memory, what);
            (source.Place, result.Place) = (null, null);
            run.Clear();
            (backward ? run.Backward! : run.Forward)(); // a refusal leaves the tape as it was
        }
        else
        {
            memory.AsSpan(shift, result.Length).CopyTo(result.Values);
        }

        foreach ((Operand<double> expected, Operand<double> actual) in apart.Numbers.Zip(run.Numbers)
            .Where(pair => pair.First.IsUsed && pair.First.Role is Role.Output or Role.Gradient))
        {
            Numbers.AssertSameBits<double>(expected.Values, actual.Values, $"{what}: {actual.Name}");
        }

        foreach ((string name, var parameter) in backward && run.Parameters is not null ? run.Parameters : [])
        {
            Numbers.AssertSameBits<double>(apart.Parameters![name].Gradient, parameter.Gradient, $"{what}: {name}");
        }
    }

    private static void Run(OperationRun<double> run, bool backward)
    {
        if (backward)
        {
            run.Forward();
        }

        foreach (Operand operand in run.Operands)
        {
            operand.IsUsed = false;
        }

        (backward ? run.Backward! : run.Forward)();
    }
}
