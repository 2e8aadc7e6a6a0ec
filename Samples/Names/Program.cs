using System.CommandLine;
using FastRecurrent.Samples.Common;
using FastRecurrent.Samples.Names;

Argument<string?> data =
    new("data")
    {
        Description = "names.zip, or a folder of its text files; by default a few names that come with the sample.",
        DefaultValueFactory = _ => null
    };
Option<int> epochs = new("--epochs") { Description = "Passes over the names.", DefaultValueFactory = _ => 12 };
Option<int> hidden = new("--hidden") { Description = "Hidden size of the GRU in one direction.", DefaultValueFactory = _ => 128 };
Option<int> seed = new("--seed") { Description = "Of the split, the first weights and the order.", DefaultValueFactory = _ => 1 };
Option<string> curve = new("--curve") { Description = "Where the learning curve goes.", DefaultValueFactory = _ => "names.svg" };
RootCommand root = new("Tells the language of a surname from its letters.") { data, epochs, hidden, seed, curve };
root.SetAction((result, cancellation) => Task.Run(
    () =>
    {
        TrainingView.PrepareConsole();
        return Experiment.Run(
            result.GetValue(data), result.GetValue(epochs), result.GetValue(hidden), result.GetValue(seed), result.GetValue(curve)!,
            cancellation);
    },
    cancellation));
return await root.RunAsync(args);
