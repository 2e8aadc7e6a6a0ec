using System.Diagnostics;
using System.Text;
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
    public async Task All_checks_hold_in_all_ranks_after_one_of_an_earlier_job_was_killed(int ranks)
    {
        string folder = Directory.CreateTempSubdirectory().FullName, checkpoint = Path.Combine(folder, "checkpoint.safetensors");
        try
        {
            await Run(ranks, "killed", checkpoint, expected: "exited on signal 9", times: 1);
            await Run(ranks, "checks", checkpoint, expected: "all checks hold", times: ranks);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [LinuxFact]
    public void A_missing_library_is_told()
    {
        string folder = Directory.CreateTempSubdirectory().FullName;
        try
        {
            File.WriteAllText(Path.Combine(folder, "libmpi.so.40"), ""); // found first, and no library
            (int code, _, string errors) = Programs.Run(
                "env", $"LD_LIBRARY_PATH={folder}", "dotnet", typeof(DistributedTests).Assembly.Location, "missing");
            Assert.True(code == 0, errors);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>
    /// Runs a command of this assembly under mpirun until it has said what is expected as many times. Version 4.1 of mpirun hangs now and
    /// then in its own clearing up (PMIx waits for a thread that waits for a lock) when all ranks have long ended: then it is killed.
    /// </summary>
    private static async Task Run(int ranks, string command, string checkpoint, string expected, int times)
    {
        StringBuilder said = new();
        TaskCompletionSource heard = new(TaskCreationOptions.RunContinuationsAsynchronously);
        using Process job = new();
        job.StartInfo = new ProcessStartInfo(
            "mpirun",
            [
                "-np", $"{ranks}", "--timeout", "300", "--oversubscribe", "--bind-to", "none",
                .. Environment.IsPrivilegedProcess ? ["--allow-run-as-root"] : Array.Empty<string>(),
                "dotnet", typeof(DistributedTests).Assembly.Location, command, checkpoint,
            ])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        job.OutputDataReceived += Hear;
        job.ErrorDataReceived += Hear;
        job.Start();
        job.BeginOutputReadLine();
        job.BeginErrorReadLine();
        Task end = job.WaitForExitAsync();
        await Task.WhenAny(end, heard.Task, Task.Delay(TimeSpan.FromMinutes(6)));
        await Task.WhenAny(end, Task.Delay(TimeSpan.FromSeconds(10)));
        if (!end.IsCompleted)
        {
            job.Kill(entireProcessTree: true);
        }

        Assert.True(heard.Task.IsCompleted, $"{command}: {said}");

        void Hear(object sender, DataReceivedEventArgs line)
        {
            lock (said)
            {
                said.AppendLine(line.Data);
                if (Regex.Count(said.ToString(), expected) >= times)
                {
                    heard.TrySetResult();
                }
            }
        }
    }
}
