using System.CommandLine;
using FastRecurrent.Samples.Common;
using FastRecurrent.Samples.SceneParsing;

Argument<string?> data =
    new("data")
    {
        Description = "A folder with train, trainannot, val, valannot, test and testannot of CamVid's PNG pictures; by default "
            + "a few streets that the sample draws.",
        DefaultValueFactory = _ => null
    };
Option<int> superpixels = new("--superpixels") { Description = "About how many a picture has.", DefaultValueFactory = _ => 400 };
Option<int?> epochs =
    new("--epochs")
    {
        Description = "Passes over the pictures, of each network; by default 20, or 50 over the few that the sample draws.",
        DefaultValueFactory = _ => null
    };
Option<int> hidden = new("--hidden") { Description = "Hidden size of the Graph LSTM.", DefaultValueFactory = _ => 48 };
Option<int> layers = new("--layers") { Description = "Layers of the Graph LSTM.", DefaultValueFactory = _ => 3 };
Option<double> balance =
    new("--balance")
    {
        Description = "How much more rare classes count: 0 not at all, 1 by the inverse of their frequency.",
        DefaultValueFactory = _ => 0.5
    };
Option<int> seed =
    new("--seed")
    {
        Description = "Of the first weights, the order of examples and the random order of superpixels.",
        DefaultValueFactory = _ => 1
    };
Option<string> curve = new("--curve") { Description = "Where the learning curve goes.", DefaultValueFactory = _ => "scenes.svg" };
Option<string> parse =
    new("--parse")
    {
        Description = "Where the parse of a test picture goes: picture, truth, confidence map, Graph LSTM.",
        DefaultValueFactory = _ => "scenes.png"
    };
RootCommand root =
    new("Parses street scenes: a confidence-driven Graph LSTM over superpixels beside the confidence map alone.") { data, superpixels,
        epochs, hidden, layers, balance, seed, curve, parse };
root.SetAction((result, cancellation) => Task.Run(
    () =>
    {
        TrainingView.PrepareConsole();
        string? path = result.GetValue(data);
        return new Experiment(
            result.GetValue(superpixels), result.GetValue(epochs) ?? (path is null ? 50 : 20), result.GetValue(hidden),
            result.GetValue(layers), result.GetValue(balance), result.GetValue(seed)).Run(
                path, result.GetValue(curve)!, result.GetValue(parse)!, cancellation);
    },
    cancellation));
return await root.RunAsync(args);
