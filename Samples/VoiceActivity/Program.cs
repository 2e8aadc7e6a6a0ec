using System.CommandLine;
using FastRecurrent.Cells;
using FastRecurrent.Samples.Common;
using FastRecurrent.Samples.VoiceActivity;

Argument<string?> model =
    new("model") { Description = "silero_vad_v5.onnx; without it the network has random weights.", DefaultValueFactory = _ => null };
Argument<string?> sound =
    new("sound")
    {
        Description = "A WAV file of 16 kHz, one channel, 16 bits; by default a made-up sound.",
        DefaultValueFactory = _ => null
    };
Option<string?> runtime =
    new("--runtime")
    {
        Description = "ONNX Runtime's native library, to compare with (libonnxruntime.so, e.g. from the npm package "
            + "onnxruntime-node)."
    };
Option<int> rounds = new("--rounds") { Description = "How often the sound is run.", DefaultValueFactory = _ => 10 };
Option<string> picture = new("--picture") { Description = "Where the picture goes.", DefaultValueFactory = _ => "voice.svg" };
Option<RoundedWeights?> rounded = new("--rounded") { Description = "Rounds the LSTM's weights." };
RootCommand root = new("Tells speech from other sound, live, with Silero VAD v5.") { model, sound, runtime, rounds, picture, rounded };
rounds.BeginAtOne();
root.SetAction((result, cancellation) => Task.Run(
    () =>
    {
        TrainingView.PrepareConsole();
        return Experiment.Run(
            result.GetValue(model), result.GetValue(sound), result.GetValue(runtime), result.GetValue(rounds), result.GetValue(picture)!,
            result.GetValue(rounded), cancellation);
    },
    cancellation));
return await root.RunAsync(args);
