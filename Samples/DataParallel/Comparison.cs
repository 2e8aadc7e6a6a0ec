using System.ComponentModel;
using System.Diagnostics;

namespace FastRecurrent.Samples.DataParallel;

/// <summary>The same training with different numbers of ranks, each started by mpirun on this machine: what each ends with.</summary>
internal static class Comparison
{
    public static int Run(int[] ranks, string[] arguments)
    {
        foreach (int count in ranks)
        {
            ProcessStartInfo start = new("mpirun") { RedirectStandardOutput = true };
            string[] options = ["-np", $"{count}", "--oversubscribe", "--bind-to", "none",
                .. Environment.IsPrivilegedProcess ? ["--allow-run-as-root"] : Array.Empty<string>()];
            foreach (string argument in (string[])[.. options, "dotnet", typeof(Comparison).Assembly.Location, .. arguments])
            {
                start.ArgumentList.Add(argument);
            }

            try
            {
                using Process process = Process.Start(start)!;
                string[] lines = process.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
                process.WaitForExit();
                if (process.ExitCode != 0)
                {
                    return process.ExitCode;
                }

                Console.WriteLine(lines[^1]);
            }
            catch (Win32Exception)
            {
                Console.Error.WriteLine("mpirun is not installed (Debian: openmpi-bin).");
                return 1;
            }
        }

        return 0;
    }
}
