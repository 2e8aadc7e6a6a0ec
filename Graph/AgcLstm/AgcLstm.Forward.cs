using System.Runtime.CompilerServices;
using FastRecurrent.Cells;
using FastRecurrent.Kernels;

namespace FastRecurrent.Graph;

public sealed partial class AgcLstm<T>
{
    /// <summary>Runs a batch of sequences. Nothing is allocated.</summary>
    /// <param name="input">The sequences and the states they start from.</param>
    /// <param name="output">What is wanted; the last states may be the memory of the input's. Y, Global and Local, written step by step,
    /// must not overlap X.</param>
    /// <param name="tape">Memory made by this layer.</param>
    /// <exception cref="ArgumentException">A size does not fit, what is written overlaps X, or the tape is another layer's;
    /// nothing has been written.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Forward(scoped in AgcLstmInput<T> input, scoped in AgcLstmOutput<T> output, AgcLstmTape<T> tape)
    {
        CheckTape(tape);
        CheckInput(input, tape);
        CheckOutput(input, output);
        int steps = input.Steps, rows = input.Batch * Joints, hidden = _layout.Hidden, size = Options.HiddenSize, saved = _layout.SavedSize;
        tape.HasRun = false;
        tape.Steps = steps;
        tape.Batch = input.Batch;
        Span<T> h = tape.H.Span[..(rows * hidden)], c = tape.C.Span, states = tape.States.Span;
        int stateWidth = Partitions.Count * hidden, stepsAtATime = Math.Max(1, GateRows / Math.Max(1, rows)),
            gates = rows * _layout.Gates * hidden;
        Rows.Load(input.H0, size, rows, h);
        Rows.Load(input.C0, size, rows, c);
        for (int t = 0; t < steps; t++)
        {
            if (t % stepsAtATime == 0)
            {
                InputProducts(input.X, t, Math.Min(stepsAtATime, steps - t), tape);
            }

            Span<T> side = states.Slice(t * rows * stateWidth, rows * stateWidth);
            AlignedMemory<T> step = tape.Saved.AsMemory(t * rows * saved, rows * saved);
            Partitions.Aggregate(h, hidden, input.Batch, side);
            _state.Forward(side, stateWidth, rows, step.Span, saved, tape.Workers);
            Span<T> unattended = _attention is null ? h : tape.Unattended.Span.Slice(t * rows * hidden, rows * hidden);
            LstmKernel.Forward(
                _layout,
                new CellForward<T>
                {
                    Rows = rows,
                    Gates = tape.Gates.AsMemory(t % stepsAtATime * gates, gates),
                    PreviousHidden = default,
                    RecurrentInput = default,
                    PreviousCellState = tape.C.AsMemory(t * rows * hidden, rows * hidden),
                    Hidden = default,
                    CellState = tape.C.AsMemory((t + 1) * rows * hidden, rows * hidden),
                    Saved = step,
                },
                peephole: default,
                unattended,
                hidden,
                LstmPhase.Both);
            Rows.ClearPadding(unattended, hidden, size, hidden, rows); // the next step's products read it, and the attention's
            _attention?.Forward(tape, t, h);
            Rows.Copy(h, hidden, size, rows, output.Y.IsEmpty ? default : output.Y[(t * rows * size)..], size);
            Features(t, h, output, tape);
        }

        Rows.Copy<T>(h, hidden, size, rows, output.H, size);
        Rows.Copy<T>(c[(steps * rows * hidden)..], hidden, size, rows, output.C, size);
        if (!output.Alpha.IsEmpty)
        {
            tape.Alpha.Span[..(steps * rows)].CopyTo(output.Alpha);
        }

        tape.HasRun = true;
    }

    /// <summary>b + W_x *G x of some steps, all joints and sequences in one product.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void InputProducts(ReadOnlySpan<T> x, int first, int steps, AgcLstmTape<T> tape)
    {
        int stride = InputStride, width = Partitions.Count * stride, joints = Joints, features = joints * Options.InputSize;
        Span<T> joint = tape.Joint.Span, side = tape.Inputs.Span[(first * tape.Batch * joints * width)..];
        for (int graph = 0; graph < steps * tape.Batch; graph++)
        {
            Rows.Load(x.Slice((first * tape.Batch + graph) * features, features), Options.InputSize, joints, joint);
            Partitions.Aggregate(joint, stride, 1, side.Slice(graph * joints * width, joints * width));
        }

        _input.Forward(side, width, steps * tape.Batch * joints, tape.Gates.Span, _layout.Gates * _layout.Hidden, tape.Workers);
    }

    /// <summary>Σ_n H_n and Σ_n α_n Ĥ_n of a step, where they are wanted.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Features(int step, ReadOnlySpan<T> h, scoped in AgcLstmOutput<T> output, AgcLstmTape<T> tape)
    {
        int size = Options.HiddenSize, hidden = _layout.Hidden, joints = Joints;
        Span<T> feature = tape.Feature.Span;
        for (int graph = 0; graph < tape.Batch; graph++)
        {
            int at = step * tape.Batch + graph;
            if (!output.Global.IsEmpty)
            {
                feature.Clear();
                NeuralPrimitives.ColumnSum(h.Slice(graph * joints * hidden, joints * hidden), hidden, joints, feature);
                feature[..size].CopyTo(output.Global[(at * size)..]);
            }

            if (!output.Local.IsEmpty)
            {
                feature.Clear();
                for (int row = at * joints; row < (at + 1) * joints; row++)
                {
                    NeuralPrimitives.MultiplyAdd(tape.Unattended.Span.Slice(row * hidden, hidden), tape.Alpha.Span[row], feature);
                }

                feature[..size].CopyTo(output.Local[(at * size)..]);
            }
        }
    }

    private void CheckInput(scoped in AgcLstmInput<T> input, AgcLstmTape<T> tape)
    {
        if (input.Steps < 0 || input.Steps > tape.MaxSteps || input.Batch < 0 || input.Batch > tape.MaxBatch)
        {
            throw new ArgumentException(
                $"input has {input.Steps} steps × {input.Batch} sequences, the tape takes 0 … {tape.MaxSteps} × 0 … {tape.MaxBatch}.",
                nameof(input));
        }

        long rows = (long)input.Batch * Joints;
        Require.Length(input.X.Length, input.Steps * rows * Options.InputSize, "input.X", "T·B·N·D");
        Require.LengthOrEmpty(input.H0.Length, rows * Options.HiddenSize, "input.H0", "B·N·H");
        Require.LengthOrEmpty(input.C0.Length, rows * Options.HiddenSize, "input.C0", "B·N·H");
    }

    private void CheckOutput(scoped in AgcLstmInput<T> input, scoped in AgcLstmOutput<T> output)
    {
        long rows = (long)input.Batch * Joints, graphs = (long)input.Steps * input.Batch;
        Require.LengthOrEmpty(output.Y.Length, input.Steps * rows * Options.HiddenSize, "output.Y", "T·B·N·H");
        Require.LengthOrEmpty(output.H.Length, rows * Options.HiddenSize, "output.H", "B·N·H");
        Require.LengthOrEmpty(output.C.Length, rows * Options.HiddenSize, "output.C", "B·N·H");
        Require.LengthOrEmpty(output.Global.Length, graphs * Options.HiddenSize, "output.Global", "T·B·H");
        CheckAttention(output.Alpha.Length, output.Local.Length, graphs, "output.Alpha", "output.Local");
        Require.Apart<T>(output.Y, input.X);
        Require.Apart<T>(output.Global, input.X);
        Require.Apart<T>(output.Local, input.X);
    }
}
