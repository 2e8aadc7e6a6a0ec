using System.CommandLine;
using FastRecurrent.Samples.Common;
using FastRecurrent.Samples.DataParallel;

Argument<string?> data =
    new("data")
    {
        Description = "names.zip, or a folder of its text files; by default a few names that come with the sample.",
        DefaultValueFactory = _ => null
    };
Option<int> epochs = new("--epochs") { Description = "Passes over the names.", DefaultValueFactory = _ => 12 };
Option<int> hidden = new("--hidden") { Description = "Hidden size of the GRU in one direction.", DefaultValueFactory = _ => 128 };
Option<int> batch = new("--batch") { Description = "Names in a minibatch of all ranks together.", DefaultValueFactory = _ => 64 };
Option<int> seed = new("--seed") { Description = "Of the split, the first weights and the order.", DefaultValueFactory = _ => 1 };
Option<string?> checkpoint =
    new("--checkpoint")
    {
        Description = "Written by rank 0 after every epoch; training goes on from it if it exists.",
        DefaultValueFactory = _ => null
    };
Option<string?> output = new("--output") { Description = "Where rank 0 writes the trained weights.", DefaultValueFactory = _ => null };
Option<int[]> ranks =
    new("--ranks")
    {
        Description = "Without mpirun: the numbers of ranks to start here, one after the other.",
        DefaultValueFactory = _ =>
        [1, 2, 4],
        AllowMultipleArgumentsPerToken = true
    };
RootCommand root =
    new("Trains the names' classifier in many processes at once, under mpirun; by itself it starts mpirun with 1, 2 and 4 ranks "
        + "and compares.")
{
    data, epochs, hidden, batch, seed, checkpoint, output, ranks,
};
root.SetAction((result, cancellation) => Task.Run(
    () =>
    {
        TrainingView.PrepareConsole();
        if (!RankedTraining.IsUnderMpirun)
        {
            return Comparison.Run(result.GetValue(ranks)!, args);
        }

        return RankedTraining.Run(
            result.GetValue(data), result.GetValue(epochs), result.GetValue(hidden), result.GetValue(batch), result.GetValue(seed),
            result.GetValue(checkpoint), result.GetValue(output), cancellation);
    },
    cancellation));
return await root.RunAsync(args);
