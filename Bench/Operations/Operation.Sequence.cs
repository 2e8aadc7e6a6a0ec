using FastRecurrent.Cells;
using FastRecurrent.Kernels;

namespace FastRecurrent.Bench.Operations;

public sealed partial record Operation<T>
{
    private static string[] RunMethods => ["Run", "Backward"];
    private static string[] CellMethods => ["Forward", "Backward", "AccumulateGradients"];

    private static Operation<T>[] Sequences() =>
    [
        .. Enum.GetValues<Activation>()
        .Select(activation => Srn($"SRN {activation}", new() { InputSize = 1, HiddenSize = 1, Activation = activation })),
        Srn("SRN residual", new() { InputSize = 1, HiddenSize = 1, Recurrence = SrnRecurrence.Residual }),
        Srn("SRN residual input", new() { InputSize = 1, HiddenSize = 1, Recurrence = SrnRecurrence.ResidualInput }),
        .. from forget in Enum.GetValues<ForgetGate>()
           from peephole in Enum.GetValues<Peephole>()
           from projected in new[] { false, true }
           select Network($"LSTM, forget gate {forget}, peephole {peephole}{(projected ? ", projected" : "")}",
               typeof(Lstm<>), typeof(LstmCell<>), size => new Lstm<T>(new LstmOptions
               {
                   InputSize = size.InputSize,
                   HiddenSize = size.HiddenSize,
                   Layers = 2,
                   Bidirectional = true,
                   Forget = forget,
                   Peephole = peephole,
                   ProjectionSize = projected ? size.HiddenSize / 2 + 1 : 0,
               })),
        .. from reset in Enum.GetValues<ResetGate>()
           from update in Enum.GetValues<UpdateGate>()
           select Network($"GRU, reset {reset}, update {update}", typeof(Gru<>), typeof(GruCell<>), size => new Gru<T>(new GruOptions
           {
               InputSize = size.InputSize,
               HiddenSize = size.HiddenSize,
               Bidirectional = true,
               Reset = reset,
               Update = update,
           })),
        Network("Jordan", typeof(Jordan<>), typeof(JordanCell<>), size =>
            new Jordan<T>(new JordanOptions
            {
                InputSize = size.InputSize,
                HiddenSize = size.HiddenSize,
                OutputSize = size.HiddenSize / 2 + 1,
            })),
        Network("part LSTM", typeof(PartLstm<>), typeof(PartLstmCell<>), size =>
            size.InputSize < 2
                ? new PartLstm<T>(new LstmPart(1, size.HiddenSize))
                : new PartLstm<T>(new(1, 2), new(size.InputSize - 1, size.HiddenSize))),
        new("LSTM, one long sequence", Of(typeof(Lstm<>), "Run"), (size, run) =>
        {
            // Wide and long enough that products with the input are made beside steps.
            Lstm<T> network = RandomLstm(size with { HiddenSize = size.HiddenSize + 64 });
            int steps = size.Steps + 16;
            var x = run.Input("x", steps * size.InputSize);
            var y = run.Output("y", steps * network.HiddenSize);
            var workspace = network.CreateWorkspace(steps, 1, workers: size.Workers);
            run.Forward = () => network.Run(new() { Steps = steps, Batch = 1, X = x }, new() { Y = y }, workspace);
            run.Flops = 8.0 * steps * network.HiddenSize * (size.InputSize + network.HiddenSize);
        }),
        new("stream, a step", Of(typeof(RecurrentStream<,>), "Step"), (size, run) =>
        {
            var stream = RandomLstm(size).CreateStream(size.Workers);
            var x = run.Input("x", size.InputSize);
            var y = run.Output("y", size.HiddenSize);
            run.Forward = () =>
            {
                stream.Reset();
                stream.Step(x, y);
            };
            run.Flops = 8.0 * size.HiddenSize * (size.InputSize + size.HiddenSize);
        }),
        new("stream, wide, some steps", Of(typeof(RecurrentStream<,>), "Step"), (size, run) =>
        {
            const int Steps = 5;
            // Weights of more than 32 KB, which steps read in turns from either end, and on some processors from copies.
            var stream = RandomLstm(size with { HiddenSize = size.HiddenSize + 96 }).CreateStream(size.Workers);
            var x = run.Input("x", size.InputSize);
            var y = run.Output("y", stream.HiddenSize);
            run.Forward = () =>
            {
                stream.Reset();
                for (int step = 0; step < Steps; step++)
                {
                    stream.Step(x, y);
                }
            };
            run.Flops = 8.0 * Steps * stream.HiddenSize * (size.InputSize + stream.HiddenSize);
        }),
        new("stream, setting and saving the state", Of(typeof(RecurrentStream<,>), "SetState", "Save"), (size, run) =>
        {
            var stream = RandomLstm(size).CreateStream(size.Workers);
            var h = run.Input("h", size.HiddenSize);
            var c = run.Input("c", size.HiddenSize);
            var state = run.Output("destination", stream.StateLength);
            run.Forward = () => stream.SetState(0, h, c);
            run.Backward = () => stream.Save(state);
        }),
        new("stream, restoring the state", Of(typeof(RecurrentStream<,>), "Restore", "Save"), (size, run) =>
        {
            var stream = RandomLstm(size).CreateStream(size.Workers);
            var state = run.Input("source", stream.StateLength);
            var saved = run.Output("destination", stream.StateLength);
            run.Forward = () => stream.Restore(state);
            run.Backward = () => stream.Save(saved);
        }),
        new("pool of streams, a step", Of(typeof(StreamPool<,>), "Step"), (size, run) =>
        {
            var pool = RandomLstm(size).CreateStreamPool(256, size.Workers);
            int[] opened = [.. Enumerable.Range(0, pool.Capacity).Select(_ => pool.Open())];
            var sessions = run.Integers("sessions", opened[..size.Rows]);
            var x = run.Input("x", (size.Rows, size.InputSize));
            var y = run.Output("y", (size.Rows, size.HiddenSize));
            run.Forward = () =>
            {
                foreach (int session in opened)
                {
                    pool.Reset(session);
                }

                pool.Step(sessions, x, y);
            };
            run.Flops = 8.0 * size.Rows * size.HiddenSize * (size.InputSize + size.HiddenSize);
        }) { IsRowWise = true },
        new("pool of streams, restoring a state", Of(typeof(StreamPool<,>), "Restore", "Save"), (size, run) =>
        {
            var pool = RandomLstm(size).CreateStreamPool(2);
            pool.Open();
            int session = pool.Open();
            var state = run.Input("source", pool.StateLength);
            var saved = run.Output("destination", pool.StateLength);
            run.Forward = () => pool.Restore(session, state);
            run.Backward = () => pool.Save(session, saved);
        }),
    ];

    private static Operation<T> Srn(string name, SrnOptions options) => Network(name, typeof(Srn<>), typeof(SrnCell<>), size =>
        new Srn<T>(options with { InputSize = size.InputSize, HiddenSize = size.HiddenSize, Layers = 2, Bidirectional = true }));

    private static Operation<T> Network(string name, Type type, Type cell, Func<Sizes, RecurrentNetwork<T>> create) =>
        new(name, [.. Of(type, RunMethods), .. Of(cell, CellMethods)], (size, run) =>
        {
            (int steps, int batch) = (size.Steps, size.Rows);
            RecurrentNetwork<T> network = create(size);
            Use(run, network.Parameters, network.Initialise, network.Pack);
            Tape<T> tape = network.CreateTape(Math.Max(1, steps), Math.Max(1, batch), workers: size.Workers);
            var x = run.Input("X", (steps, batch, network.InputSize));
            var lengths = run.Integers("Lengths", size.Lengths());
            var h0 = run.Input("H0", (network.StateRows, batch, network.HiddenSize));
            var c0 = run.Input("C0", (network.StateRows, batch, network.CellStateSize));
            var y = run.Output("Y", (steps, batch, network.OutputSize));
            var h = run.Output("H", (network.StateRows, batch, network.HiddenSize));
            var c = run.Output("C", (network.StateRows, batch, network.CellStateSize));
            var cellStates = run.Output("CellStates", (steps, batch, network.Directions * network.CellStateSize));
            run.Forward = () => network.Run(
                new() { Steps = steps, Batch = batch, X = x, Lengths = lengths, H0 = h0, C0 = c0 },
                new() { Y = y, H = h, C = c, CellStates = cellStates }, tape);
            run.Backward = () => network.Backward(
                new() { Y = y.Gradient, H = h.Gradient, C = c.Gradient, CellStates = cellStates.Gradient },
                new() { X = x.Gradient, H0 = h0.Gradient, C0 = c0.Gradient }, tape);
            run.Flops = 2.0 * batch * steps * network.Parameters.ElementCount; // each weight once a step
        })
        { IsRowWise = true };

    private static Lstm<T> RandomLstm(Sizes size)
    {
        Lstm<T> lstm = new(new LstmOptions { InputSize = size.InputSize, HiddenSize = size.HiddenSize });
        lstm.Initialise(size.Seed);
        return lstm;
    }

    private static void Use(OperationRun<T> run, ParameterSet<T> parameters, Action<int> initialise, Action pack)
    {
        initialise(run.Sizes.Seed);
        run.Parameters = parameters;
        run.Pack = pack;
    }
}
