using System.CommandLine;
using FastRecurrent.Samples.Common;
using FastRecurrent.Samples.Translation;

Argument<string?> data =
    new("data")
    {
        Description = "Pairs of sentences, a line a pair, separated by a tab, plain or .gz; by default a few that come with the "
            + "sample.",
        DefaultValueFactory = _ => null
    };
Option<int> epochs = new("--epochs") { Description = "Passes over the pairs.", DefaultValueFactory = _ => 60 };
Option<int> hidden = new("--hidden") { Description = "Hidden size.", DefaultValueFactory = _ => 192 };
Option<int> beam = new("--beam") { Description = "Width of the beam.", DefaultValueFactory = _ => 5 };
Option<int> seed = new("--seed") { Description = "Of the split, the first weights and the order.", DefaultValueFactory = _ => 1 };
Option<string> curve = new("--curve") { Description = "Where the learning curves go.", DefaultValueFactory = _ => "translation.svg" };
RootCommand root =
    new("Translates short sentences with an encoder–decoder, with and without attention.") { data, epochs, hidden, beam, seed, curve };
root.SetAction((result, cancellation) => Task.Run(
    () =>
    {
        TrainingView.PrepareConsole();
        return Experiment.Run(
            result.GetValue(data), result.GetValue(epochs), result.GetValue(hidden), result.GetValue(beam), result.GetValue(seed),
            result.GetValue(curve)!, cancellation);
    },
    cancellation));
return await root.RunAsync(args);
