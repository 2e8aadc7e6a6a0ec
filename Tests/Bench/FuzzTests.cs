using Xunit.Abstractions;

namespace FastRecurrent.Tests.Bench;

/// <summary>Whatever a reader or builder is given, it gives something of use or refuses as documented.
/// FUZZ_SEED in the environment runs a seed again.</summary>
public class FuzzTests(ITestOutputHelper output)
{
    private static readonly int _seed = int.TryParse(Environment.GetEnvironmentVariable("FUZZ_SEED"), out int seed)
        ? seed
        : Environment.TickCount;

    [Fact]
    public void Mutated_files_are_used_or_refused()
    {
        foreach (FuzzTarget target in FuzzTarget.All())
        {
            Fuzzer fuzzer = new(target, _seed);
            for (int round = 0; round < 4 && fuzzer.Files < 1000; round++)
            {
                fuzzer.Run(TimeSpan.FromSeconds(0.4));
            }

            output.WriteLine($"{target.Name}: {fuzzer.Files} files, {fuzzer.Accepted} used; seed {_seed}");
            Assert.True(fuzzer.Failures.Count == 0, string.Join('\n', fuzzer.Failures));
            Assert.NotEqual(0, fuzzer.Files);
        }
    }

    [Fact]
    public void Seeds_are_used_and_mutations_of_a_seed_are_the_same_every_time()
    {
        foreach (FuzzTarget target in FuzzTarget.All())
        {
            Assert.Equal(target.CreateFile(1, 5), target.CreateFile(1, 5));
            Assert.Contains(Enumerable.Range(0, 20), number => !target.CreateFile(1, number).SequenceEqual(target.CreateFile(2, number)));
            Assert.Contains(target.Seeds, seed => target.Read(seed) is not null);
        }
    }

    [Fact]
    public void What_must_not_happen_is_told()
    {
        Assert.Contains("System.IndexOutOfRangeException", Failure(_ => throw new IndexOutOfRangeException()));
        Assert.Contains("of the memory allowed", Failure(_ => { _kept = new byte[1 << 20]; return null; }));
        Assert.Contains("of the memory allowed", Failure(_ => () => _kept = new byte[1 << 25]));
        Assert.Contains("0% of the memory allowed", Failure(_ => { Thread.Sleep(20); return null; }).Replace(" %", "%"));

        static string Failure(Func<byte[], Action?> read)
        {
            FuzzTarget target = new("test", [[1, 2, 3]], (_, file, _) => file, read, Memory: 1000);
            Fuzzer fuzzer = new(target, seed: 3) { Longest = TimeSpan.FromMilliseconds(10) };
            fuzzer.Run(TimeSpan.FromSeconds(0.01));
            Assert.StartsWith("test, seed 3, file 0: ", fuzzer.Failures[0]);
            return fuzzer.Failures[0];
        }
    }

    private static byte[]? _kept;
}
