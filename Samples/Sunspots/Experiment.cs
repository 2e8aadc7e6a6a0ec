using System.Globalization;
using FastRecurrent.Cells;
using FastRecurrent.Models;
using FastRecurrent.Samples.Common;

namespace FastRecurrent.Samples.Sunspots;

/// <summary>AR by least squares and NARX by gradient descent against persistence, one year ahead and eleven years ahead.</summary>
internal static class Experiment
{
    private const int Horizon = 11, Networks = 5, Updates = 3000;

    public static int Run(string? path, int order, int hiddenSize, int testYears, string plot, CancellationToken cancellation)
    {
        (double[] years, double[] values) = Load(path);
        int split = values.Length - testYears;
        if (split <= 4 * order || testYears <= Horizon)
        {
            throw new ArgumentException($"{values.Length} years are too few for order {order} and {testYears} years to test.");
        }

        double[] training = values[..split];
        double mean = training.Average(), deviation = Math.Sqrt(training.Average(value => (value - mean) * (value - mean)));
        AutoRegressive ar = AutoRegressive.Fit<double>(training, order);
        Narx<double>[] narx =
            [.. Enumerable.Range(1, Networks).Select(seed => Train(training, mean, deviation, order, hiddenSize, seed, cancellation))];

        Dictionary<string, Func<double[], int, double[]>> models = new()
        {
            ["persistence"] = (past, count) => [.. Enumerable.Repeat(past[^1], count)],
            [$"AR({order}), least squares"] = (past, count) =>
            {
                double[] forecast = new double[count];
                ar.Forecast<double>(past, forecast);
                return forecast;
            },
            [$"NARX, {order} delays, {hiddenSize} hidden, mean of {Networks}"] = (past, count) =>
                Mean([.. narx.Select(network => Forecast(network, past, mean, deviation, order, count))]),
        };
        List<(string, string)> rows = [];
        LineChart chart = new("Sunspots, one year ahead", "year", "sunspot number");
        chart.Add("observed", years[split..].Zip(values[split..]));
        foreach ((string name, Func<double[], int, double[]> forecast) in models)
        {
            double[] next = [.. Enumerable.Range(split, testYears).Select(year => forecast(values[..year], 1)[0])];
            double[] far = [.. Enumerable.Range(split, testYears - Horizon + 1).Select(year => forecast(values[..year], Horizon)[^1])];
            rows.Add(
                (name, string.Create(CultureInfo.InvariantCulture,
                $"{Error(next, values[split..]):F1} one year ahead, {Error(far, values[(split + Horizon - 1)..]):F1} {Horizon} "
                + $"years ahead")));
            chart.Add(name, years[split..].Zip(next));
        }

        Console.WriteLine($"{values.Length} years, the last {testYears} not trained on; standard deviation {deviation:F1}");
        TrainingView.PrintComparison("root mean squared error", [.. rows]);
        chart.Save(plot);
        Console.WriteLine($"plot: {plot}");
        return 0;
    }

    /// <summary>Series-parallel training: the true past is fed back. The year is known a time step later,
    /// so x is empty and y its own past.</summary>
    private static Narx<double> Train(double[] series, double mean, double deviation, int order, int hiddenSize, int seed,
        CancellationToken cancellation)
    {
        Narx<double> network =
            new(new NarxOptions { InputSize = 0, OutputSize = 1, HiddenSize = hiddenSize, InputDelays = 0, OutputDelays = order });
        network.Initialise(seed);
        double[] scaled = [.. series.Select(value => (value - mean) / deviation)], y = new double[scaled.Length],
            gradient = new double[scaled.Length];
        NarxTape<double> tape = network.CreateTape(scaled.Length, 1);
        AdamW<double> adam = new(network.Parameters, 5e-3, weightDecay: 0.3);
        for (int update = 0; update < Updates; update++)
        {
            cancellation.ThrowIfCancellationRequested();
            network.Parameters.ZeroGradients();
            network.Run(NarxMode.SeriesParallel, scaled.Length, 1, [], scaled, y, tape);
            Loss.MeanSquaredError<double>(y, scaled, gradient, 1);
            gradient.AsSpan(0, order).Clear(); // the first years have no past
            network.Backward(gradient, [], [], tape);
            adam.LearningRate = 5e-3 * LearningRateSchedule.Cosine(update, Updates, 0.01);
            adam.Step();
            network.Pack();
        }

        return network;
    }

    /// <summary>Its own predictions fed back, from the true past on.</summary>
    private static double[] Forecast(Narx<double> network, double[] past, double mean, double deviation, int order, int count)
    {
        double[] known = [.. past[^order..].Select(value => (value - mean) / deviation), .. new double[count]];
        NarxTape<double> tape = network.CreateTape(known.Length, 1);
        double[] y = new double[known.Length];
        for (int step = 0; step < count; step++)
        {
            network.Run(NarxMode.SeriesParallel, known.Length, 1, [], known, y, tape);
            known[order + step] = y[order + step];
        }

        return [.. known[order..].Select(value => value * deviation + mean)];
    }

    private static double[] Mean(double[][] forecasts) =>
        [.. Enumerable.Range(0, forecasts[0].Length).Select(i => forecasts.Average(forecast => forecast[i]))];

    private static double Error(double[] predicted, double[] observed) =>
        Math.Sqrt(predicted.Zip(observed, (p, o) => (p - o) * (p - o)).Average());

    private static (double[] Years, double[] Values) Load(string? path)
    {
        if (path is null)
        {
            Random random = new(1);
            double[] wave = [.. Enumerable.Range(0, 200)
                .Select(t => 50 + 45 * Math.Sin(2 * Math.PI * t / 11) * (1 + 0.3 * Math.Sin(t / 15.0)) + 6 * (random.NextDouble() - 0.5))];
            return ([.. Enumerable.Range(1, 200).Select(year => (double)year)], wave);
        }

        List<double> years = [], values = [];
        foreach (string line in File.ReadLines(path))
        {
            string[] columns = line.Split(',');
            if (columns.Length >= 2 && double.TryParse(columns[0].Trim('"'), CultureInfo.InvariantCulture, out double year)
                && double.TryParse(columns[1].Trim('"'), CultureInfo.InvariantCulture, out double value))
            {
                years.Add(year);
                values.Add(value);
            }
        }

        return values.Count > 0
            ? ([.. years], [.. values])
            : throw new InvalidDataException($"{path} holds no lines of a year and a number.");
    }
}
