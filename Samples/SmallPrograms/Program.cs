using System.CommandLine;
using FastRecurrent.Samples.Common;
using FastRecurrent.Samples.SmallPrograms;

const string FirstTape = "111011", PresentFolder = ".";
RootCommand root = new("Two small programs from a course on recurrent networks; without a command, both.");
Argument<string> tape =
    new("tape") { Description = "The tape, 0s and 1s, the head on its first cell.", DefaultValueFactory = _ => FirstTape };
Command turing = new("turing", "A recurrent net with saturated-linear units runs a Turing machine, step for step.") { tape };
turing.SetAction(result => TuringProgram.Run(result.GetValue(tape)!));
root.Add(turing);

Option<string> folder = new("--folder") { Description = "Where the plots go.", DefaultValueFactory = _ => PresentFolder };
Command system =
    new("system", "A simple recurrent network learns a nonlinear dynamical system; gradient descent drawn as Euler's method.") { folder };
system.SetAction((result, cancellation) => Task.Run(() => DynamicalSystem.Run(result.GetValue(folder)!, cancellation), cancellation));
root.Add(system);

// Without a command both of them, as they are by themselves.
root.SetAction((_, cancellation) => Task.Run(
    () => Math.Max(TuringProgram.Run(FirstTape), DynamicalSystem.Run(PresentFolder, cancellation)), cancellation));
return await root.RunAsync(args);
