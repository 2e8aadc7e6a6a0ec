using System.CommandLine;
using System.CommandLine.Parsing;
using FastRecurrent.Bench;
using FastRecurrent.Bench.Fuzz;
using FastRecurrent.Bench.Guard;
using FastRecurrent.Bench.Bdn;
using FastRecurrent.Bench.Peers;
using FastRecurrent.Bench.Soak;
using FastRecurrent.Bench.Verify;
using Spectre.Console;

if (Console.IsOutputRedirected)
{
    // A file or a pipe: no colours, no cursor movements, and lines as long as the table needs.
    AnsiConsole.Profile.Capabilities.Ansi = false;
    AnsiConsole.Profile.Capabilities.ColorSystem = ColorSystem.NoColors;
    AnsiConsole.Profile.Width = 160;
}

Option<bool> quick = new("--quick") { Description = "A few rows for a few seconds, to see that all works." };
RootCommand root = new("Measures every cell against this machine's roofs and against the plain managed way. About a minute.") { quick };
root.SetAction((result, cancellation) => Task.Run(() => MainJob.Run(result.GetValue(quick), cancellation), cancellation));

Argument<string[]> paths = new("paths") { Description = "Golden files, or folders of them.", Arity = ArgumentArity.OneOrMore };
Command verify = new("verify", "Runs golden files in double and in float and compares outputs and gradients with what they expect.") { paths };
verify.SetAction((result, cancellation) => Task.Run(() => VerifyCommand.Run(result.GetValue(paths)!, cancellation), cancellation));
root.Add(verify);

Command rounded = new("rounded", "Runs golden files of networks over sequences with weights rounded to bfloat16 and int8, and prints how far their outputs are off.") { paths };
rounded.SetAction((result, cancellation) => Task.Run(() => RoundedCommand.Run(result.GetValue(paths)!, cancellation), cancellation));
root.Add(rounded);

Command operations = new("operations", "Measures every public operation briefly, at small sizes. About a minute.");
operations.SetAction((_, cancellation) => Task.Run(() => MainJob.RunOperations(cancellation), cancellation));
root.Add(operations);

Command digest = new("digest", "Prints a hash of what every operation computes: the same on every machine and at every vector width.");
digest.SetAction(_ => Digest.Run());
root.Add(digest);

Option<bool> quickPeers = new("--quick") { Description = "A handful of rows in about fifteen seconds." };
Option<string> filter = new("--filter") { Description = "Only rows in whose names this text occurs, for example \"LSTM step\" or \"H=128\".", DefaultValueFactory = _ => "" };
Option<double?> seconds = new("--seconds") { Description = "How long all rows together are measured, apart from making ready and warming up." };
Command peers = new("peers", "Compares with ONNX Runtime, oneDNN, PyTorch, OpenBLAS and Eigen in turns, as far as they are there (Bench/Peers/install.sh). About four minutes.")
{
    quickPeers, filter, seconds,
};
peers.SetAction((result, cancellation) => Task.Run(
    () => PeersCommand.Run(
        new PeersOptions
        {
            Quick = result.GetValue(quickPeers),
            Filter = result.GetValue(filter)!,
            Duration = result.GetValue(seconds) is { } value ? TimeSpan.FromSeconds(value) : null,
        },
        cancellation),
    cancellation));
root.Add(peers);

Option<bool> probe = new("--probe") { Description = "Reads past the end of a span, which must end the process." };
Command guard = new("guard", "Runs every kernel and the networks with their operands between pages that nobody may touch, and prints a hash of what each computes. Linux only.") { probe };
guard.SetAction(result => GuardCommand.Run(result.GetValue(probe)));
root.Add(guard);

Option<double> fuzzMinutes = new("--minutes") { Description = "For how long, all readers together.", DefaultValueFactory = _ => 1 };
Option<int> fuzzSeed = new("--seed") { Description = "Where the mutations come from.", DefaultValueFactory = _ => Environment.TickCount };
Command fuzz = new("fuzz", "Gives mutated files to every reader and builder, and tells what became of them.") { fuzzMinutes, fuzzSeed };
fuzz.SetAction((result, cancellation) => Task.Run(() => FuzzCommand.Run(result.GetValue(fuzzMinutes), result.GetValue(fuzzSeed), cancellation), cancellation));
root.Add(fuzz);

Option<double> soakMinutes = new("--minutes") { Description = "How long 64 streams on 8 threads share weights.", DefaultValueFactory = _ => 1 };
Option<long> soakSteps = new("--steps") { Description = "Steps that each kind of stream then takes.", DefaultValueFactory = _ => 10_000_000 };
soakMinutes.Validators.Add(result => Positive(result, result.GetValueOrDefault<double>() is > 0 and <= 10_000, "10,000"));
soakSteps.Validators.Add(result => Positive(result, result.GetValueOrDefault<long>() is > 0 and <= 1_000_000_000_000, "10^12"));
Command soak = new("soak", "Runs for long: many streams on many threads, bit for bit as alone, then millions of steps without a byte, a collection or a slow-down.") { soakMinutes, soakSteps };
soak.SetAction((result, cancellation) => Task.Run(() => SoakCommand.Run(result.GetValue(soakMinutes), result.GetValue(soakSteps), cancellation), cancellation));
root.Add(soak);

Command bdn = new("bdn", "Runs the classes of Bench/Bdn under BenchmarkDotNet. All arguments are BenchmarkDotNet's: --list flat, --filter '*Lstm*', --help.");
root.Add(bdn);

if (args is ["bdn", .. string[] rest])
{
    return BdnCommand.Run(rest); // past the parser here, which would take --help and --version for its own
}

return await root.Parse(args).InvokeAsync();

static void Positive(OptionResult result, bool isInRange, string most)
{
    if (!isInRange)
    {
        result.AddError($"{result.Option.Name} must be positive, at most {most}.");
    }
}
