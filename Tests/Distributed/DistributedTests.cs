using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using FastRecurrent.Models;
using FastRecurrent.Samples.DataParallel;
using FastRecurrent.Tests.Support;

namespace FastRecurrent.Tests.Distributed;

/// <summary>Training in many processes, under Open MPI's mpirun on this machine.</summary>
public partial class DistributedTests
{
    [MpiTheory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    public void Checks_hold_in_all_ranks(int ranks)
    {
        string output = Programs.Run("mpirun", Programs.Ranks(ranks, typeof(DistributedTests), "mpi"));
        Assert.Equal(ranks, Regex.Count(output, "all checks hold"));
    }

    [MpiTheory]
    [InlineData(2)]
    [InlineData(4)]
    public void A_killed_rank_leaves_the_checkpoint_and_training_goes_on_to_the_same_bits(int ranks)
    {
        string folder = Directory.CreateTempSubdirectory().FullName, checkpoint = Path.Combine(folder, "checkpoint.safetensors");
        string[] training = ["--epochs", "40", "--hidden", "16", "--batch", "8"];
        try
        {
            string whole = WeightsOf(Programs.Run("mpirun", Programs.Ranks(ranks, typeof(RankedTraining), training)), ranks);
            KillOne(ranks, [.. training, "--checkpoint", checkpoint]);
            int epochs;
            using (SafeTensorsFile file = SafeTensorsFile.Open(checkpoint))
            {
                epochs = int.Parse(file.Metadata["epoch"], CultureInfo.InvariantCulture);
            }

            Assert.InRange(epochs, 2, 39);
            string resumed = Programs.Run("mpirun", Programs.Ranks(ranks, typeof(RankedTraining), [.. training, "--checkpoint", checkpoint]));
            Assert.DoesNotContain($"epoch {epochs}:", resumed);
            Assert.Contains($"epoch {epochs + 1}:", resumed);
            Assert.Equal(whole, WeightsOf(resumed, ranks));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Kills the last rank once the second epoch is over, and waits until mpirun has ended the others.</summary>
    private static void KillOne(int ranks, string[] training)
    {
        Process job = Programs.Start("mpirun", Programs.Ranks(ranks, typeof(RankedTraining), training));
        int? victim = null;
        while (job.StandardOutput.ReadLine() is { } line && !line.Contains("epoch 2:"))
        {
            if (line.Contains($"rank {ranks - 1} of {ranks}: process"))
            {
                victim = int.Parse(ProcessNumber().Match(line).Groups[1].Value, CultureInfo.InvariantCulture);
            }
        }

        using (Process process = Process.GetProcessById(Assert.NotNull(victim)))
        {
            process.Kill();
        }

        Assert.NotEqual(0, Programs.Finish(job).Code);
    }

    /// <summary>What all ranks say their weights are.</summary>
    private static string WeightsOf(string output, int ranks)
    {
        string[] weights = [.. Weights().Matches(output).Select(match => match.Groups[1].Value)];
        Assert.Equal(ranks, weights.Length);
        return Assert.Single(weights.Distinct());
    }

    [GeneratedRegex("process (\\d+)")]
    private static partial Regex ProcessNumber();

    [GeneratedRegex("weights ([0-9A-F]+)")]
    private static partial Regex Weights();
}
