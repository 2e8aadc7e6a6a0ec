using System.CommandLine;
using FastRecurrent.Samples.Common;
using FastRecurrent.Samples.Sunspots;

Argument<string?> data =
    new("data")
    {
        Description = "A CSV file of years and sunspot numbers; by default a wave of the same kind that comes with the sample.",
        DefaultValueFactory = _ => null
    };
Option<int> order = new("--order") { Description = "Past values that the models see.", DefaultValueFactory = _ => 9 };
Option<int> hidden = new("--hidden") { Description = "Hidden size of the NARX network.", DefaultValueFactory = _ => 12 };
Option<int> test = new("--test") { Description = "Years at the end that are not trained on.", DefaultValueFactory = _ => 55 };
Option<string> plot = new("--plot") { Description = "Where the plot goes.", DefaultValueFactory = _ => "sunspots.svg" };
RootCommand root = new("Predicts the sunspot number of the next year, and of the years after it.") { data, order, hidden, test, plot };
root.SetAction((result, cancellation) => Task.Run(
    () =>
    {
        TrainingView.PrepareConsole();
        return Experiment.Run(
            result.GetValue(data), result.GetValue(order), result.GetValue(hidden), result.GetValue(test), result.GetValue(plot)!,
            cancellation);
    },
    cancellation));
return await root.RunAsync(args);
