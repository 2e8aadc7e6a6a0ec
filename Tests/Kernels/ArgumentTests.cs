using System.Numerics;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using FastRecurrent.Bench.Guard;
using FastRecurrent.Cells;
using FastRecurrent.Kernels;
using FastRecurrent.Tests.Support;

namespace FastRecurrent.Tests.Kernels;

/// <summary>Every kernel refuses operands that do not fit before it writes: from the descriptions that the guard pages have.</summary>
public class ArgumentTests
{
    // The number that they return is an operand of the description, or a length is what the kernel goes by.
    private static readonly string[] _takeAnyLength = [nameof(NeuralPrimitives.Sum), nameof(NeuralPrimitives.Dot),
        nameof(NeuralPrimitives.ColumnSum)];

    // Kernels that read rows at strides: what follows the last row is no concern of theirs.
    private static readonly string[] _passOverMore =
    [
        nameof(NeuralPrimitives.GatherRows), nameof(NeuralPrimitives.ScatterRows), nameof(NeuralPrimitives.AggregateMax),
        nameof(NeuralPrimitives.AggregateHeads), nameof(NeuralPrimitives.AggregateHeadsBackward), nameof(NeuralPrimitives.SegmentDot),
        nameof(NeuralPrimitives.SegmentSoftmax), nameof(NeuralPrimitives.SegmentSoftmaxBackward),
    ];

    // Copies of any type.
    private static readonly string[] _takeAnyType =
        ["GateLayout.Interleave", nameof(NeuralPrimitives.GatherRows), nameof(NeuralPrimitives.ScatterRows), "new CsrPattern"];

    [LinuxFact]
    public void An_operand_with_one_element_too_few_is_refused_and_nothing_is_written()
    {
        Check<float>();
        Check<double>();

        static void Check<T>()
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            int refused = 0;
            ForEachOperand<T>(-1, _takeAnyLength, (operands, @case, n) =>
            {
                Exception? refusal = Record.Exception(() => @case.Run(operands, n));
                Assert.True(
                    refusal is ArgumentException && Regex.IsMatch(refusal.Message, @"needs (at least )?\d+ elements.*, but has \d+"),
                    $"{@case.Name} with n = {n} and operand {operands.ExcessOf} too short gives {refusal?.ToString() ?? "no exception"}");
                Assert.True(operands.AreUntouched(operands.ExcessOf),
                    $"{@case.Name} with n = {n} writes although operand {operands.ExcessOf} is too short");
                refused++;
            });
            Assert.InRange(refused, 400, int.MaxValue);
        }
    }

    [LinuxFact]
    public void Elements_after_the_last_row_are_passed_over() =>
        ForEachOperand<float>(1, KernelNames.All().Except(_passOverMore), (operands, @case, n) => @case.Run(operands, n));

    [LinuxFact]
    public void Other_types_than_float_and_double_are_refused_and_nothing_is_written()
    {
        GuardedOperands<Half> operands = new();
        foreach (GuardCase<Half> @case in GuardCase<Half>.Kernels().ExceptBy(_takeAnyType, @case => @case.Name))
        {
            for (int n = 0; n < 20; n++)
            {
                NotSupportedException refusal = Assert.Throws<NotSupportedException>(() => @case.Run(operands, n));
                Assert.Equal("Kernels exist for float and double, not for Half.", refusal.Message);
                Assert.True(operands.AreUntouched(0), @case.Name);
                Finish(operands);
            }
        }
    }

    [Fact]
    public void Dot_products_and_sums_of_columns_name_what_is_too_short()
    {
        Assert.Contains("y needs 3 elements, but has 2",
            Assert.Throws<ArgumentException>(() => NeuralPrimitives.Dot<float>(new float[3], new float[2])).Message);
        float[] sums = [1, 2];
        Assert.Contains("x needs at least 5 elements, but has 4",
            Assert.Throws<ArgumentException>(() => NeuralPrimitives.ColumnSum<float>(new float[4], 3, 2, sums)).Message);
        Assert.Equal("stride",
            Assert.Throws<ArgumentOutOfRangeException>(() => NeuralPrimitives.ColumnSum<float>(new float[4], 1, 2, sums)).ParamName);
        Assert.Equal("rows",
            Assert.Throws<ArgumentOutOfRangeException>(() => NeuralPrimitives.ColumnSum<float>(new float[4], 2, -1, sums)).ParamName);
        NeuralPrimitives.ColumnSum<float>([], 2, 0, sums);
        Assert.Equal([1, 2], sums);
    }

    [Fact]
    public void Null_is_named()
    {
        PackedMatrix<float> matrix = new(0, 16);
        Named("source", () => _ = new BFloat16Matrix(null!));
        Named("destination", () => new BFloat16Matrix(matrix).CopyTo(null!));
        Named("source", () => _ = new Int8Matrix(null!));
        Named("pattern", () => NeuralPrimitives.Aggregate<float>(null!, [], [], 0, 0, [], 0));
        Named("pattern", () => NeuralPrimitives.AggregateMax<float>(null!, [], 0, [], []));
        Named("pattern", () => NeuralPrimitives.AggregateHeads<float>(null!, [], [], 1, 1, []));
        Named("pattern", () => NeuralPrimitives.SegmentDot<float>(null!, [], [], 1, 1, []));
        Named("pattern", () => NeuralPrimitives.SegmentSoftmax<float>(null!, [], [], 1, 1, []));
        Named("byColumn", () => NeuralPrimitives.AggregateMaxBackward<float>(new CsrPattern([0], [], 0), null!, [], [], [], 1, []));
        Named("b", () => NeuralPrimitives.GateGemv<float>([], (PackedMatrix<float>)null!, [], []));
        Named("b", () => NeuralPrimitives.GateGemv([], (BFloat16Matrix)null!, [], []));
        Named("b", () => NeuralPrimitives.GateGemv([], (Int8Matrix)null!, [], []));
        Named("b", () => NeuralPrimitives.Gemm<float>([], 1, 1, null!, [], [], 1));
        Named("random", () => Initialiser.Xavier(new Parameter<float>("a", 2, 2), null!));
        Named("random", () => Initialiser.Orthogonal(new Parameter<float>("a", 2, 2), null!));
        Named("parameters", () => _ = new ParameterSet<float>((IEnumerable<Parameter<float>>)null!));
        Named("parameters", () => _ = new ParameterSet<float>([null!]));
        Named("other", () => new ParameterSet<float>().Join("", null!));
        Named("name", () => _ = new Parameter<float>(null!, 1));

        static void Named(string parameter, Action call) => Assert.Equal(parameter, Assert.Throws<ArgumentNullException>(call).ParamName);
    }

    [Fact]
    public void Rows_that_a_pattern_has_not_are_named()
    {
        CsrPattern pattern = new([0, 1, 2], [1, 0], 2);
        float[] two = new float[2];
        foreach (
            (int first, int rows,
            string parameter) in new[] { (-1, 1, "firstRow"), (3, -1, "firstRow"), (3, 0, "firstRow"), (0, 3, "rows"), (1, 2, "rows") })
        {
            Assert.Equal(parameter, Assert.Throws<ArgumentOutOfRangeException>(
                () => NeuralPrimitives.Aggregate<float>(pattern, default, two, 1, 1, two, 1, first, rows)).ParamName);
        }

        // Up to the end, and none at all after the last one.
        NeuralPrimitives.Aggregate<float>(pattern, default, two, 1, 1, two, 1, firstRow: 2);
        NeuralPrimitives.Aggregate<float>(pattern, default, two, 1, 1, two, 1, firstRow: 2, rows: 0);
    }

    [Fact]
    public void Sizes_of_products_are_named()
    {
        GateLayout layout = new(2, 3);
        int workspace = NeuralPrimitives.GetGemmTransposedWorkspaceLength(4);
        float[] c = new float[24];
        Named("columns", () => Transposed(32, 4, 1, 0));
        Named("depth", () => Transposed(32, 4, -1, 4));
        Named("lda", () => Transposed(31, 4, 1, 4));
        Named("ldb", () => Transposed(32, 3, 1, 4));
        Transposed(33, 5, 0, 4);
        NeuralPrimitives.GemmTransposed<float>(new float[3], 3, new GateLayout(1, 3), new float[4], 4, 1, new float[12], 4,
            new float[workspace]);
        PackedMatrix<float> b = new(3, 5);
        Named("rows", () => NeuralPrimitives.Gemm<float>(new float[9], 3, -1, b, default, new float[9], 5));
        Named("lda", () => NeuralPrimitives.Gemm<float>(new float[9], 2, 1, b, default, new float[9], 5));
        Named("ldc", () => NeuralPrimitives.Gemm<float>(new float[9], 3, 1, b, default, new float[9], 4));
        Named("depth", () => _ = new PackedMatrix<float>(-1, 1));
        Named("columns", () => _ = new PackedMatrix<float>(1, 0));
        Assert.All(c, value => Assert.Equal(0, value));

        void Transposed(int lda, int ldb, int depth, int columns) =>
            NeuralPrimitives.GemmTransposed<float>(new float[40], lda, layout, new float[8], ldb, depth, c, columns, new float[workspace]);

        static void Named(string parameter, Action call) =>
            Assert.Equal(parameter, Assert.Throws<ArgumentOutOfRangeException>(call).ParamName);
    }

    /// <summary>5,000,000 columns make for 2.5 billion elements, 8,388,640 for 2³² and a few.</summary>
    [Theory]
    [InlineData(5_000_000, 1)]
    [InlineData(8_388_640, 1)]
    [InlineData(int.MaxValue, 1)]
    [InlineData(100_000, 84)]
    public void Workspaces_that_no_array_holds_are_refused(int columns, int workers)
    {
        ArgumentOutOfRangeException refusal = Assert.Throws<ArgumentOutOfRangeException>(
            () => NeuralPrimitives.GetGemmTransposedWorkspaceLength(columns, workers));
        Assert.Equal("columns", refusal.ParamName);
        if (workers > 1 || columns == int.MaxValue)
        {
            return;
        }

        float[] b = new float[columns];
        ArgumentException tooShort = Assert.Throws<ArgumentException>(() => NeuralPrimitives.GemmTransposed<float>(
            new float[1], 1, new GateLayout(1, 1), b, columns, 1, b, columns, new float[24_576]));
        Assert.Contains($"workspace needs at least {512L * ((columns + 31) / 32 * 32) + 8192} elements", tooShort.Message);
        Linear<float> linear = new(columns, 1);
        Assert.Throws<ArgumentOutOfRangeException>(() => linear.WorkspaceLength);
        Srn<float> srn = new(new SrnOptions { InputSize = columns, HiddenSize = 1 });
        Assert.Throws<ArgumentOutOfRangeException>(() => srn.CreateTape(1, 1));
        Assert.Equal(1, srn.CreateWorkspace(1, 1).MaxRows);
    }

    [Fact]
    public void Rounded_matrices_name_what_does_not_fit()
    {
        float[] y = new float[32];
        PackedMatrix<float> odd = new(2, 20), even = new(2, 32);
        Assert.Equal("source needs a multiple of 16 columns, but has 20. (Parameter 'source')", Refusal(() => _ = new Int8Matrix(odd)));
        BFloat16Matrix half = new(odd);
        Assert.Equal("b needs a multiple of 16 columns, but has 20. (Parameter 'b')",
            Refusal(() => NeuralPrimitives.GateGemv(new float[2], half, default, y)));
        foreach (float[] bias in new[] { new float[1], new float[31] })
        {
            string expected = $"bias needs at least 32 elements, but has {bias.Length}. (Parameter 'bias')";
            Assert.Equal(expected, Refusal(() => NeuralPrimitives.GateGemv(new float[2], even, bias, y)));
            Assert.Equal(expected, Refusal(() => NeuralPrimitives.GateGemv(new float[2], new BFloat16Matrix(even), bias, y)));
            Assert.Equal(expected, Refusal(() => NeuralPrimitives.GateGemv(new float[2], new Int8Matrix(even), bias, y)));
            Assert.Equal(expected, Refusal(() => NeuralPrimitives.Gemm(new float[2], 2, 1, even, bias, y, 32)));
        }

        static string Refusal(Action call) => Assert.Throws<ArgumentException>(call).Message;
    }

    [Fact]
    public void Rows_of_patterns_are_theirs()
    {
        CsrPattern pattern = new([0, 1, 3], [1, 0, 1], 2);
        Assert.Equal([0, 1], pattern[1].ToArray());
        foreach (int row in new[] { -1, 2, int.MinValue, int.MaxValue })
        {
            ArgumentOutOfRangeException refusal = Assert.Throws<ArgumentOutOfRangeException>(() => pattern[row].Length);
            Assert.Equal("row", refusal.ParamName);
            Assert.StartsWith("row must be 0 … 1.", refusal.Message);
        }

        Assert.StartsWith("row cannot be: there are none.",
            Assert.Throws<ArgumentOutOfRangeException>(() => new CsrPattern([0], [], 0)[0].Length).Message);
    }

    [Fact]
    public void Activations_that_there_are_not_are_named()
    {
        float[] x = [1, -2], y = [3, 4];
        foreach (Activation none in new[] { (Activation)(-1), (Activation)99 })
        {
            Named(() => NeuralPrimitives.Activate<float>(none, x, y));
            Named(() => NeuralPrimitives.ActivateBackward<float>(none, x, x, y));
        }

        Assert.Equal([3, 4], y);
        NeuralPrimitives.Activate<float>(Activation.Identity, x, y);
        Assert.Equal(x, y);
        NeuralPrimitives.ActivateBackward<float>(Activation.Identity, x, [5, 6], y);
        Assert.Equal([5, 6], y);
        foreach (Activation activation in Enum.GetValues<Activation>())
        {
            Assert.Contains("dy needs 2 elements, but has 1",
                Assert.Throws<ArgumentException>(() => NeuralPrimitives.ActivateBackward<float>(activation, x, [1], y)).Message);
            Require.Defined(activation);
        }

        Activation wrong = (Activation)99;
        ArgumentOutOfRangeException refusal = Assert.Throws<ArgumentOutOfRangeException>(() => Require.Defined(wrong));
        Assert.Equal(("wrong", wrong), (refusal.ParamName, refusal.ActualValue));
        Assert.StartsWith("wrong must be one of Tanh, Relu, Sigmoid, Identity, SaturatedLinear.", refusal.Message);

        static void Named(Action call) => Assert.Equal("activation", Assert.Throws<ArgumentOutOfRangeException>(call).ParamName);
    }

    [Fact]
    public void Products_pass_over_elements_past_the_ends()
    {
        PackedMatrix<float> b = new(3, 5);
        b.PackTransposed(Numbers.Random<float>(1, 15), new GateLayout(1, 5));
        float[] a = Numbers.Random<float>(2, 10), bias = Numbers.Random<float>(3, 9), exact = new float[10],
            more = Numbers.Random<float>(4, 13), rest = more[10..];
        NeuralPrimitives.Gemm<float>(a.AsSpan(0, 6), 3, 2, b, bias.AsSpan(0, 5), exact, 5);
        NeuralPrimitives.Gemm<float>(a, 3, 2, b, bias, more, 5);
        Assert.Equal([.. exact, .. rest], more);
        NeuralPrimitives.GateGemv<float>(a, b, bias, more);
        Assert.Equal([.. exact[..5], .. exact[5..], .. rest], more);
    }

    [Fact]
    public void Patterns_must_be_whole()
    {
        Refused("offsets must begin with 0.", [], []);
        Refused("offsets must begin with 0.", [1, 1], [0]);
        Refused("offsets must not fall, but offsets[2] is 1 after 2.", [0, 2, 1], [0]);
        Refused("offsets must not fall, but offsets[1] is -1 after 0.", [0, -1, 0], []);
        Refused("offsets end with 1, but there are 2 indices.", [0, 1], [0, 0]);
        Refused("indices[1] is 3, which is not in 0 … 2.", [0, 2], [2, 3]);
        Refused("indices[0] is -1, which is not in 0 … 2.", [0, 1], [-1]);
        Assert.Equal("columns", Assert.Throws<ArgumentOutOfRangeException>(() => new CsrPattern([0], [], -1)).ParamName);
        Assert.Equal("columns", Assert.Throws<ArgumentOutOfRangeException>(() => new CsrPattern([0], [], Array.MaxLength)).ParamName);
        Assert.Equal(Array.MaxLength - 1, new CsrPattern([0], [], Array.MaxLength - 1).Columns);

        static void Refused(string message, int[] offsets, int[] indices) =>
            Assert.StartsWith(message,
                Assert.Throws<ArgumentException>(() => new CsrPattern(offsets.AsSpan(), indices.AsSpan(), 3)).Message);
    }

    [Fact]
    public void Lengths_are_counted_in_whole_multiples()
    {
        Assert.Equal([0, 0, 5, 2],
            [Require.MultipleOf(0, 0), Require.MultipleOf(0, 3), Require.MultipleOf(5, 1), Require.MultipleOf(6, 3)]);
        Assert.Throws<ArgumentException>(() => Require.MultipleOf(5, 0));
        ArgumentException refusal = Assert.Throws<ArgumentException>(() => Require.MultipleOf("abcdefg".Length, 3));
        Assert.Equal("\"abcdefg\" needs a multiple of 3 elements, but has 7.", refusal.Message.Split(" (Parameter")[0]);
        Assert.Equal("length", Assert.Throws<ArgumentOutOfRangeException>(() => new AlignedBuffer<float>(-1)).ParamName);
        Assert.Equal("length", Assert.Throws<ArgumentOutOfRangeException>(() => new AlignedBuffer<float>(1L << 32)).ParamName);
    }

    [Fact]
    public void Parts_of_a_buffer_stay_in_it()
    {
        AlignedBuffer<int> buffer = new(10);
        buffer.Span[5] = 3;
        Assert.Equal([0, 3, 0], buffer.AsMemory(4, 3).Span.ToArray());
        Assert.Equal([3], buffer.AsMemory(4, 6).Slice(1, 1).Span.ToArray());
        Assert.Equal(0, buffer.AsMemory(10, 0).Length);
        Assert.True(default(AlignedMemory<int>).Slice(0, 0).Span.IsEmpty);
        foreach ((int start, int length) in new[] { (-1, 2), (0, 11), (10, 1), (11, 0), (5, -1), (int.MaxValue, int.MaxValue) })
        {
            Assert.StartsWith($"{length} elements from {start} on",
                Assert.Throws<ArgumentOutOfRangeException>(() => buffer.AsMemory(start, length)).Message);
            Assert.Throws<ArgumentOutOfRangeException>(() => buffer.AsMemory(0, 10).Slice(start, length));
        }
    }

    /// <summary>Runs a check for all operands of kernels in turn, each with some elements more or fewer than it needs.</summary>
    private static void ForEachOperand<T>(int excess, IEnumerable<string> without, Action<GuardedOperands<T>, GuardCase<T>, int> check)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        GuardedOperands<T> operands = new();
        foreach (GuardCase<T> @case in GuardCase<T>.Kernels().ExceptBy(without, @case => @case.Name))
        {
            foreach (int n in new[] { 2, 6, 17 })
            {
                operands.Excess = 0;
                @case.Run(operands, n);
                int[] lengths = [.. operands.Lengths];
                Finish(operands);
                operands.Excess = excess;
                // One element fewer than one may mean none.
                foreach (int operand in Enumerable.Range(0, lengths.Length).Where(i => lengths[i] > 1))
                {
                    operands.ExcessOf = operand;
                    check(operands, @case, n);
                    Finish(operands);
                }
            }
        }
    }

    private static void Finish<T>(GuardedOperands<T> operands)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        operands.Finish(hash);
    }
}
