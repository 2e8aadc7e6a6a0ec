using FastRecurrent.Bench;
using FastRecurrent.Bench.Measure;
using FastRecurrent.Bench.Plain;
using FastRecurrent.Bench.Results;
using FastRecurrent.Bench.Roof;
using FastRecurrent.Bench.Rows;
using FastRecurrent.Bench.Verify;
using FastRecurrent.Cells;
using FastRecurrent.Tests.Support;
using Spectre.Console;

namespace FastRecurrent.Tests.Bench;

/// <summary>The benchmark's own arithmetic, and that the baselines compute what ours does: a comparison of equals.</summary>
[Collection("progress bars, of which a console shows one at a time")]
public class BenchmarkTests
{
    [Fact]
    public void The_bound_is_the_longest_of_computing_reading_and_waiting()
    {
        Roofs roofs = new(100e9, 50e9, 0.5, 3, [new(1024, 200e9), new(4096, 50e9), new(65536, 80e9)]);
        Assert.Equal((1.0, Limit.Computing), roofs.Bound(new Work(100e9, 10e9, 1024)));
        Assert.Equal((2.0, Limit.Reading), roofs.Bound(new Work(100e9, 400e9, 1024)));
        Assert.Equal((10.0, Limit.Waiting), roofs.Bound(new Work(100e9, 400e9, 1024, Steps: 2, Depth: 4)));
        Assert.Equal(50e9, roofs.BandwidthFor(2048));
        Assert.Equal(80e9, roofs.BandwidthFor(1 << 30));
    }

    [Fact]
    public void Quartiles_are_interpolated()
    {
        Timing timing = Measurement.Summarise([4, 1, 3, 2, 5], 7);
        Assert.Equal(new Timing(3, 2, 4, 1, 7), timing);
        Assert.Equal(1.5, Measurement.Summarise([1, 2], 0).Median);
    }

    [Fact]
    public void Candidates_take_turns_and_their_bytes_are_counted()
    {
        List<char> calls = [];
        object? kept = null;
        Timing[] timings = Measurement.Run(
            [
                repeat => Log('a'),
                repeat =>
                {
                    Log('b');
                    for (int i = 0; i < repeat; i++)
                    {
                        kept = new byte[100];
                    }
                },
            ],
            TimeSpan.FromMilliseconds(50));
        Assert.NotNull(kept);
        Assert.Contains("abbaabba", string.Concat(calls.TakeLast(11)));
        Assert.InRange(timings[1].AllocatedBytes, 100, 200);

        void Log(char name)
        {
            if (calls.Count < 10_000_000)
            {
                calls.Add(name);
            }

            Thread.SpinWait(2000);
        }
    }

    [Fact]
    public void Bytes_are_those_of_all_rounds()
    {
        int calls = 0;
        object? kept = null;
        Timing[] timings = Measurement.Run(
            [
                (TimedCandidate)(repeat =>
                {
                    kept = ++calls % 2 == 0 ? new byte[1000] : kept;
                    return repeat; // a second a call: one call a round
                }),
            ],
            TimeSpan.FromMilliseconds(50));
        Assert.NotNull(kept);
        Assert.InRange(timings[0].AllocatedBytes, 400, 650);
    }

    [Theory]
    [InlineData("y yy yn yy yy ny", 2, 2.5, 1.75, 3.25, 1)] // rounds 1 and 4: the third began beside the second's disturbance
    [InlineData("n yn yn yn yn yn", 0, 3, 2, 4, 1)] // none: then all
    public void Rounds_beside_a_disturbance_do_not_count(string looks, int counted, double median, double lower, double upper, double least)
    {
        looks = looks.Replace(" ", "");
        int look = 0; // once before the first round, then after each of the two candidates: round r is under way at 2r + 1 and 2r + 2
        Timing[] timings = Measurement.Run(
            [(TimedCandidate)(repeat => look == 0 ? 1000 : (look + 1) / 2 * repeat), (TimedCandidate)(repeat => 1000 * repeat)],
            TimeSpan.Zero, isUndisturbed: () => looks[look++] == 'y');
        Assert.Equal(new Timing(median, lower, upper, least, 0) { Rounds = 5, Counted = counted }, timings[0]);
        Assert.Equal(1000, timings[1].Median);
    }

    [Fact]
    public void A_probe_looks_at_any_number_of_threads()
    {
        using CoreProbe one = new(1), more = new(Environment.ProcessorCount + 1);
        _ = one.HasCoreEach(); // yes, unless others use the core
        Assert.Equal(0, one.RoundTrip());
        Assert.False(more.HasCoreEach() && more.HasCoreEach() && more.HasCoreEach(), "More threads than cores have a core each.");
        Assert.InRange(more.RoundTrip(), 1e-9, 1);
        Assert.Equal(0, more.RoundTrip());
    }

    [Fact]
    public void A_step_that_waits_for_itself_has_the_rate_at_which_it_reads()
    {
        Roofs roofs = new(100e9, 50e9, 1e-9, 25e-9, [new(1 << 20, 400e9)]);
        RowResult row = new("One step, streaming", "LSTM", "H=16", new Work(4096, 8192, 8192, Steps: 1, Depth: 16),
            new Timing(89.5e-9, 0, 0, 0, 0), null);
        Assert.Equal("91.5 GB/s", RowTable.Create([row], roofs).Rows[1][3]);
    }

    [Fact]
    public void Bits_are_compared_not_numbers()
    {
        Assert.True(ThreadsCommand.HaveSameBits(Writes(float.NaN), Writes(float.NaN)));
        Assert.False(ThreadsCommand.HaveSameBits(Writes(0f), Writes(-0f)));

        static TimedRun Writes(float value) => new(_ => { }, [value]);
    }

    [Fact]
    public void Figures_stay_whole_on_a_narrow_console()
    {
        ResultTable table = new("what", "shape", ">median", ">rate", ">allocated");
        table.Add("Graph-Structured LSTM, both ways, there and back", "T=4 N=1000 D=64 H=64", "54.1 ms", "18.1 GFLOP/s", "0 B");
        using StringWriter text = new();
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, Out = new AnsiConsoleOutput(text) });
        console.Profile.Width = 80;
        console.Write(table.ToConsole());
        Assert.Contains("54.1 ms", text.ToString());
        Assert.Contains("18.1 GFLOP/s", text.ToString());
    }

    [Theory]
    [InlineData("peers", "--seconds", "-1")]
    [InlineData("peers", "--seconds", "NaN")]
    [InlineData("peers", "--filter", "no such row")]
    [InlineData("fuzz", "--minutes", "NaN")]
    [InlineData("fuzz", "--minutes", "1e300")]
    public void Wrong_arguments_are_told_before_anything_runs(params string[] arguments)
    {
        (int exitCode, string output, string errors) = BenchProcess.Run(arguments);
        Assert.Equal(1, exitCode);
        Assert.StartsWith(arguments[1], errors);
        Assert.DoesNotContain("Unhandled", errors);
        Assert.StartsWith("Description:", output.TrimStart());
    }

    [Fact]
    public async Task A_command_that_is_stopped_says_so_by_its_exit_code()
    {
        using CancellationTokenSource stop = new(TimeSpan.FromMilliseconds(300));
        Assert.Equal(130, await Commands.Fuzz().Parse("--minutes 10").InvokeAsync(cancellationToken: stop.Token));
        Assert.Equal(130, await Commands.MainJob().Parse("--quick").InvokeAsync(cancellationToken: stop.Token));
    }

    [Theory]
    [InlineData("verify")]
    [InlineData("rounded")]
    public void A_file_that_is_no_case_has_a_reason_and_no_figures(string command)
    {
        string path = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.safetensors");
        try
        {
            File.WriteAllText(path, "no golden case");
            string whole = Path.Combine(AppContext.BaseDirectory, "Golden", "lstm.safetensors");
            (int exitCode, string output, string errors) = BenchProcess.Run([command, path, whole]);
            Assert.Equal(1, exitCode);
            Assert.DoesNotContain("Unhandled", errors);
            Assert.Contains("header claims", output + errors);
            Assert.Contains("lstm ", output);
            Assert.DoesNotContain("0.0E", output);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void A_cancelled_measurement_stops() => Assert.Throws<OperationCanceledException>(
        () => Measurement.Run([repeat => Thread.SpinWait(100)], TimeSpan.FromSeconds(1), new CancellationToken(canceled: true)));

    [Theory]
    [InlineData(1.234e-9, "1.23 ns")]
    [InlineData(99.9e-6, "99.9 µs")]
    [InlineData(0.123, "123 ms")]
    [InlineData(2.0, "2.00 s")]
    [InlineData(9.996e-9, "10.0 ns")]
    [InlineData(99.96e-6, "100 µs")]
    [InlineData(999.6e-9, "1.00 µs")]
    [InlineData(0.9996, "1.00 s")]
    public void Times_have_three_digits(double seconds, string text) => Assert.Equal(text, Units.Time(seconds));

    [Fact]
    public void Rates_and_sizes_have_units()
    {
        Assert.Equal("1.50 GFLOP/s", Units.Rate(1.5e9, "FLOP/s"));
        Assert.Equal("2.00 TB/s", Units.Rate(2e12, "B/s"));
        Assert.Equal("1.00 TB/s", Units.Rate(999.6e9, "B/s"));
        Assert.Equal(("512 B", "16 KB", "2 MB"), (Units.Bytes(512), Units.Bytes(16384), Units.Bytes(2 << 20)));
        Assert.Equal("1.5 MB", Units.Bytes(1536 << 10));
    }

    [Fact]
    public void The_plain_lstm_computes_what_ours_does()
    {
        const int Steps = 4, Batch = 3, InputSize = 5, HiddenSize = 7;
        Lstm<float> lstm = new(new LstmOptions { InputSize = InputSize, HiddenSize = HiddenSize });
        lstm.Initialise(1);
        PlainLstm plain = PlainLstm.Of(lstm);
        float[] x = Numbers.Random<float>(1, Steps * Batch * InputSize), dy = Numbers.Random<float>(2, Steps * Batch * HiddenSize);
        float[] plainY = new float[dy.Length], plainDx = new float[x.Length];
        (float[] y, float[] dx) = ThereAndBack(lstm, Steps, Batch, x, dy);
        plain.Train(Steps, Batch, x, plainY, dy, plainDx);
        Close(y, plainY);
        Close(dx, plainDx);
        Close(lstm.Parameters["weight_ih_l0"].Gradient, plain.WeightIhGradient);
        Close(lstm.Parameters["weight_hh_l0"].Gradient, plain.WeightHhGradient);
        Close(lstm.Parameters["bias_ih_l0"].Gradient, plain.BiasGradient);
        plain.Run(Steps, Batch, x, plainY, new float[Batch * HiddenSize], new float[Batch * HiddenSize]);
        Close(y, plainY);
    }

    [Fact]
    public void The_plain_gru_computes_what_ours_does()
    {
        const int Steps = 4, Batch = 3, InputSize = 5, HiddenSize = 7;
        Gru<float> gru = new(new GruOptions { InputSize = InputSize, HiddenSize = HiddenSize });
        gru.Initialise(1);
        PlainGru plain = PlainGru.Of(gru);
        float[] x = Numbers.Random<float>(1, Steps * Batch * InputSize), dy = Numbers.Random<float>(2, Steps * Batch * HiddenSize);
        float[] plainY = new float[dy.Length], plainDx = new float[x.Length];
        (float[] y, float[] dx) = ThereAndBack(gru, Steps, Batch, x, dy);
        plain.Train(Steps, Batch, x, plainY, dy, plainDx);
        Close(y, plainY);
        Close(dx, plainDx);
        Close(gru.Parameters["weight_ih_l0"].Gradient, plain.WeightIhGradient);
        Close(gru.Parameters["weight_hh_l0"].Gradient, plain.WeightHhGradient);
        Close(gru.Parameters["bias_ih_l0"].Gradient, plain.BiasIhGradient);
        Close(gru.Parameters["bias_hh_l0"].Gradient, plain.BiasHhGradient);
        plain.Run(Steps, Batch, x, plainY, new float[Batch * HiddenSize]);
        Close(y, plainY);
    }

    [Fact]
    public void Every_row_runs()
    {
        foreach (BenchmarkRow row in MatrixRows.All(quick: true).Concat(SequenceRows.All(quick: true)))
        {
            (Candidate ours, Candidate? plain) = row.Create();
            ours(1);
            plain?.Invoke(1);
            Assert.True(row.Work.Flops > 0 && row.Work.Bytes > 0 && row.Work.WorkingSet > 0, row.ToString());
        }
    }

    [Fact]
    public void Every_operation_and_graph_cell_has_a_row()
    {
        foreach (BenchmarkRow row in OperationRows.All().Concat(GraphCellRows.All(quick: false)))
        {
            row.Create().Ours(1);
            Assert.True(row.Work.Bytes > 0, row.ToString());
        }
    }

    [Fact]
    public void Verify_reports_unknown_files_and_unknown_cells()
    {
        Assert.Throws<FileNotFoundException>(() => Verifier.Find(["no such file"]));
        string path = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.safetensors");
        try
        {
            new FastRecurrent.Models.SafeTensorsWriter().SetMetadata("cell", "unheard-of").SetMetadata("options", "{}")
                .SetMetadata("version", "1").Save(path);
            Assert.Equal(Verdict.Unsupported, Verifier.Verify(path).Verdict);
            File.WriteAllText(path, "no golden case");
            Assert.Equal(Verdict.Failed, Verifier.Verify(path).Verdict);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static (float[] Y, float[] Dx) ThereAndBack(RecurrentNetwork<float> network, int steps, int batch, float[] x, float[] dy)
    {
        float[] y = new float[dy.Length], dx = new float[x.Length];
        Tape<float> tape = network.CreateTape(steps, batch);
        network.Run(new SequenceInput<float> { Steps = steps, Batch = batch, X = x }, new SequenceOutput<float> { Y = y }, tape);
        network.Backward(new SequenceOutputGradient<float> { Y = dy }, new SequenceInputGradient<float> { X = dx }, tape);
        return (y, dx);
    }

    private static void Close(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.Equal(expected[i], actual[i], 1e-5f);
        }
    }
}
