using System.CommandLine;
using FastRecurrent.Samples.Common;
using FastRecurrent.Samples.Skeletons;

Argument<string?> data = new("data") { Description = "MSRAction3DSkeletonReal3D.zip; by default a few waving figures that the sample makes up.", DefaultValueFactory = _ => null };
Option<int> epochs = new("--epochs") { Description = "Passes over the recordings.", DefaultValueFactory = _ => 200 };
Option<int> hidden = new("--hidden") { Description = "Hidden size, a multiple of 5: each part has a fifth.", DefaultValueFactory = _ => 100 };
Option<int> seeds = new("--seeds") { Description = "Trainings of each network, of which the mean is given.", DefaultValueFactory = _ => 3 };
RootCommand root = new("Tells actions from skeletons: a part-aware LSTM beside a plain one, on people neither has seen.") { data, epochs, hidden, seeds };
root.SetAction((result, cancellation) => Task.Run(
    () =>
    {
        TrainingView.PrepareConsole();
        return Experiment.Run(result.GetValue(data), result.GetValue(epochs), result.GetValue(hidden), result.GetValue(seeds), cancellation);
    },
    cancellation));
return await root.Parse(args).InvokeAsync();
