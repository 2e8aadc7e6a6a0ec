using System.CommandLine;
using FastRecurrent.Samples.Common;
using FastRecurrent.Samples.Threads;

Argument<string?> data =
    new("data")
    {
        Description = "Threads as tab-separated values, plain or .gz, a line a comment; by default a few threads that come with "
            + "the sample.",
        DefaultValueFactory = _ => null
    };
Option<int> epochs = new("--epochs") { Description = "Passes over the threads.", DefaultValueFactory = _ => 12 };
Option<int> hidden =
    new("--hidden")
    {
        Description = "Hidden size of the Graph-Structured LSTM in one direction, and of the perceptron.",
        DefaultValueFactory = _ => 64
    };
Option<int> seed = new("--seed") { Description = "Of the split, the first weights and the order.", DefaultValueFactory = _ => 1 };
Option<string> curve =
    new("--curve")
    {
        Description = "Where the learning curve of the bidirectional network goes.",
        DefaultValueFactory = _ => "threads.svg"
    };
RootCommand root =
    new("Tells how much karma the comments of Reddit threads get, with and without the threads' structure.") { data, epochs, hidden,
        seed, curve };
root.SetAction((result, cancellation) => Task.Run(
    () =>
    {
        TrainingView.PrepareConsole();
        return new Experiment(result.GetValue(epochs), result.GetValue(hidden), result.GetValue(seed)).Run(
            result.GetValue(data), result.GetValue(curve)!, cancellation);
    },
    cancellation));
return await root.RunAsync(args);
