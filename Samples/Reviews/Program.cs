using System.CommandLine;
using FastRecurrent.Samples.Common;
using FastRecurrent.Samples.Reviews;

Argument<string?> data =
    new("data")
    {
        Description = "movie_reviews.zip, or a folder with pos/ and neg/, one tokenised sentence a line; by default a few "
            + "reviews that come with the sample.",
        DefaultValueFactory = _ => null
    };
Option<int> folds = new("--folds") { Description = "How many of the ten folds are held out, each in turn.", DefaultValueFactory = _ => 3 };
Option<int?> epochs =
    new("--epochs")
    {
        Description = "Passes over the reviews; by default 8, or 40 over the few that come with the sample.",
        DefaultValueFactory = _ => null
    };
Option<int> hidden = new("--hidden") { Description = "Hidden size of both GRUs in one direction.", DefaultValueFactory = _ => 32 };
Option<string?> vectors =
    new("--vectors")
    {
        Description = "Pretrained word vectors in GloVe's text form, plain or .gz, of at most 64 numbers; by default the "
            + "network learns its own.",
        DefaultValueFactory = _ => null
    };
Option<int> seed =
    new("--seed") { Description = "Of the first weights, the order and the sentences left out.", DefaultValueFactory = _ => 1 };
Option<string> curve =
    new("--curve") { Description = "Where the learning curve of the first fold goes.", DefaultValueFactory = _ => "reviews.svg" };
Option<string> page =
    new("--page")
    {
        Description = "Where the page of some reviews of the first fold goes, shaded by attention.",
        DefaultValueFactory = _ => "reviews.html"
    };
RootCommand root =
    new("Tells whether a film review praises or pans, and shows what it attended to.") { data, folds, epochs, hidden, vectors, seed,
        curve, page };
folds.Validators.Add(result =>
{
    if (result.GetValue(folds) is < 1 or > Review.Folds)
    {
        result.AddError($"--folds lies in 1 … {Review.Folds}.");
    }
});
root.SetAction((result, cancellation) => Task.Run(
    () =>
    {
        TrainingView.PrepareConsole();
        string? path = result.GetValue(data);
        return new Experiment(result.GetValue(epochs) ?? (path is null ? 40 : 8), result.GetValue(hidden), result.GetValue(seed),
            result.GetValue(vectors)).Run(
                path, result.GetValue(folds), result.GetValue(curve)!, result.GetValue(page)!, cancellation);
    },
    cancellation));
return await root.RunAsync(args);
