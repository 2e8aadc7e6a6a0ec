using FastRecurrent.Graph;
using FastRecurrent.Kernels;
using FastRecurrent.Tests.Support;

namespace FastRecurrent.Tests.Graph;

/// <summary>Cells that look at others at fixed places: the recursive network, the N-ary Tree-LSTM and the Graph-Structured LSTM.</summary>
public class NaryCellTests
{
    [Fact]
    public void Recursive_gradients_equal_central_differences() => RandomCases.Hold(
        GraphCase.Cases(GraphKind.Chain, GraphKind.Acyclic), shape => shape.Shrink(), shape =>
    {
        Recursive<double> cell = new(shape.HiddenSize, shape.Seed % 2 == 0 ? Activation.Tanh : Activation.Sigmoid);
        cell.Initialise(shape.Seed);
        NarySchedule schedule = new(shape.Places(2, wholeOrNone: true), 2);
        RecursiveTape<double> tape = cell.CreateTape(shape.Nodes + 1);
        double[] x = Numbers.Random<double>(1, shape.Nodes * shape.HiddenSize), h = new double[x.Length],
            dh = Numbers.Random<double>(2, x.Length), dx = new double[x.Length];
        cell.Forward(schedule, x, h, tape);
        cell.Backward(dh, dx, tape);
        GradientCheck.Check(
            () =>
            {
                cell.Pack();
                cell.Forward(schedule, x, h, tape);
                return Layers.Dot(h, dh);
            },
            [Layers.Variable("x", x, dx), .. Layers.Variables(cell.Parameters)],
            shape.Seed);
    }, count: 60);

    /// <summary>h_t = f(W_left h_{t−1} + W_right x_t + b): with W_left = U and W_right = W the simple recurrent network.</summary>
    [Fact]
    public void Recursive_on_a_chain_is_the_simple_recurrent_network()
    {
        const int Size = 5, Steps = 7;
        Recursive<double> cell = new(Size);
        cell.Initialise(1);
        int[] places = new int[2 * (2 * Steps + 1)];
        Array.Fill(places, -1);
        for (int t = 0; t < Steps; t++)
        {
            (places[2 * (Steps + 1 + t)], places[2 * (Steps + 1 + t) + 1]) = (t == 0 ? 0 : Steps + t, t + 1);
        }

        double[] x = Numbers.Random<double>(1, (2 * Steps + 1) * Size), h = new double[x.Length], expected = x[..Size];
        cell.Forward(new NarySchedule(places, 2), x, h, cell.CreateTape(2 * Steps + 1));
        ReadOnlySpan<double> weight = cell.Parameters["weight"].Value, bias = cell.Parameters["bias"].Value;
        for (int t = 0; t < Steps; t++)
        {
            double[] next = new double[Size];
            for (int u = 0; u < Size; u++)
            {
                double sum = bias[u];
                for (int k = 0; k < Size; k++)
                {
                    sum += weight[u * 2 * Size + k] * expected[k] + weight[u * 2 * Size + Size + k] * x[(t + 1) * Size + k];
                }

                next[u] = Math.Tanh(sum);
                Assert.Equal(next[u], h[(Steps + 1 + t) * Size + u], 1e-12);
            }

            expected = next;
        }
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(2, true)]
    [InlineData(2, false)]
    [InlineData(3, true)]
    public void Nary_gradients_equal_central_differences(int arity, bool leavesOnly) => RandomCases.Hold(
        GraphCase.Cases(GraphKind.Chain, GraphKind.Acyclic), shape => shape.Shrink(), shape =>
    {
        NaryTreeLstm<double> cell = new(shape.InputSize, shape.HiddenSize, arity);
        cell.Initialise(shape.Seed);
        NarySchedule schedule = new(shape.Places(arity), arity);
        NaryTreeLstmTape<double> tape = cell.CreateTape(shape.Nodes + 1);
        double[] x = Numbers.Random<double>(1, shape.Nodes * shape.InputSize), h = new double[shape.Nodes * shape.HiddenSize],
            c = new double[h.Length];
        double[] dh = Numbers.Random<double>(2, h.Length), dc = Numbers.Random<double>(3, h.Length), dx = new double[x.Length];
        cell.Forward(schedule, x, h, c, tape, leavesOnly);
        cell.Backward(dh, dc, dx, tape);
        GradientCheck.Check(
            () =>
            {
                cell.Pack();
                cell.Forward(schedule, x, h, c, tape, leavesOnly);
                return Layers.Dot(h, dh) + Layers.Dot(c, dc);
            },
            [Layers.Variable("x", x, dx), .. Layers.Variables(cell.Parameters)],
            shape.Seed);
    }, count: 25);

    [Theory]
    [InlineData(GsLstmDirection.Forward, Activation.Identity)]
    [InlineData(GsLstmDirection.Backward, Activation.Tanh)]
    [InlineData(GsLstmDirection.Both, Activation.Tanh)]
    public void Graph_structured_gradients_equal_central_differences(GsLstmDirection direction, Activation candidate) => RandomCases.Hold(
        GraphCase.Cases(GraphKind.Chain, GraphKind.Forest), shape => shape.Shrink(), shape =>
    {
        GsLstm<double> cell =
            new(new GsLstmOptions
            {
                InputSize = shape.InputSize,
                HiddenSize = shape.HiddenSize,
                Direction = direction,
                Candidate = candidate
            });
        cell.Initialise(shape.Seed);
        GsLstmSchedule schedule = new(new Relatives(shape.Parents(), [.. shape.Shuffled().Select(time => (long)time)]));
        GsLstmTape<double> tape = cell.CreateTape(shape.Nodes + 1);
        double[] x = Numbers.Random<double>(1, shape.Nodes * shape.InputSize), h = new double[shape.Nodes * cell.OutputSize],
            c = new double[h.Length];
        double[] h0 = Numbers.Random<double>(4, cell.OutputSize), c0 = Numbers.Random<double>(5, cell.OutputSize);
        double[] dh = Numbers.Random<double>(2, h.Length), dc = Numbers.Random<double>(3, h.Length), dx = new double[x.Length];
        double[] dh0 = new double[h0.Length], dc0 = new double[c0.Length];
        cell.Forward(schedule, x, h, c, tape, h0, c0);
        cell.Backward(dh, dc, dx, tape, dh0, dc0);
        GradientCheck.Check(
            () =>
            {
                cell.Pack();
                cell.Forward(schedule, x, h, c, tape, h0, c0);
                return Layers.Dot(h, dh) + Layers.Dot(c, dc);
            },
            [Layers.Variable("x", x, dx), Layers.Variable("h0", h0, dh0), Layers.Variable("c0", c0, dc0),
                .. Layers.Variables(cell.Parameters)],
            shape.Seed);
    }, count: 25);

    [Fact]
    public void Nothing_is_allocated()
    {
        GraphCase shape = new(GraphKind.Acyclic, 14, 5, 20, 3);
        NarySchedule places = new(shape.Places(2, wholeOrNone: true), 2);
        Recursive<float> recursive = new(20);
        NaryTreeLstm<float> nary = new(5, 20);
        GsLstm<float> threads = new(new GsLstmOptions { InputSize = 5, HiddenSize = 20 });
        recursive.Initialise(1);
        nary.Initialise(2);
        threads.Initialise(3);
        RecursiveTape<float> recursiveTape = recursive.CreateTape(14);
        NaryTreeLstmTape<float> naryTape = nary.CreateTape(14);
        GsLstmTape<float> threadTape = threads.CreateTape(14);
        GsLstmSchedule schedule = new(new Relatives(shape.Parents(), [.. shape.Shuffled().Select(time => (long)time)]));
        float[] x = Numbers.Random<float>(1, 14 * 5), wide = Numbers.Random<float>(2, 14 * 20), h = new float[14 * 20],
            both = new float[14 * 40], dx = new float[x.Length];
        Assert.Equal(0, Numbers.AllocatedBytes(() =>
        {
            recursive.Forward(places, wide, h, recursiveTape);
            recursive.Backward(h, default, recursiveTape);
            recursive.Pack();
            nary.Forward(places, x, h, default, naryTape);
            nary.Backward(h, h, dx, naryTape);
            nary.Pack();
            threads.Forward(schedule, x, both, default, threadTape);
            threads.Backward(both, both, dx, threadTape);
            threads.Pack();
        }));
    }

    /// <summary>Gradients come with a tape, so that a cell that never has one pays nothing for them.</summary>
    [Fact]
    public void Packing_allocates_nothing_not_even_the_first_time()
    {
        Queue<(Recursive<float>, NaryTreeLstm<float>, GsLstm<float>)> unused = new(Enumerable.Range(0, 10).Select(_ =>
            (new Recursive<float>(20), new NaryTreeLstm<float>(5, 20),
            new GsLstm<float>(new GsLstmOptions { InputSize = 5, HiddenSize = 20 }))));
        Assert.Equal(0, Numbers.AllocatedBytes(() =>
        {
            (Recursive<float> recursive, NaryTreeLstm<float> nary, GsLstm<float> threads) = unused.Dequeue();
            recursive.Pack();
            nary.Pack();
            threads.Pack();
        }));
    }

    [Fact]
    public void Wrong_arguments_are_refused()
    {
        Recursive<float> recursive = new(2);
        RecursiveTape<float> tape = recursive.CreateTape(3);
        float[] rows = new float[6];
        Assert.Contains("Node 2 has one child",
            Assert.Throws<ArgumentException>(() => recursive.Forward(new NarySchedule([-1, -1, -1, -1, 0, -1], 2), rows, rows,
            tape)).Message);
        Assert.Contains("2 children, not 1",
            Assert.Throws<ArgumentException>(() => recursive.Forward(new NarySchedule([-1, 0, 1], 1), rows, rows, tape)).Message);
        Assert.Contains("places[1] is 3", Assert.Throws<ArgumentException>(() => new NarySchedule([-1, 3, -1], 1)).Message);
        Assert.Contains("cycle through node", Assert.Throws<ArgumentException>(() => new NarySchedule([1, 2, 0], 1)).Message);
        Assert.Contains("children a node", Assert.Throws<ArgumentException>(
            () =>
            {
                NaryTreeLstm<float> cell = new(1, 1, 3); cell.Forward(new NarySchedule([-1], 1), new float[1], new float[1], default,
            cell.CreateTape(1));
            }).Message);
        Assert.Contains("cycle through node", Assert.Throws<ArgumentException>(() => new Relatives([1, 0], [0, 1])).Message);
        Assert.Contains("is the same: 5", Assert.Throws<ArgumentException>(() => new Relatives([-1, 0, 0], [0, 5, 5])).Message);
    }
}
