using FastRecurrent.Bench.Peers;
using FastRecurrent.Bench.Results;
using FastRecurrent.Cells;
using FastRecurrent.Models;

namespace FastRecurrent.Tests.Bench;

/// <summary>The comparison with other libraries, as far as it goes without any of them: rows, goals, models,
/// and what happens to a rival that errs.</summary>
public class PeersTests
{
    private const string Rival = "rival";

    [Fact]
    public void The_goals_are_those_that_were_set()
    {
        Assert.Equal("60 20 5 2.3 1.25 1 1", Goals("LSTM step", "ONNX Runtime (IoBinding)"));
        Assert.Equal("20 8 2.5 1.7 1.1", Goals("LSTM step", "oneDNN"));
        Assert.Equal("20 8 2.5 1.6 1.2", Goals("GRU step", "ONNX Runtime (IoBinding)"));
        Assert.Equal("20 8 2.5 1.6 1.2", Goals("GRU step", "oneDNN"));
        Assert.Equal("1.4 1.3 1.2 1.05 1.05 1.05 1.05", Goals("LSTM sequence", "ONNX Runtime (IoBinding)"));
        Assert.Equal("1.4 1.3 1.2 1.05 1.05 1.05 1.05", Goals("LSTM sequence", "oneDNN"));
        Assert.Equal("1.15 1.15 1.15", Goals("LSTM training", "oneDNN"));
        Assert.Equal("2.5 2.5 2.5", Goals("LSTM training", "PyTorch"));
        Assert.Equal("1 1 1 1 1 1 1", Goals("GEMM", "OpenBLAS"));
        Assert.Equal("1.2 1.2 1.2 1.2", Goals("Neighbour sum", "Eigen"));
        Assert.Equal("4 4 4 4", Goals("Neighbour sum", "PyTorch (sparse CSR)"));

        static string Goals(string section, string peer) => string.Join(' ', PeerRows.All.Where(row => row.Section == section)
            .SelectMany(row => row.Goals).Where(goal => goal.Peer == peer).Select(goal => FormattableString.Invariant($"{goal.AtLeast}")));
    }

    [Fact]
    public void Rows_have_names_of_their_own_and_can_be_picked()
    {
        Assert.Equal(PeerRows.All.Count, PeerRows.All.Select(row => (row.Work, row.Shape)).Distinct().Count());
        Assert.All(PeerRows.All,
            row => Assert.True(row.Cost.Flops > 0 && row.Cost.Bytes >= row.Cost.WorkingSet && row.Cost.WorkingSet > 0 && row.Size > 0,
            row.ToString()));
        Assert.Equal(PeerRows.All.Select(row => row.Section).Distinct(), PeerRows.Quick.Select(row => row.Section).Distinct());
        Assert.Equal(["H=8"], PeerRows.All.Where(row => row.Matches("gru step h=8")).Select(row => row.Shape));
    }

    [Theory]
    [InlineData(PeerCell.Lstm, PeerMode.Step)]
    [InlineData(PeerCell.Lstm, PeerMode.Sequence)]
    [InlineData(PeerCell.Gru, PeerMode.Step)]
    [InlineData(PeerCell.Gru, PeerMode.Sequence)]
    public void A_task_written_as_onnx_and_read_again_computes_the_same_bits(PeerCell cell, PeerMode mode)
    {
        RecurrentTask task = RecurrentTask.Create(cell, mode, mode == PeerMode.Step ? 1 : 3, 2, 5);
        using FastRecurrentPeer ours = new();
        using Contestant contestant = Assert.Single(ours.Enter(task with { Mode = PeerMode.Sequence }));
        contestant.Run(1);
        float[] y = contestant.GetOutputs()[0].Values;

        OnnxFile file = OnnxFile.Read(OnnxModels.Recurrent(task));
        RecurrentNetwork<float> network = OnnxRecurrent.Load<float>(file, "rnn").Network;
        network.Pack();
        float[] again = new float[y.Length];
        network.Run(
            new SequenceInput<float> { Steps = task.Steps, Batch = task.Batch, X = task.X },
            new SequenceOutput<float> { Y = again },
            network.CreateWorkspace(task.Steps, task.Batch));
        Assert.Equal(y, again);
    }

    [Fact]
    public void Absent_rivals_are_named_with_the_reason_and_the_way_to_get_them()
    {
        string nowhere = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}");
        PeerPlaces places = new() { Folder = nowhere, OpenBlas = "no-such-blas", Pythons = ["no-such-python"] };
        Assert.Empty(PeerFinder.Find(places, out IReadOnlyList<AbsentPeer> absent));
        Assert.Equal(["ONNX Runtime", "oneDNN", "PyTorch", "OpenBLAS", "Eigen", "C loops"], absent.Select(peer => peer.Peer));
        Assert.All(absent, peer => Assert.Contains("Bench/Peers/install.sh", peer.Reason));
        Assert.Contains(nowhere, absent[0].Reason);
        Assert.Contains("no-such-python", absent[2].Reason);
    }

    [Fact]
    public void A_rival_that_agrees_is_timed_in_turns_with_ours()
    {
        PeersReport report = Run(new Fake(error: 0));
        PeerResult row = Assert.Single(report.Rows);
        Assert.Equal(["FastRecurrent", Rival], row.Timings.Select(timing => timing.Peer));
        Assert.All(row.Timings,
            timing => Assert.True(timing is { LowerQuartile: > 0, LargestDifference: 0 } && timing.LowerQuartile <= timing.Median
            && timing.Median <= timing.UpperQuartile));
        Assert.Empty(report.Faults);
    }

    [Theory]
    [InlineData("LSTM sequence T=100 B=32 H=64", true)]
    [InlineData("LSTM training T=50 B=32 H=64", true)]
    [InlineData("LSTM sequence T=100 B=1 H=64", false)]
    [InlineData("GRU step H=8", false)]
    public void The_matrix_products_of_a_batch_are_timed_beside_it(string filter, bool hasProducts)
    {
        // The least bytes of up to three runs: the runtime, compiling a method anew, charges a thread with some now and then.
        double bytes = double.MaxValue;
        for (int i = 0; i < 3 && bytes > 0; i++)
        {
            PeersReport report = PeersJob.Run(
                new PeersOptions { Filter = filter, Duration = TimeSpan.FromMilliseconds(50) }, [], [], CancellationToken.None);
            PeerResult row = Assert.Single(report.Rows);
            Assert.Equal("FastRecurrent", Assert.Single(row.Timings).Peer);
            Assert.Equal(hasProducts, row.Products is { LowerQuartile: > 0 });
            bytes = Math.Min(bytes, row.Products?.AllocatedBytes ?? 0);
        }

        Assert.Equal(0, bytes);
    }

    [Theory]
    [InlineData(1e-3f, "'y' differs from ours by 0.001")]
    [InlineData(float.NaN, "differs from ours by NaN")]
    [InlineData(float.PositiveInfinity, "no number")]
    public void A_rival_that_computes_something_else_or_refuses_is_told_and_not_timed(float error, string message)
    {
        Fake rival = new(error);
        PeersReport report = Run(rival);
        Assert.Equal("FastRecurrent", Assert.Single(Assert.Single(report.Rows).Timings).Peer);
        PeerFault fault = Assert.Single(report.Faults);
        Assert.Equal(("LSTM step", "H=8", Rival), (fault.Work, fault.Shape, fault.Peer));
        Assert.Contains(message, fault.Message);
        Assert.Equal(0, rival.Open);
    }

    [Fact]
    public void A_missed_goal_is_told_and_an_absent_rival_has_none()
    {
        PeerResult row = new("GEMM", "GEMM", "[1]", 1, default, [Timing("FastRecurrent", 2), Timing("fast", 1), Timing("slow", 5)],
            [new("fast", 1.25), new("slow", 2), new("absent", 9)]);
        string[] lines = [.. PeersCommand.Goals([row])];
        Assert.Equal(["1 of 2 goals reached", "missed: GEMM [1] against fast: 0.50×, goal 1.25×, 60 % short"], lines);
        Assert.Equal(lines[1] + "; of our 2.00 s the matrix products by themselves take 1.50 s",
            PeersCommand.Goals([row with { Products = Timing("products alone", 1.5) }]).Last());

        static PeerTiming Timing(string peer, double seconds) => new(peer, seconds, seconds, seconds, 0, 0);
    }

    private static PeersReport Run(Peer rival) => PeersJob.Run(
        new PeersOptions { Filter = "LSTM step H=8", Duration = TimeSpan.FromMilliseconds(50) }, [rival], [], CancellationToken.None);

    /// <summary>Does ours again and errs by so much; refuses if that is not finite.</summary>
    private sealed class Fake(float error) : Peer
    {
        private readonly FastRecurrentPeer _ours = new();

        public int Open { get; private set; }

        public override string Description => Rival;

        public override IEnumerable<Contestant> Enter(PeerTask task)
        {
            if (float.IsInfinity(error))
            {
                throw new InvalidOperationException("no number");
            }

            Open++;
            yield return new Copy(this, _ours.Enter(task).Single());
        }

        private sealed class Copy(Fake fake, Contestant inner) : Contestant(Rival)
        {
            private readonly float _error = fake.Error;

            public override void Reset() => inner.Reset();

            public override void Run(int repeat) => inner.Run(repeat);

            public override IReadOnlyList<PeerOutput> GetOutputs() =>
                [.. inner.GetOutputs().Select(output => output with { Values = Array.ConvertAll(output.Values, value => value + _error) })];

            public override void Dispose()
            {
                fake.Open--;
                inner.Dispose();
                base.Dispose();
            }
        }

        private float Error => error;
    }
}
