using System.CommandLine;
using FastRecurrent.Samples.Common;
using FastRecurrent.Samples.SessionHandover;

Option<string?> redis =
    new("--redis")
    {
        Description = "Host and port of a Redis server; by default one of its own, which needs redis-server.",
        DefaultValueFactory = _ => null,
        Recursive = true
    };
Option<int> every =
    new("--every") { Description = "Steps after which the state is stored.", DefaultValueFactory = _ => 10, Recursive = true };
Option<int> steps = new("--steps") { Description = "Of the whole sequence.", DefaultValueFactory = _ => 1000 };
Argument<string> session = new("session") { Description = "Its name in Redis." };
Argument<string> name = new("name") { Description = "What this machine is called." };
Argument<long> until = new("until") { Description = "The last step, from 1." };
Command machine = new("machine", "One machine: goes on with a session where the last one left it.") { session, name, until };
machine.SetAction((result, cancellation) => Task.Run(
    () => Machine.Run(
        result.GetValue(redis) ?? "localhost:6379", result.GetValue(session)!, result.GetValue(name)!, result.GetValue(until),
        result.GetValue(every), cancellation),
    cancellation));
RootCommand root =
    new("Moves a live sequence from one machine to another through Redis, without a changed bit.") { redis, every, steps, machine };
root.SetAction((result, cancellation) => Task.Run(
    () =>
    {
        TrainingView.PrepareConsole();
        return Handover.Run(result.GetValue(redis), result.GetValue(steps), result.GetValue(every));
    },
    cancellation));
return await root.RunAsync(args);
