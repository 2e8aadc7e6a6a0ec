namespace FastRecurrent.Samples.SmallPrograms;

/// <summary>
/// The lectures' three-state machine, run directly: q1,0→1Rq2; q1,1→1Rq1; q2,0→0Lq3; q2,1→1Rq2; q3→0Hq3. It adds unary numbers: n ones, a
/// zero, m ones become n + m ones.
/// </summary>
/// <param name="State">1, 2 or 3; 3 halts.</param>
/// <param name="Left">The cells left of the head, the nearest first; beyond them all is 0.</param>
/// <param name="Right">The head's cell and those right of it; beyond them all is 0.</param>
public sealed record TuringMachine(int State, string Left, string Right)
{
    /// <summary>The machine before its first step.</summary>
    public static TuringMachine Start(string tape) => new(1, "", tape);

    /// <summary>The machine after one more step. In state 3 the head stays and writes 0.</summary>
    public TuringMachine Step()
    {
        char symbol = Right.Length > 0 ? Right[0] : '0';
        string rest = Right.Length > 0 ? Right[1..] : "";
        return (State, symbol) switch
        {
            (1, '0') => new TuringMachine(2, '1' + Left, rest),
            (1, _) => new TuringMachine(1, '1' + Left, rest),
            (2, '1') => new TuringMachine(2, '1' + Left, rest),
            (2, _) => new TuringMachine(3, Left.Length > 0 ? Left[1..] : "", (Left.Length > 0 ? Left[0] : '0') + "0" + rest),
            _ => new TuringMachine(3, Left, '0' + rest),
        };
    }

    /// <summary>The tape, with the state before the head's cell.</summary>
    public override string ToString() => $"{string.Concat(Left.Reverse())} q{State} {Right}";
}
