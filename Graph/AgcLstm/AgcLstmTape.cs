using System.Numerics;
using FastRecurrent.Cells;
using FastRecurrent.Kernels;

namespace FastRecurrent.Graph;

/// <summary>
/// The memory of an <see cref="AgcLstm{T}"/>'s runs. Rows stand step after step, sequence after sequence, joint after joint, padded to
/// whole blocks of units.
/// </summary>
/// <remarks>
/// One run at a time. Any number of threads share the weights, each with a tape of its own, as long as nobody packs, loads or trains them;
/// the gradients belong to the weights, so that backward runs take turns.
/// </remarks>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed class AgcLstmTape<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    internal AgcLstmTape(AgcLstm<T> owner, in LstmLayout layout, int maxSteps, int maxBatch, int workspace, WorkerPool? workers)
    {
        Require.Positive(maxSteps);
        Require.Positive(maxBatch);
        Owner = owner;
        Workers = workers;
        MaxSteps = maxSteps;
        MaxBatch = maxBatch;
        int partitions = owner.Partitions.Count, joints = owner.Partitions.NodeCount, input = GateLayout.Pad(owner.Options.InputSize);
        long graphs = (long)maxSteps * maxBatch, stepRows = (long)maxBatch * joints, rows = maxSteps * stepRows, hidden = layout.Hidden;
        Joint = new AlignedBuffer<T>((long)joints * input);
        Inputs = new AlignedBuffer<T>(rows * partitions * input);
        Gates = new AlignedBuffer<T>(Math.Min(rows, Math.Max(stepRows, AgcLstm<T>.GateRows)) * layout.Gates * hidden);
        States = new AlignedBuffer<T>(rows * partitions * hidden);
        StatesGradient = new AlignedBuffer<T>(stepRows * partitions * hidden);
        Saved = new AlignedBuffer<T>(rows * layout.SavedSize);
        C = new AlignedBuffer<T>((rows + stepRows) * hidden);
        H = new AlignedBuffer<T>(stepRows * hidden);
        Feature = new AlignedBuffer<T>(hidden);
        HGradient = new AlignedBuffer<T>(stepRows * hidden);
        CGradient = new AlignedBuffer<T>(stepRows * hidden);
        Workspace = GradientWorkspace.Create<T>(workspace, workers);

        bool attends = owner.Options.HasAttention;
        long size = GateLayout.Pad(owner.Options.AttentionSize);
        Unattended = Attention(rows * hidden);
        Alpha = Attention(rows);
        ScoreGradient = Attention(rows);
        Inner = Attention(rows * size);
        InnerGradient = Attention(rows * size);
        Sum = Attention(graphs * hidden);
        Query = Attention(graphs * hidden);
        QueryGradient = Attention(graphs * hidden);
        Added = Attention(maxBatch * size);
        AddedGradient = Attention(graphs * size);
        SumGradient = Attention(maxBatch * hidden);
        Local = Attention(maxBatch * hidden);

        AlignedBuffer<T> Attention(long length) => new(attends ? length : 0);
    }

    /// <summary>Steps that fit.</summary>
    public int MaxSteps { get; }

    /// <summary>Sequences that fit.</summary>
    public int MaxBatch { get; }

    /// <summary>Threads that share the runs; null for the calling one alone.</summary>
    public WorkerPool? Workers { get; }

    internal AgcLstm<T> Owner { get; }

    /// <summary>Steps of the last run.</summary>
    internal int Steps { get; set; }

    /// <summary>Sequences of the last run.</summary>
    internal int Batch { get; set; }

    /// <summary>Whether a run has been recorded and not yet been taken back.</summary>
    internal bool HasRun { get; set; }

    /// <summary>[N, D]: x of one graph, padded; in backward its gradient.</summary>
    internal AlignedBuffer<T> Joint { get; }

    /// <summary>[T·B·N, K·D]: Â_k x side by side; in the end of a backward run their gradients.</summary>
    internal AlignedBuffer<T> Inputs { get; }

    /// <summary>[some steps' rows, 4H]: b + W_x * G x.</summary>
    internal AlignedBuffer<T> Gates { get; }

    /// <summary>[T·B·N, K·H]: Â_k h of the step before, side by side.</summary>
    internal AlignedBuffer<T> States { get; }

    /// <summary>[B·N, K·H].</summary>
    internal AlignedBuffer<T> StatesGradient { get; }

    /// <summary>[T·B·N, gates and tanh c], see <see cref="LstmCell{T}"/>.</summary>
    internal AlignedBuffer<T> Saved { get; }

    /// <summary>[(T + 1)·B·N, H], c₀ first.</summary>
    internal AlignedBuffer<T> C { get; }

    /// <summary>[B·N, H]: h of the present step.</summary>
    internal AlignedBuffer<T> H { get; }

    /// <summary>[H]: a feature of one graph.</summary>
    internal AlignedBuffer<T> Feature { get; }

    internal AlignedBuffer<T> HGradient { get; }

    internal AlignedBuffer<T> CGradient { get; }

    internal AlignedBuffer<T> Workspace { get; }

    /// <summary>[T·B·N, H]: Ĥ.</summary>
    internal AlignedBuffer<T> Unattended { get; }

    /// <summary>[T·B·N].</summary>
    internal AlignedBuffer<T> Alpha { get; }

    /// <summary>[T·B·N]: ∂L/∂ what σ made α of.</summary>
    internal AlignedBuffer<T> ScoreGradient { get; }

    /// <summary>[T·B·N, S]: tanh(W_h Ĥ_n + W_s q + b_s).</summary>
    internal AlignedBuffer<T> Inner { get; }

    internal AlignedBuffer<T> InnerGradient { get; }

    /// <summary>[T·B, H]: Σ_n Ĥ_n.</summary>
    internal AlignedBuffer<T> Sum { get; }

    /// <summary>[T·B, H]: q.</summary>
    internal AlignedBuffer<T> Query { get; }

    internal AlignedBuffer<T> QueryGradient { get; }

    /// <summary>[B, S]: W_s q + b_s.</summary>
    internal AlignedBuffer<T> Added { get; }

    /// <summary>[T·B, S].</summary>
    internal AlignedBuffer<T> AddedGradient { get; }

    /// <summary>[B, H].</summary>
    internal AlignedBuffer<T> SumGradient { get; }

    /// <summary>[B, H]: ∂L/∂ the local feature.</summary>
    internal AlignedBuffer<T> Local { get; }
}
