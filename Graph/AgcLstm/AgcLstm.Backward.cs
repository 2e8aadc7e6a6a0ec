using System.Runtime.CompilerServices;
using FastRecurrent.Cells;
using FastRecurrent.Kernels;

namespace FastRecurrent.Graph;

public sealed partial class AgcLstm<T>
{
    // With ∂ for gradients and primes for those of pre-activations, S_t = [Â_0 H_{t−1} | Â_1 H_{t−1} | …] and W_h the joined weights:
    //   ∂H_t = upstream + ∂global + Σ_k Â_kᵀ ∂S_{t+1,k}      ∂S_t = ∂gates'_t W_h      ∂W_h = Σ_t ∂gates'_tᵀ S_t
    //   and from ∂H_t by attention to ∂Ĥ_t, from ∂Ĥ_t and ∂C_t by the LSTM's step to ∂gates'_t and ∂C_{t−1}; x likewise
    /// <summary>
    /// Takes the last forward run back: writes the gradients of its inputs and adds the parameters' gradients.
    /// Nothing is allocated; the tape is used up.
    /// </summary>
    /// <param name="upstream">The gradients of the outputs.</param>
    /// <param name="gradient">Where the gradients of the inputs go.</param>
    /// <param name="tape">The tape of the forward run.</param>
    /// <exception cref="ArgumentException">A size does not fit, or the tape is another layer's; nothing has been written.</exception>
    /// <exception cref="InvalidOperationException">The tape holds no forward run.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Backward(scoped in AgcLstmOutputGradient<T> upstream, scoped in AgcLstmInputGradient<T> gradient, AgcLstmTape<T> tape)
    {
        CheckTape(tape);
        if (!tape.HasRun)
        {
            throw new InvalidOperationException("The tape holds no forward run: run the layer forward first; a run is taken back once.");
        }

        CheckBackward(upstream, gradient, tape);
        tape.HasRun = false;
        int steps = tape.Steps, batch = tape.Batch, rows = batch * Joints, hidden = _layout.Hidden, size = Options.HiddenSize,
            saved = _layout.SavedSize;
        int stateWidth = Partitions.Count * hidden;
        Span<T> dh = tape.HGradient.Span[..(rows * hidden)], dc = tape.CGradient.Span[..(rows * hidden)];
        Span<T> side = tape.StatesGradient.Span[..(rows * stateWidth)], record = tape.Saved.Span;
        Rows.Load(upstream.H, size, rows, dh);
        Rows.Load(upstream.C, size, rows, dc);
        for (int t = steps - 1; t >= 0; t--)
        {
            Rows.Add(StepOf(upstream.Y, t, rows * size), size, rows, dh);
            Rows.Add(StepOf(upstream.Global, t, batch * size), size, rows, dh, repeat: Joints);
            NeuralPrimitives.FlushTiny<T>(dh, dh);
            _attention?.Backward(tape, t, StepOf(upstream.Alpha, t, rows), StepOf(upstream.Local, t, batch * size), dh);
            Span<T> step = record.Slice(t * rows * saved, rows * saved);
            LstmKernel.Backward(
                _layout,
                new CellBackward<T>
                {
                    Rows = rows,
                    PreviousHidden = default,
                    PreviousCellState = tape.C.Span.Slice(t * rows * hidden, rows * hidden),
                    RecurrentInput = default,
                    HiddenGradient = dh,
                    RecurrentGradient = default,
                    CellStateGradient = dc,
                    Saved = step,
                    Scratch = default,
                },
                peephole: default,
                dh,
                LstmPhase.Both);
            if (t > 0 || !gradient.H0.IsEmpty)
            {
                _state.Backward(step, saved, rows, side, stateWidth, accumulate: false, tape.Workers);
                Partitions.AggregateBackward(side, hidden, batch, dh);
            }
        }

        Rows.Copy<T>(dh, hidden, size, rows, gradient.H0, size);
        Rows.Copy<T>(dc, hidden, size, rows, gradient.C0, size);
        AccumulateGradients(tape);
        if (!gradient.X.IsEmpty)
        {
            InputGradient(gradient.X, tape);
        }
    }

    private static ReadOnlySpan<T> StepOf(ReadOnlySpan<T> upstream, int step, int length) =>
        upstream.IsEmpty ? default : upstream.Slice(step * length, length);

    /// <summary>The parameters' gradients, one product each over all steps.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void AccumulateGradients(AgcLstmTape<T> tape)
    {
        int rows = tape.Steps * tape.Batch * Joints, saved = _layout.SavedSize;
        int stateWidth = Partitions.Count * _layout.Hidden, inputWidth = Partitions.Count * InputStride;
        ReadOnlySpan<T> gates = tape.Saved.Span;
        Span<T> workspace = tape.Workspace.Span;
        _state.AccumulateWeightGradient(gates, saved, tape.States.Span, stateWidth, rows, workspace, tape.Workers);
        _input.AccumulateWeightGradient(gates, saved, tape.Inputs.Span, inputWidth, rows, workspace, tape.Workers);
        _input.AccumulateBiasGradient(gates, saved, rows, _bias.Weight.Gradient, default, workspace, tape.Workers);
        _weightX.ScatterGradients();
        _weightH.ScatterGradients();
        _bias.ScatterGradients();
        _attention?.AccumulateGradients(tape);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void InputGradient(Span<T> dx, AgcLstmTape<T> tape)
    {
        int graphs = tape.Steps * tape.Batch, joints = Joints, stride = InputStride, width = Partitions.Count * stride,
            features = joints * Options.InputSize;
        Span<T> side = tape.Inputs.Span, joint = tape.Joint.Span;
        _input.Backward(tape.Saved.Span, _layout.SavedSize, graphs * joints, side, width, accumulate: false, tape.Workers);
        for (int graph = 0; graph < graphs; graph++)
        {
            Partitions.AggregateBackward(side.Slice(graph * joints * width, joints * width), stride, 1, joint);
            Rows.Copy<T>(joint, stride, Options.InputSize, joints, dx.Slice(graph * features, features), Options.InputSize);
        }
    }

    private void CheckBackward(scoped in AgcLstmOutputGradient<T> upstream, scoped in AgcLstmInputGradient<T> gradient, AgcLstmTape<T> tape)
    {
        long rows = (long)tape.Batch * Joints, graphs = (long)tape.Steps * tape.Batch;
        Require.LengthOrEmpty(upstream.Y.Length, tape.Steps * rows * Options.HiddenSize, "upstream.Y", "T·B·N·H");
        Require.LengthOrEmpty(upstream.H.Length, rows * Options.HiddenSize, "upstream.H", "B·N·H");
        Require.LengthOrEmpty(upstream.C.Length, rows * Options.HiddenSize, "upstream.C", "B·N·H");
        Require.LengthOrEmpty(upstream.Global.Length, graphs * Options.HiddenSize, "upstream.Global", "T·B·H");
        CheckAttention(upstream.Alpha.Length, upstream.Local.Length, graphs, "upstream.Alpha", "upstream.Local");
        Require.LengthOrEmpty(gradient.X.Length, tape.Steps * rows * Options.InputSize, "gradient.X", "T·B·N·D");
        Require.LengthOrEmpty(gradient.H0.Length, rows * Options.HiddenSize, "gradient.H0", "B·N·H");
        Require.LengthOrEmpty(gradient.C0.Length, rows * Options.HiddenSize, "gradient.C0", "B·N·H");
    }
}
