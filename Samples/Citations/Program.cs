using System.CommandLine;
using FastRecurrent.Samples.Citations;
using FastRecurrent.Samples.Common;

Argument<string?> data =
    new("data")
    {
        Description = "A folder with cora.content and cora.cites of Cora (LINQS), or with p_feat.npz, pa.txt and the labels of "
            + "ACM as HeCo has it; by default a small made-up graph.",
        DefaultValueFactory = _ => null
    };
Option<int> runs =
    new("--runs")
    {
        Description = "Trainings of every network: on as many random splits, or with as many seeds if the data have a split.",
        DefaultValueFactory = _ => 3
    };
Option<int> epochs = new("--epochs") { Description = "Steps over the whole graph.", DefaultValueFactory = _ => 200 };
Option<int> seed = new("--seed") { Description = "Of the first split, its weights and its dropout.", DefaultValueFactory = _ => 1 };
Option<string> curve =
    new("--curve") { Description = "Where the learning curves of the first run go.", DefaultValueFactory = _ => "papers.svg" };
Command papers = new("papers",
    "Tells the subject of papers from their words, their links and a few labelled ones. The default.") { data, runs, epochs, seed, curve };
RootCommand root = new("Semi-supervised classification of the nodes of a graph.") { data, runs, epochs, seed, curve };
foreach (Option<int> counter in new[] { runs, epochs })
{
    counter.BeginAtOne();
}

foreach (Command command in new[] { root, papers })
{
    command.SetAction((result, cancellation) => Task.Run(
        () =>
        {
            TrainingView.PrepareConsole();
            return new PapersExperiment(result.GetValue(runs), result.GetValue(epochs), result.GetValue(seed)).Run(
                result.GetValue(data), result.GetValue(curve)!, cancellation);
        },
        cancellation));
}

root.Add(papers);

Argument<string?> club =
    new("data")
    {
        Description = "A folder with edges.txt (two members a line, counted from 0) and club.txt (member and side, 0 or 1); by "
            + "default Zachary's club.",
        DefaultValueFactory = _ => null
    };
Option<string> drawing = new("--drawing") { Description = "Where the drawing of the graph goes.", DefaultValueFactory = _ => "karate.svg" };
Command karate =
    new("karate", "Tells which side each member of a karate club took, from one labelled member a side.") { club, seed, drawing };
karate.SetAction((result, cancellation) => Task.Run(
    () =>
    {
        TrainingView.PrepareConsole();
        return KarateExperiment.Run(result.GetValue(club), result.GetValue(seed), result.GetValue(drawing)!, cancellation);
    },
    cancellation));
root.Add(karate);
return await root.RunAsync(args);
