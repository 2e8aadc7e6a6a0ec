using FastRecurrent.Bench.Plain;
using FastRecurrent.Bench.Roof;
using FastRecurrent.Cells;

namespace FastRecurrent.Bench.Rows;

/// <summary>LSTM and GRU: streaming steps, sequences, training. Input size = hidden size, float, one thread.</summary>
public static class SequenceRows
{
    internal const string StepSection = "One step, streaming";

    /// <summary>All rows, or some of each kind for a quick run.</summary>
    public static IEnumerable<BenchmarkRow> All(bool quick)
    {
        int[] sizes = quick ? [32, 128] : [8, 16, 32, 64, 128, 256, 512, 1024];
        return
        [
            .. sizes.Select(size => LstmStep(size, null)),
            .. sizes.Where(size => size >= 64).Select(size => LstmStep(size, RoundedWeights.BFloat16)),
            .. sizes.Where(size => size >= 64).Select(size => LstmStep(size, RoundedWeights.Int8)),
            .. sizes.Select(GruStep),
            .. (quick ? [128] : new[] { 64, 128, 256 }).Select(size => LstmRun(100, 1, size)),
            .. (quick ? [128] : new[] { 64, 128, 256 }).Select(size => GruRun(100, 1, size)),
            .. (quick ? [128] : new[] { 64, 128, 256, 512 }).Select(size => LstmRun(100, 32, size)),
            .. (quick ? [128] : new[] { 64, 128, 256 }).Select(size => GruRun(100, 32, size)),
            .. (quick ? [64] : new[] { 64, 128, 256 }).Select(size => LstmTraining(50, 32, size)),
            .. (quick ? [64] : new[] { 64, 128, 256 }).Select(size => GruTraining(50, 32, size)),
            DenormalStep(denormal: false),
            DenormalStep(denormal: true),
        ];
    }

    private static BenchmarkRow LstmStep(int size, RoundedWeights? rounded) => new(
        StepSection, rounded is null ? "LSTM" : $"LSTM, {rounded} weights", $"H={size}",
        StepWork(4, size, rounded switch { null => 4, RoundedWeights.BFloat16 => 2, _ => 1 }), () =>
    {
        Lstm<float> lstm = BenchNetworks.Lstm(size);
        if (rounded is { } format)
        {
            lstm.PackRounded(format);
        }

        PlainLstm plain = PlainLstm.Of(lstm);
        float[] x = BenchGraphs.Values(size), h = new float[size], c = new float[size];
        return (
            TimedRun.Step(lstm).Run,
            repeat =>
            {
                for (int i = 0; i < repeat; i++)
                {
                    plain.Step(x, h, c);
                }
            }
        );
    });

    private static BenchmarkRow GruStep(int size) => new(StepSection, "GRU", $"H={size}", StepWork(3, size), () =>
    {
        Gru<float> gru = BenchNetworks.Gru(size);
        PlainGru plain = PlainGru.Of(gru);
        float[] x = BenchGraphs.Values(size), h = new float[size];
        return (
            TimedRun.Step(gru).Run,
            repeat =>
            {
                for (int i = 0; i < repeat; i++)
                {
                    plain.Step(x, h);
                }
            }
        );
    });

    private static BenchmarkRow LstmRun(int steps, int batch, int size) => SequenceRow("LSTM", 4, steps, batch, size, () =>
    {
        Lstm<float> lstm = BenchNetworks.Lstm(size);
        PlainLstm plain = PlainLstm.Of(lstm);
        float[] h = new float[batch * size], c = new float[batch * size];
        return (lstm, (x, y) => plain.Run(steps, batch, x, y, h, c));
    });

    private static BenchmarkRow GruRun(int steps, int batch, int size) => SequenceRow("GRU", 3, steps, batch, size, () =>
    {
        Gru<float> gru = BenchNetworks.Gru(size);
        PlainGru plain = PlainGru.Of(gru);
        float[] h = new float[batch * size];
        return (gru, (x, y) => plain.Run(steps, batch, x, y, h));
    });

    /// <param name="create">A network, and its run from x to y in the plain way.</param>
    private static BenchmarkRow SequenceRow(
        string cell, int gates, int steps, int batch, int size,
        Func<(RecurrentNetwork<float> Network, Action<float[], float[]> Plain)> create) =>
        new("A sequence", cell, $"T={steps} B={batch} H={size}", RunWork(gates, steps, batch, size), () =>
        {
            (RecurrentNetwork<float> network, Action<float[], float[]> plain) = create();
            float[] x = BenchGraphs.Values(steps * batch * size), y = new float[x.Length];
            return (
                TimedRun.Sequences(network, steps, batch).Run,
                repeat =>
                {
                    for (int i = 0; i < repeat; i++)
                    {
                        plain(x, y);
                    }
                }
            );
        });

    private static BenchmarkRow LstmTraining(int steps, int batch, int size) => TrainingRow("LSTM", 4, steps, batch, size, () =>
    {
        Lstm<float> lstm = BenchNetworks.Lstm(size);
        PlainLstm plain = PlainLstm.Of(lstm);
        return (lstm, (x, y, dy, dx) => plain.Train(steps, batch, x, y, dy, dx));
    });

    private static BenchmarkRow GruTraining(int steps, int batch, int size) => TrainingRow("GRU", 3, steps, batch, size, () =>
    {
        Gru<float> gru = BenchNetworks.Gru(size);
        PlainGru plain = PlainGru.Of(gru);
        return (gru, (x, y, dy, dx) => plain.Train(steps, batch, x, y, dy, dx));
    });

    /// <param name="create">A network, and its way from x and dy to y and dx in the plain way.</param>
    private static BenchmarkRow TrainingRow(
        string cell, int gates, int steps, int batch, int size,
        Func<(RecurrentNetwork<float> Network, Action<float[], float[], float[], float[]> Plain)> create) =>
        new("Training, forward and backward", cell, $"T={steps} B={batch} H={size}", TrainingWork(gates, steps, batch, size), () =>
        {
            (RecurrentNetwork<float> network, Action<float[], float[], float[], float[]> plain) = create();
            float[] x = BenchGraphs.Values(steps * batch * size), y = new float[x.Length], dy = BenchGraphs.Values(x.Length),
                dx = new float[x.Length];
            return (
                TimedRun.Training(network, steps, batch).Run,
                repeat =>
                {
                    for (int i = 0; i < repeat; i++)
                    {
                        plain(x, y, dy, dx);
                    }
                }
            );
        });

    /// <summary>Silence after sound, again and again, without biases: the state decays through the denormals, where a multiply-add is a
    /// hundred times slower, if it is let. Beside it the same with sound all the time.</summary>
    private static BenchmarkRow DenormalStep(bool denormal)
    {
        const int Size = 64, Silence = 512; // steps: a state of size 1 is 1e-50 by then, were nothing flushed
        return new("Denormals", "LSTM step", denormal ? $"H={Size}, denormal input" : $"H={Size}, normal input", StepWork(4, Size), () =>
        {
            Lstm<float> lstm = BenchNetworks.Lstm(Size);
            lstm.Parameters["bias_ih_l0"].Value.Clear();
            lstm.Parameters["bias_hh_l0"].Value.Clear();
            lstm.Pack();
            RecurrentStream<LstmCell<float>, float> stream = lstm.CreateStream();
            float[] x = BenchGraphs.Values(Size), sound = BenchGraphs.Values(stream.StateLength);
            if (denormal)
            {
                x.AsSpan().Fill(1e-40f);
            }

            int silent = 0;
            return (
                repeat =>
                {
                    for (int i = 0; i < repeat; i++)
                    {
                        if (silent++ % Silence == 0)
                        {
                            stream.Restore(sound);
                        }

                        stream.Step(x);
                    }
                },
                null);
        });
    }

    /// <summary>Input products of all steps are one matrix product; only U must be read again at every step.</summary>
    private static Work RunWork(int gates, int steps, int batch, int size)
    {
        double readAgain = 4.0 * gates * size * size; // bytes
        return new(readAgain * steps * batch, readAgain * steps, (long)readAgain);
    }

    private static Work TrainingWork(int gates, int steps, int batch, int size)
    {
        Work forward = RunWork(gates, steps, batch, size);
        return forward with { Flops = 3 * forward.Flops, Bytes = 2 * forward.Bytes };
    }

    private static Work StepWork(int gates, int size, int bytes = sizeof(float))
    {
        double weights = 2.0 * gates * size * size;
        double flops = 2 * weights / (bytes == 1 ? 4 : 1); // the roof is one of float: AVX-VNNI takes four bytes in the place of one
        return new Work(flops, bytes * weights, (long)(bytes * weights), Steps: 1, Depth: size);
    }
}
