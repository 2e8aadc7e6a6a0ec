using System.CommandLine;
using FastRecurrent.Samples.Common;
using FastRecurrent.Samples.Scholars;

Argument<string?> data =
    new("data") { Description = "The folder data/acm of HeCo; by default a small made-up graph.", DefaultValueFactory = _ => null };
Option<int> labels =
    new("--labels") { Description = "Which of the folder's splits: 20, 40 or 60 labelled papers a class.", DefaultValueFactory = _ => 20 };
Option<bool> listed =
    new("--listed")
    {
        Description = "Lists the papers that share a subject, so that attention can be dropped out: hundreds of times the "
            + "coefficients."
    };
Option<int> runs = new("--runs") { Description = "Trainings of every network, each with another seed.", DefaultValueFactory = _ => 3 };
Option<int> epochs = new("--epochs") { Description = "Steps over the whole graph at the most.", DefaultValueFactory = _ => 200 };
Option<int> patience =
    new("--patience")
    {
        Description = "Steps without a lower validation loss after which a training ends.",
        DefaultValueFactory = _ => 100
    };
Option<int> seed = new("--seed") { Description = "Of the first weights and the dropout of the first run.", DefaultValueFactory = _ => 1 };
Option<string> curve =
    new("--curve") { Description = "Where the learning curve of the first run goes.", DefaultValueFactory = _ => "scholars.svg" };
Option<string> beta =
    new("--beta") { Description = "Where the curve of the meta-paths' weights goes.", DefaultValueFactory = _ => "scholars-beta.svg" };
RootCommand root =
    new("Classifies papers by their words, authors and subjects with heterogeneous graph attention.") { data, labels, listed, runs, epochs,
        patience, seed, curve, beta };
labels.AcceptOnlyFromAmong("20", "40", "60");
foreach (Option<int> counter in new[] { runs, epochs, patience })
{
    counter.BeginAtOne();
}

root.SetAction((result, cancellation) => Task.Run(
    () =>
    {
        TrainingView.PrepareConsole();
        return new Experiment(result.GetValue(runs), result.GetValue(epochs), result.GetValue(patience), result.GetValue(seed)).Run(
            result.GetValue(data), result.GetValue(labels), result.GetValue(listed), result.GetValue(curve)!, result.GetValue(beta)!,
            cancellation);
    },
    cancellation));
return await root.RunAsync(args);
