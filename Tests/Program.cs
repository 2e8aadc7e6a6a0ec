using FastRecurrent.Tests.Cells;
using FastRecurrent.Tests.Distributed;

// The test runner loads the assembly and never comes here: this is for a test that needs processes of its own.
switch (args)
{
    case ["killed", string checkpoint]:
        return KilledTraining.Run(checkpoint);
    case ["checks", string checkpoint]:
        return MpiChecks.Run(checkpoint);
    case ["first-calls", string kind]:
        return WarmUpTests.FirstCalls(kind);
    case ["missing"]:
        return MpiChecks.RunWithoutLibrary();
    default:
        Console.Error.WriteLine("Run the tests with: dotnet test -c Release");
        return 1;
}
