using System.CommandLine;
using FastRecurrent.Bench;
using FastRecurrent.Bench.Bdn;
using Spectre.Console;

if (Console.IsOutputRedirected)
{
    // A file or a pipe: no colours, no cursor movements, and lines as long as the table needs.
    AnsiConsole.Profile.Capabilities.Ansi = false;
    AnsiConsole.Profile.Capabilities.ColorSystem = ColorSystem.NoColors;
    AnsiConsole.Profile.Width = 160;
}

if (args is ["bdn", .. string[] rest])
{
    return BdnCommand.Run(rest); // past the parser, which would take --help and --version for its own
}

RootCommand root = Commands.MainJob();
foreach (Command command in (Command[])
    [
        Commands.Operations(), Commands.Peers(), Commands.Threads(), Commands.Latency(), Commands.Report(), Commands.Bdn(),
        Commands.Verify(), Commands.Rounded(), Commands.Digest(), Commands.Guard(), Commands.Fuzz(), Commands.Soak(),
    ])
{
    root.Add(command);
}

return await root.Parse(args).InvokeAsync();
