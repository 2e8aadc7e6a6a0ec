using FastRecurrent.Cells;
using FastRecurrent.Tests.Support;

namespace FastRecurrent.Tests.Cells;

/// <summary>A step, a sequence, a batch and every vector width give the same bits.</summary>
public class NetworkBitTests
{
    [Fact]
    public void Every_sequence_of_a_batch_equals_its_own_run() => RandomCases.Hold(NetworkCase.Cases(), @case => @case.Shrink(), @case =>
    {
        NetworkRun<float> run = new(@case);
        run.Forward();
        RecurrentNetwork<float> network = run.Network;
        for (int b = 0; b < @case.Batch; b++)
        {
            int steps = run.Lengths.Length == 0 ? @case.Steps : run.Lengths[b];
            int cellStates = network.Directions * network.CellStateSize;
            float[] x = Sequence(run.X, @case, b, steps, @case.InputSize), y = new float[steps * network.OutputSize];
            float[] c = new float[steps * cellStates];
            float[] h = new float[network.StateRows * network.HiddenSize];
            network.Run(
                new SequenceInput<float>
                {
                    Steps = steps,
                    Batch = 1,
                    X = x,
                    H0 = Sequence(run.H0, @case, b, network.StateRows, network.HiddenSize),
                    C0 = Sequence(run.C0, @case, b, network.StateRows, network.CellStateSize),
                },
                new SequenceOutput<float> { Y = y, H = h, CellStates = c },
                network.CreateWorkspace(Math.Max(1, steps), 1));
            Numbers.AssertSameBits<float>(c, Sequence(run.CellStates, @case, b, steps, cellStates), $"c of sequence {b}");
            Numbers.AssertSameBits<float>(y, Sequence(run.Y, @case, b, steps, network.OutputSize), $"y of sequence {b}");
            Numbers.AssertSameBits<float>(h, Sequence(run.H, @case, b, network.StateRows, network.HiddenSize), $"h of sequence {b}");
            for (int t = steps; t < @case.Steps; t++)
            {
                Assert.All(
                    run.Y.AsSpan((t * @case.Batch + b) * network.OutputSize, network.OutputSize).ToArray(), value =>
                        Assert.Equal(0f, value));
                Assert.All(
                    run.CellStates.AsSpan((t * @case.Batch + b) * cellStates, cellStates).ToArray(), value => Assert.Equal(0f, value));
            }
        }
    });

    [Fact]
    public void Ragged_rows_equal_padded_ones() => RandomCases.Hold(NetworkCase.Cases(), @case => @case.Shrink(), @case =>
    {
        @case = @case with { Ragged = true };
        NetworkRun<float> run = new(@case);
        run.Forward();
        run.Backward();
        RecurrentNetwork<float> network = run.Network;
        int[] lengths = run.Lengths;
        int rows = lengths.Sum();
        int cellStates = network.Directions * network.CellStateSize;
        float[] y = new float[rows * network.OutputSize], dx = new float[rows * @case.InputSize], h = new float[run.H.Length];
        float[] c = new float[rows * cellStates];
        Tape<float> tape = network.CreateTape(@case.Steps, @case.Batch, Math.Max(1, rows));
        network.Run(
            new SequenceInput<float>
            {
                Steps = @case.Steps,
                Batch = @case.Batch,
                IsRagged = true,
                Lengths = lengths,
                X = Flat(run.X, @case.InputSize),
                H0 = run.H0,
                C0 = run.C0,
            },
            new SequenceOutput<float> { Y = y, H = h, CellStates = c },
            tape);
        network.Backward(
            new SequenceOutputGradient<float>
            {
                Y = Flat(run.DY, network.OutputSize),
                H = run.DH,
                C = run.DC,
                CellStates = Flat(run.DCellStates, cellStates),
            },
            new SequenceInputGradient<float> { X = dx }, tape);
        Numbers.AssertSameBits<float>(Flat(run.Y, network.OutputSize), y, "y");
        Numbers.AssertSameBits<float>(run.H, h, "h");
        Numbers.AssertSameBits<float>(Flat(run.CellStates, cellStates), c, "c");
        Numbers.AssertSameBits<float>(Flat(run.DX, @case.InputSize), dx, "dx");

        float[] Flat(float[] padded, int size) =>
            [.. lengths.SelectMany((length, b) => Sequence(padded, @case, b, length, size))];
    }, count: 60);

    [Fact]
    public void A_stream_equals_a_run() => RandomCases.Hold(
        NetworkCase.Cases(40),
        @case => @case.Shrink(),
        @case =>
        {
            @case = @case with { Bidirectional = false, Batch = 1, Ragged = false };
            NetworkRun<float> run = new(@case);
            RecurrentStream<float> stream = run.Network.CreateStream();
            run.Forward(run.Network.CreateWorkspace(@case.Steps, 1));
            int size = run.Network.HiddenSize, cellState = run.Network.CellStateSize;
            for (int layer = 0; layer < @case.Layers; layer++)
            {
                stream.SetState(layer, run.H0.AsSpan(layer * size, size), run.C0.AsSpan(layer * cellState, cellState));
            }

            float[] y = new float[size];
            for (int t = 0; t < @case.Steps; t++)
            {
                stream.Step(run.X.AsSpan(t * @case.InputSize, @case.InputSize), y);
                Numbers.AssertSameBits<float>(run.Y.AsSpan(t * size, size), y, $"step {t}");
                Numbers.AssertSameBits(y, stream.Output, "output");
                Numbers.AssertSameBits(run.CellStates.AsSpan(t * cellState, cellState), stream.GetCellState(@case.Layers - 1),
                    $"c of step {t}");
            }

            for (int layer = 0; layer < @case.Layers; layer++)
            {
                Numbers.AssertSameBits(run.H.AsSpan(layer * size, size), stream.GetHidden(layer), $"h of layer {layer}");
                Numbers.AssertSameBits(run.C.AsSpan(layer * cellState, cellState), stream.GetCellState(layer), $"c of layer {layer}");
            }
        });

    [Fact]
    public void A_long_sequence_of_a_wide_cell_equals_its_recorded_run()
    {
        // Products with the input are made beside the steps before, if nothing is recorded; 150 steps are more than one chunk of them.
        foreach (string variant in new[] { "lstm Standard None", "lstm Coupled Diagonal", "gru After Keeps", "part-lstm" })
        {
            foreach ((int inputSize, int hiddenSize, int steps) in new[] { (3, 100, 150), (90, 65, 21), (160, 72, 16), (64, 70, 15) })
            {
                NetworkRun<float> run = new(new NetworkCase(
                    variant, inputSize, hiddenSize, Layers: 2, Bidirectional: true, steps, Batch: 1, Ragged: false, Seed: steps));
                run.Forward();
                float[] y = [.. run.Y], h = [.. run.H], c = [.. run.CellStates];
                run.Forward(run.Network.CreateWorkspace(steps, 1));
                Numbers.AssertSameBits<float>(y, run.Y, $"{run.Case}: y");
                Numbers.AssertSameBits<float>(h, run.H, $"{run.Case}: h");
                Numbers.AssertSameBits<float>(c, run.CellStates, $"{run.Case}: c");
            }
        }
    }

    [Fact]
    public void A_recording_tape_and_a_workspace_give_the_same_bits_however_often_used() => RandomCases.Hold(
        NetworkCase.Cases(), @case => @case.Shrink(), @case =>
        {
            NetworkRun<float> run = new(@case);
            run.Forward();
            float[] y = [.. run.Y], h = [.. run.H], c = [.. run.C], cellStates = [.. run.CellStates];
            Tape<float> larger = run.Network.CreateWorkspace(@case.Steps + 3, @case.Batch + 2);
            for (int i = 0; i < 2; i++)
            {
                run.Forward(larger);
                Numbers.AssertSameBits<float>(y, run.Y, "y");
                Numbers.AssertSameBits<float>(h, run.H, "h");
                Numbers.AssertSameBits<float>(c, run.C, "c");
                Numbers.AssertSameBits<float>(cellStates, run.CellStates, "c of all steps");
            }
        }, count: 50);

    [Fact]
    public void Every_vector_width_gives_the_same_bits_forward_and_backward() =>
        Assert.Contains("LSTM", BenchProcess.RunAtEveryWidth("digest"));

    /// <summary>Rows of one sequence out of [rows, B, size].</summary>
    private static float[] Sequence(float[] values, NetworkCase @case, int b, int rows, int size)
    {
        float[] result = new float[rows * size];
        for (int row = 0; row < rows; row++)
        {
            values.AsSpan((row * @case.Batch + b) * size, size).CopyTo(result.AsSpan(row * size));
        }

        return result;
    }
}
