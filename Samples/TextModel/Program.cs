using System.CommandLine;
using FastRecurrent.Samples.Common;
using FastRecurrent.Samples.TextModel;

Argument<string?> text =
    new("text") { Description = "A text file, plain or .gz; by default this repository's README.", DefaultValueFactory = _ => null };
Option<double> minutes = new("--minutes") { Description = "Training time.", DefaultValueFactory = _ => 0.25 };
Option<int> hidden = new("--hidden") { Description = "Hidden size of the LSTM.", DefaultValueFactory = _ => 256 };
Option<int> layers = new("--layers") { Description = "Layers of the LSTM.", DefaultValueFactory = _ => 1 };
Option<double> dropout =
    new("--dropout") { Description = "Rate of variational dropout on inputs and states while training.", DefaultValueFactory = _ => 0 };
Option<string> output =
    new("--output") { Description = "Where the trained weights go.", DefaultValueFactory = _ => "text-model.safetensors" };
Option<string> curve = new("--curve") { Description = "Where the learning curve goes.", DefaultValueFactory = _ => "text-model.svg" };
Option<int> seed = new("--seed") { Description = "Of the first weights and of the sample.", DefaultValueFactory = _ => 1 };
RootCommand root =
    new("Trains a character model on a text and writes a sample of its own.") { text, minutes, hidden, layers, dropout, output,
        curve, seed };
root.SetAction((result, cancellation) => Task.Run(
    () =>
    {
        TrainingView.PrepareConsole();
        return Training.Run(
            result.GetValue(text) ?? Corpus.FindReadme(),
            TimeSpan.FromMinutes(result.GetValue(minutes)),
            result.GetValue(hidden),
            result.GetValue(layers),
            result.GetValue(dropout),
            result.GetValue(output)!,
            result.GetValue(curve)!,
            result.GetValue(seed),
            cancellation);
    },
    cancellation));
return await root.RunAsync(args);
