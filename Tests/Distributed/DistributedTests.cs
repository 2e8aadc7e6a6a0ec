using System.Text.RegularExpressions;
using FastRecurrent.Tests.Support;

namespace FastRecurrent.Tests.Distributed;

/// <summary>Training in many processes, under Open MPI's mpirun on this machine.</summary>
public class DistributedTests
{
    [MpiTheory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    public void All_checks_hold_in_all_ranks_after_one_of_an_earlier_job_was_killed(int ranks)
    {
        string folder = Directory.CreateTempSubdirectory().FullName, checkpoint = Path.Combine(folder, "checkpoint.safetensors");
        try
        {
            (int code, string output, string errors) = Mpirun("killed");
            Assert.True(code != 0 && (output + errors).Contains("signal 9"), output + errors);
            (code, output, errors) = Mpirun("checks");
            Assert.True(code == 0 && Regex.Count(output, "all checks hold") == ranks, output + errors);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        (int Code, string Output, string Errors) Mpirun(string command) => Programs.Run(
            "mpirun",
            [
                "-np", $"{ranks}", "--timeout", "300", "--oversubscribe", "--bind-to", "none", .. Environment.IsPrivilegedProcess ? ["--allow-run-as-root"] : Array.Empty<string>(),
                "dotnet", typeof(DistributedTests).Assembly.Location, command, checkpoint,
            ]);
    }
}
