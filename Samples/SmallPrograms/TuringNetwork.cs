using FastRecurrent.Cells;
using FastRecurrent.Kernels;

namespace FastRecurrent.Samples.SmallPrograms;

/// <summary>
/// The same machine as a fully connected recurrent net, h = σ(U h⁻ + b) with σ(z) = min(max(z, 0), 1) (after Siegelmann and Sontag 1995).
/// Four steps of the net are one of the machine; every number is a multiple of a power of 4, so nothing is rounded.
/// </summary>
/// <remarks>
/// A stack of symbols s₁ s₂ … is one unit's value Σ (2sᵢ + 1)/4ⁱ, 0 if empty. Then
/// <code>
/// top = σ(4q − 2)      filled = σ(4q)      pop = 4q − 2 top − filled      push s = q/4 + (2s + 1)/4      v if c, else 0: σ(v + c − 1)
/// </code>
/// Phase 1 reads both stacks, phase 2 finds the rule, phase 3 computes each rule's stacks, phase 4 adds them up: only one differs from 0.
/// </remarks>
public sealed class TuringNetwork
{
    /// <summary>Cells of a tape: a double has 52 bits behind the point, a cell takes two, and the machine may write one more.</summary>
    public const int Capacity = 25;

    private readonly Dictionary<string, int> _units = new(StringComparer.Ordinal);
    private readonly List<(string Unit, double Bias, (double Weight, string Source)[] Terms)> _rules = [];
    private readonly RecurrentStream<SrnCell<double>, double> _stream;
    private readonly double[] _nothing = new double[1];

    /// <summary>The net, with a tape and the machine in its first state.</summary>
    /// <param name="tape">0s and 1s, at most <see cref="Capacity"/> of them.</param>
    /// <exception cref="ArgumentException">The tape is too long or holds something else.</exception>
    public TuringNetwork(string tape)
    {
        if (tape.Length > Capacity || tape.Any(symbol => symbol is not ('0' or '1')))
        {
            throw new ArgumentException($"A tape has at most {Capacity} cells of 0 or 1, not '{tape}'.", nameof(tape));
        }

        Define();
        Srn<double> net = new(new SrnOptions { InputSize = 1, HiddenSize = _units.Count, Activation = Activation.SaturatedLinear });
        Span<double> weights = net.Parameters["weight_hh_l0"].Value, biases = net.Parameters["bias_hh_l0"].Value;
        foreach ((string unit, double bias, (double Weight, string Source)[] terms) in _rules)
        {
            biases[_units[unit]] = bias;
            foreach ((double weight, string source) in terms)
            {
                weights[_units[unit] * _units.Count + _units[source]] += weight;
            }
        }

        net.Pack();
        _stream = net.CreateStream();
        double[] state = new double[_units.Count];
        state[_units["q1"]] = 1;
        state[_units["R"]] = Encode(tape);
        _stream.SetState(0, state);
    }

    /// <summary>Units of the net.</summary>
    public int Units => _units.Count;

    /// <summary>One step of the machine: four of the net.</summary>
    public void Step()
    {
        for (int phase = 0; phase < 4; phase++)
        {
            _stream.Step(_nothing);
        }
    }

    /// <summary>What the net's units say the machine looks like.</summary>
    /// <exception cref="InvalidOperationException">They say nothing a machine could look like.</exception>
    public TuringMachine Read()
    {
        int[] states = [.. Enumerable.Range(1, 3).Where(state => ValueOf($"q{state}") == 1)];
        return states.Length == 1
            ? new TuringMachine(states[0], Decode(ValueOf("L")), Decode(ValueOf("R")))
            : throw new InvalidOperationException($"{states.Length} states are on.");
    }

    private void Define()
    {
        // Phase 1: the symbols on top, and whether there are any; the rest is passed on.
        Unit("read a", -2, (4, "R"));
        Unit("read fr", 0, (4, "R"));
        Unit("read l", -2, (4, "L"));
        Unit("read fl", 0, (4, "L"));
        foreach (string name in new[] { "L", "R", "q1", "q2", "q3" })
        {
            Unit("read " + name, 0, (1, name));
        }

        // Phase 2: the rule that applies.
        Unit("rule 10", 0, (1, "read q1"), (-1, "read a"));
        Unit("rule 11", -1, (1, "read q1"), (1, "read a"));
        Unit("rule 20", 0, (1, "read q2"), (-1, "read a"));
        Unit("rule 21", -1, (1, "read q2"), (1, "read a"));
        Unit("rule 3", 0, (1, "read q3"));
        foreach (string name in new[] { "L", "R", "a", "fr", "l", "fl" })
        {
            Unit("rule " + name, 0, (1, "read " + name));
        }

        // Phase 3: the stacks as each rule leaves them. To the right: write 1, push it left. To the left: write 0,
        // then the left neighbour on top.
        (double, string)[] right = [(1, "rule 10"), (1, "rule 11"), (1, "rule 21")];
        Unit("right L", 0.75 - 1, [(0.25, "rule L"), .. right]);
        Unit("right R", -1, [.. Popped(1), .. right]);
        Unit("left L", -1, (4, "rule L"), (-2, "rule l"), (-1, "rule fl"), (1, "rule 20"));
        Unit("left R", 1.0 / 16 + 0.25 - 1, [.. Popped(1.0 / 16), (0.5, "rule l"), (1, "rule 20")]);
        Unit("halt L", -1, (1, "rule L"), (1, "rule 3"));
        Unit("halt R", 0.25 - 1, [.. Popped(0.25), (1, "rule 3")]);
        Unit("next q1", 0, (1, "rule 11"));
        Unit("next q2", 0, (1, "rule 10"), (1, "rule 21"));
        Unit("next q3", 0, (1, "rule 20"), (1, "rule 3"));

        // Phase 4: the machine after its step.
        Unit("L", 0, (1, "right L"), (1, "left L"), (1, "halt L"));
        Unit("R", 0, (1, "right R"), (1, "left R"), (1, "halt R"));
        Unit("q1", 0, (1, "next q1"));
        Unit("q2", 0, (1, "next q2"));
        Unit("q3", 0, (1, "next q3"));

        static (double, string)[] Popped(double scale) => [(4 * scale, "rule R"), (-2 * scale, "rule a"), (-scale, "rule fr")];
    }

    private void Unit(string name, double bias, params (double Weight, string Source)[] terms)
    {
        _units.Add(name, _units.Count);
        _rules.Add((name, bias, terms));
    }

    private double ValueOf(string unit) => _stream.Output[_units[unit]];

    private static double Encode(string stack)
    {
        double value = 0;
        for (int i = stack.Length - 1; i >= 0; i--)
        {
            value = value / 4 + (stack[i] == '1' ? 0.75 : 0.25);
        }

        return value;
    }

    private static string Decode(double value)
    {
        string stack = "";
        for (; value > 0; value -= Math.Floor(value))
        {
            value *= 4;
            stack += Math.Floor(value) switch
            {
                1 => '0',
                3 => '1',
                double digit => throw new InvalidOperationException($"A stack holds the digit {digit}."),
            };
        }

        return stack;
    }
}
