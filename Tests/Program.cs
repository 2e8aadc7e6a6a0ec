using FastRecurrent.Tests.Distributed;

// The test runner loads the assembly and never comes here; a test that needs processes of its own starts them with this.
if (args is not ["mpi"])
{
    Console.Error.WriteLine("Run the tests with: dotnet test -c Release");
    return 1;
}

return MpiChecks.Run();
