using System.Globalization;
using FastRecurrent.Bench.Results;
using FastRecurrent.Bench.Roof;

namespace FastRecurrent.Bench.Report;

/// <summary>What became of a goal.</summary>
/// <param name="Result">The comparison it belongs to.</param>
/// <param name="Goal">What we set out to reach.</param>
public sealed record GoalOutcome(PeerResult Result, PeerGoal Goal)
{
    /// <summary>Our time.</summary>
    public PeerTiming Ours => Result.Timings[0];

    /// <summary>The rival's time over ours; null where the rival was not there.</summary>
    public double? Ratio => Result.Timings.Skip(1).FirstOrDefault(timing => timing.Peer == Goal.Peer)?.Median / Ours.Median;

    /// <summary>Measured, and below the goal.</summary>
    public bool IsMissed => Ratio < Goal.AtLeast;

    /// <summary>Why a missed goal was missed, as far as the roof tells, in plain words.</summary>
    public string Explain(Roofs roofs)
    {
        Work work = Result.Cost;
        (double bound, Limit limit) = roofs.Bound(work);
        double share = bound / Ours.Median, best = Ratio!.Value / Math.Min(share, 1);
        string what = limit switch
        {
            Limit.Waiting =>
                $"{(work.Steps == 1 ? "" : $"{work.Steps} times ")}{work.Depth} multiply-adds, a sigmoid and a tanh, each waiting for the "
                    + $"one before,",
            Limit.Reading => $"Reading {Units.Bytes((long)work.Bytes)} from where {Units.Bytes(work.WorkingSet)} fit",
            _ => "The arithmetic",
        };
        string verdict = best < Goal.AtLeast
            ? $"Even at the roof it would be {Measured(best, Goal.AtLeast)}: on this machine the goal is out of reach."
            : $"At the roof it would be {Measured(best, Goal.AtLeast)}: there is room.";
        if (Result.Products is { } products)
        {
            double rest = Ratio.Value * Ours.Median / products.Median;
            verdict += $" The matrix products by themselves, timed in turns with it, take {Units.Time(products.Median)}, "
                + $"{Units.Percent(products.Median / Ours.Median)} of ours, at {Units.Rate(work.Flops / products.Median, "FLOP/s")}: "
                + (rest < Goal.AtLeast
                    ? $"even if nothing else took any time it would be {Measured(rest, Goal.AtLeast)}."
                    : $"activations, states and copies take the rest; without them it would be {Measured(rest, Goal.AtLeast)}.");
        }

        return $"{Result.Work} {Result.Shape}: {Measured(Ratio.Value, Goal.AtLeast)} as fast as {Goal.Peer}, the goal is "
            + $"{Times(Goal.AtLeast)}. "
            + $"Ours takes {Units.Time(Ours.Median)}. {what} {(limit == Limit.Waiting ? "take" : "takes")} this machine "
                + $"{Units.Time(bound)} at best, {Units.Percent(share)} of that. {verdict}";
    }

    /// <summary>A ratio as measured: "19.1×", three digits; one more where it would else look like the goal that it misses.</summary>
    public static string Measured(double ratio, double? goal) =>
        ratio < goal && Units.Digits(ratio) == Units.Digits(goal.Value)
        ? ratio.ToString("F3", CultureInfo.InvariantCulture) + "×"
        : Units.Digits(ratio) + "×";

    /// <summary>A ratio as set: "1.25×", "60×".</summary>
    public static string Times(double ratio) => ratio.ToString("0.##", CultureInfo.InvariantCulture) + "×";
}
