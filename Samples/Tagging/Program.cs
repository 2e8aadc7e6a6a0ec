using System.CommandLine;
using FastRecurrent.Samples.Common;
using FastRecurrent.Samples.Tagging;

Argument<string[]> files =
    new("files")
    {
        Description = "Training and test treebank, CoNLL-U, plain or .gz; by default a few sentences that come with the sample.",
        Arity = new ArgumentArity(0, 2)
    };
Option<int?> epochs =
    new("--epochs")
    {
        Description = "Passes over the sentences; by default 5, or 40 over the few that come with the sample.",
        DefaultValueFactory = _ => null
    };
Option<int> hidden = new("--hidden") { Description = "Hidden size of the LSTM in one direction.", DefaultValueFactory = _ => 128 };
Option<int> seed = new("--seed") { Description = "Of the first weights and the order.", DefaultValueFactory = _ => 1 };
Option<string> curve = new("--curve") { Description = "Where the learning curve goes.", DefaultValueFactory = _ => "tagging.svg" };
RootCommand root = new("Tells the part of speech of every word of a sentence.") { files, epochs, hidden, seed, curve };
root.SetAction((result, cancellation) => Task.Run(
    () =>
    {
        TrainingView.PrepareConsole();
        string[] paths = result.GetValue(files)!;
        return Experiment.Run(
            paths, result.GetValue(epochs) ?? (paths.Length == 0 ? 40 : 5), result.GetValue(hidden), result.GetValue(seed),
            result.GetValue(curve)!, cancellation);
    },
    cancellation));
return await root.RunAsync(args);
