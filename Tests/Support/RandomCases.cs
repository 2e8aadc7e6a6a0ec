using FsCheck;
using FsCheck.Fluent;
using Microsoft.FSharp.Core;

namespace FastRecurrent.Tests.Support;

/// <summary>
/// Checks a property on random cases with shrinking. A failure prints the seed;
/// FSCHECK_REPLAY="seed,gamma" in the environment runs it again.
/// </summary>
internal static class RandomCases
{
    public static void Hold<TCase>(Gen<TCase> cases, Func<TCase, IEnumerable<TCase>> shrink, Action<TCase> check, int count = 100)
    {
        Config config = Config.QuickThrowOnFailure.WithMaxTest(count).WithQuietOnSuccess(true);
        string? replay = Environment.GetEnvironmentVariable("FSCHECK_REPLAY");
        if (replay?.Split(',') is [string seed, string gamma])
        {
            Rnd random = new(ulong.Parse(seed), ulong.Parse(gamma));
            config = config.WithReplay(FSharpOption<Replay>.Some(new Replay(random, FSharpOption<int>.None)));
        }

        Check.One(config, Prop.ForAll(Arb.ToArbitrary(cases, shrink), check));
    }

    /// <summary>Sizes with the edges that kernels have: 1, the vector widths, and one to either side.</summary>
    public static Gen<int> Size(int largest = 70) =>
        Gen.OneOf(Gen.Choose(1, Math.Min(9, largest)), Gen.Choose(1, largest), Gen.Elements(1, 2, 4, 7, 8, 15, 16, 17, 31, 32, 33)
            .Where(n => n <= largest));

    /// <summary>Smaller positive numbers: 1, half, one less.</summary>
    public static IEnumerable<int> Smaller(int value, int least = 1) =>
        new[] { least, value / 2, value - 1 }.Where(smaller => smaller >= least && smaller < value).Distinct();
}
