using System.Globalization;
using FastRecurrent.Cells;
using FastRecurrent.Models;
using FastRecurrent.Samples.Common;

namespace FastRecurrent.Samples.SmallPrograms;

/// <summary>
/// An SRN learns s_t = 0.9 sin(s_{t−1}) + 0.4 x_t − 0.2 x_t s_{t−1}, y_t = s_t² from its inputs and outputs alone;
/// the state is never shown.
/// </summary>
internal static class DynamicalSystem
{
    private const int Steps = 60, Batch = 32, HiddenSize = 32, Updates = 1500;

    public static int Run(string folder, CancellationToken cancellation)
    {
        Srn<float> srn = new(new SrnOptions { InputSize = 1, HiddenSize = HiddenSize });
        Linear<float> output = new(HiddenSize, 1);
        srn.Initialise(1);
        output.Initialise(2);
        Adam<float> adam = new(new ParameterSet<float>().Join("srn.", srn.Parameters).Join("output.", output.Parameters), 3e-3);
        Tape<float> tape = srn.CreateTape(Steps, Batch);
        float[] h = new float[Steps * Batch * HiddenSize], dh = new float[h.Length], prediction = new float[Steps * Batch],
            gradient = new float[prediction.Length];
        float[] workspace = new float[output.WorkspaceLength];
        List<(double, double)> course = [];
        for (int update = 0; update < Updates; update++)
        {
            cancellation.ThrowIfCancellationRequested();
            (float[] x, float[] y) = Sample(update);
            adam.Parameters.ZeroGradients();
            srn.Run(new SequenceInput<float> { Steps = Steps, Batch = Batch, X = x }, new SequenceOutput<float> { Y = h }, tape);
            output.Forward(h, prediction);
            double loss = Loss.MeanSquaredError<float>(prediction, y, gradient, 1);
            output.Backward(h, gradient, dh, workspace);
            srn.Backward(new SequenceOutputGradient<float> { Y = dh }, default, tape);
            Gradients.ClipByNorm(adam.Parameters, 1);
            adam.LearningRate = 3e-3 * LearningRateSchedule.Cosine(update, Updates, 0.02);
            adam.Step();
            srn.Pack();
            output.Pack();
            course.Add((update + 1, Math.Log10(loss)));
        }

        (float[] testX, float[] testY) = Sample(-1);
        srn.Run(new SequenceInput<float> { Steps = Steps, Batch = Batch, X = testX }, new SequenceOutput<float> { Y = h }, tape);
        output.Forward(h, prediction);
        double error = Loss.MeanSquaredError<float>(prediction, testY, gradient, 1);
        double mean = testY.Average(), variance = testY.Average(value => (value - mean) * (value - mean));
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"new sequences: mean squared error {error:E2}, {error / variance:P2} of the outputs' variance (100 % would be predicting "
            + $"their mean)"));

        IEnumerable<int> steps = Enumerable.Range(0, Steps);
        Save(folder, "system.svg", new LineChart("An SRN follows a dynamical system it has never seen inside", "step", "y")
            .Add("system", steps.Select(t => ((double)t, (double)testY[t * Batch])))
            .Add("network", steps.Select(t => ((double)t, (double)prediction[t * Batch]))));
        Save(folder, "system-loss.svg", new LineChart("Learning the dynamical system", "update", "log10 mean squared error")
            .Add("training", course));
        Save(folder, "gradient-descent.svg", Descent());
        return 0;
    }

    private static (float[] X, float[] Y) Sample(int seed)
    {
        Random random = new(seed);
        float[] x = new float[Steps * Batch], y = new float[x.Length];
        for (int b = 0; b < Batch; b++)
        {
            double s = 0;
            for (int t = 0; t < Steps; t++)
            {
                double input = 2 * random.NextDouble() - 1;
                s = 0.9 * Math.Sin(s) + 0.4 * input - 0.2 * input * s;
                x[t * Batch + b] = (float)input;
                y[t * Batch + b] = (float)(s * s);
            }
        }

        return (x, y);
    }

    /// <summary>w ← w − η f′(w) is forward Euler of ẇ = −f′(w) with step η; here f(w) = (w² − 1)²/4.</summary>
    private static LineChart Descent()
    {
        LineChart chart = new("Gradient descent as Euler's method, f(w) = (w² − 1)²/4 from w = 2", "time = steps · η", "w");
        foreach (double rate in new[] { 0.001, 0.1, 0.25 })
        {
            List<(double, double)> points = [];
            double w = 2;
            for (double time = 0; time <= 4 + 1e-9; time += rate)
            {
                points.Add((time, w));
                w -= rate * w * (w * w - 1);
            }

            chart.Add(rate < 0.01 ? "ẇ = −f′(w)" : string.Create(CultureInfo.InvariantCulture, $"η = {rate}"), points);
        }

        return chart;
    }

    private static void Save(string folder, string name, LineChart chart)
    {
        Directory.CreateDirectory(folder);
        string path = Path.Combine(folder, name);
        chart.Save(path);
        Console.WriteLine($"plot: {path}");
    }
}
