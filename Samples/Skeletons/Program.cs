using System.CommandLine;
using FastRecurrent.Samples.Common;
using FastRecurrent.Samples.Skeletons;

Argument<string?> data =
    new("data")
    {
        Description = "MSRAction3DSkeletonReal3D.zip; by default a few waving figures that the sample makes up.",
        DefaultValueFactory = _ => null
    };
Option<int?> epochs =
    new("--epochs")
    {
        Description = "Passes over the recordings, for the two LSTMs; by default 200, or 40 over what the sample makes up.",
        DefaultValueFactory = _ => null
    };
Option<int> graphEpochs =
    new("--graph-epochs") { Description = "Passes over the recordings, for the AGC-LSTM.", DefaultValueFactory = _ => 120 };
Option<int> hidden =
    new("--hidden")
    {
        Description = "Hidden size of the two LSTMs, a multiple of 5: each part has a fifth.",
        DefaultValueFactory = _ => 100
    };
Option<int?> seeds =
    new("--seeds")
    {
        Description = "Trainings of each network, of which the mean is given; by default 3, or 1 over what the sample makes up.",
        DefaultValueFactory = _ => null
    };
Option<bool> tune =
    new("--tune") { Description = "Train on subjects 1, 3, 5 and test on 7, 9: settings are chosen so, without the test subjects." };
Option<string> curve = new("--curve") { Description = "Where the learning curves go.", DefaultValueFactory = _ => "skeletons.svg" };
Option<string?> attention =
    new("--attention")
    {
        Description = "Where a picture goes of some skeletons whose joints are as large as the AGC-LSTM's attention to "
            + "them; by default none.",
        DefaultValueFactory = _ => null
    };
RootCommand root =
    new("Tells actions from skeletons: a plain LSTM, a part-aware one and an AGC-LSTM, on people none has seen.") { data, epochs,
        graphEpochs, hidden, seeds, tune, curve, attention };
hidden.Validators.Add(result =>
{
    if (result.GetValue(hidden) % Body.Parts != 0)
    {
        result.AddError($"{hidden.Name} is a multiple of {Body.Parts}.");
    }
});
seeds.BeginAtOne();
root.SetAction((result, cancellation) => Task.Run(
    () =>
    {
        TrainingView.PrepareConsole();
        string? path = result.GetValue(data);
        return new Experiment(result.GetValue(epochs) ?? (path is null ? 40 : 200), result.GetValue(graphEpochs),
            result.GetValue(seeds) ?? (path is null ? 1 : 3)).Run(
                path, result.GetValue(hidden), result.GetValue(tune), result.GetValue(curve)!, result.GetValue(attention), cancellation);
    },
    cancellation));
return await root.RunAsync(args);
