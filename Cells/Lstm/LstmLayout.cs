using FastRecurrent.Kernels;

namespace FastRecurrent.Cells;

/// <summary>Where the parts of an LSTM's tape row lie, in elements; see <see cref="LstmCell{T}"/>.</summary>
internal readonly struct LstmLayout
{
    public LstmLayout(LstmOptions options)
    {
        Forget = options.Forget;
        Gates = options.Gates;
        MemoryGates = options.PeepholeGates - 1;
        HiddenSize = options.HiddenSize;
        Hidden = GateLayout.Pad(options.HiddenSize);
        IsFull = options.Peephole == Peephole.Full;
        KeepsCellState = options.Peephole != Peephole.None;
        TanhCellState = Gates * Hidden;
        CellState = TanhCellState + Hidden;
        PeepholeMemory = CellState + (KeepsCellState ? Hidden : 0);
        PeepholeOutput = PeepholeMemory + (IsFull ? MemoryGates * Hidden : 0);
        Projected = PeepholeOutput + (IsFull ? Hidden : 0);
        ProjectedGradient = Projected + (options.ProjectionSize > 0 ? Hidden : 0);
        SavedSize = ProjectedGradient + GateLayout.Pad(options.ProjectionSize);
    }

    public ForgetGate Forget { get; }

    /// <summary>Gates in the weights, 4 or 3: i, (f), g, o.</summary>
    public int Gates { get; }

    /// <summary>Gates that see c⁻, 2 or 1: i, (f).</summary>
    public int MemoryGates { get; }

    public int HiddenSize { get; }

    /// <summary>Units with padding.</summary>
    public int Hidden { get; }

    public bool IsFull { get; }

    public bool KeepsCellState { get; }

    public int TanhCellState { get; }

    public int CellState { get; }

    public int PeepholeMemory { get; }

    public int PeepholeOutput { get; }

    public int Projected { get; }

    public int ProjectedGradient { get; }

    public int SavedSize { get; }
}
