using FastRecurrent.Cells;
using FastRecurrent.Kernels;

namespace FastRecurrent.Bench.Operations;

public sealed partial record Operation<T>
{
    private static Operation<T>[] Cells() =>
    [
        new("linear", Of(typeof(Linear<>), "Forward", "Backward"), (size, run) =>
        {
            (Linear<T> linear, Operand<T> x, Operand<T> y) = CreateLinear(size, run, sum: false);
            var workspace = run.Workspace("workspace", linear.WorkspaceLength * size.Threads);
            run.Forward = () => linear.Forward(x, y, workers: size.Workers);
            run.Backward = () => linear.Backward(x, y.Gradient, x.Gradient, workspace, workers: size.Workers);
        }) { IsRowWise = true },
        new("linear, adding", Of(typeof(Linear<>), "Accumulate", "BackwardInput"), (size, run) =>
        {
            (Linear<T> linear, Operand<T> x, Operand<T> y) = CreateLinear(size, run, sum: true);
            run.Parameters = null;
            run.Forward = () => linear.Accumulate(x, y, workers: size.Workers);
            run.Backward = () => linear.BackwardInput(y.Gradient, x.Gradient, workers: size.Workers);
        }) { IsRowWise = true },
        new("linear, gradients of the parameters", Of(typeof(Linear<>), "Forward", "AccumulateGradients"), (size, run) =>
        {
            (Linear<T> linear, Operand<T> x, Operand<T> y) = CreateLinear(size, run, sum: false);
            var workspace = run.Workspace("workspace", linear.WorkspaceLength * size.Threads);
            run.Forward = () => linear.Forward(x, y, workers: size.Workers);
            run.Backward = () => linear.AccumulateGradients(x, y.Gradient, workspace, workers: size.Workers);
        }),
        new("packed linear", Of(typeof(PackedLinear<>), "Forward", "Backward"), (size, run) =>
        {
            (PackedLinear<T> linear, int width, Operand<T> x, Operand<T> y) = CreatePackedLinear(size, run);
            run.Parameters = null;
            run.Forward = () => linear.Forward(x, size.InputSize, size.Rows, y, width, workers: size.Workers);
            run.Backward = () =>
                linear.Backward(y.Gradient, width, size.Rows, x.Gradient, size.InputSize, accumulate: false, workers: size.Workers);
        }) { IsRowWise = true },
        new("packed linear, gradient of the weights", Of(typeof(PackedLinear<>), "Forward", "AccumulateWeightGradient"), (size, run) =>
        {
            (PackedLinear<T> linear, int width, Operand<T> x, Operand<T> y) = CreatePackedLinear(size, run);
            var workspace = run.Workspace("workspace", linear.GradientWorkspaceLength * size.Threads);
            run.Forward = () => linear.Forward(x, size.InputSize, size.Rows, y, width, workers: size.Workers);
            run.Backward = () =>
                linear.AccumulateWeightGradient(y.Gradient, width, x, size.InputSize, size.Rows, workspace, workers: size.Workers);
        }),
        new("packed linear, biases", Of(typeof(PackedLinear<>), "AddBias", "AccumulateBiasGradient"), (size, run) =>
        {
            (PackedLinear<T> linear, int width, _, Operand<T> y) = CreatePackedLinear(size, run);
            var bias = run.Input("bias", linear.Gates.Rows);
            bias.MayBeShorter = true; // for the first gates
            var first = run.Sum("first", linear.Gates.Rows);
            var second = run.Sum("second", linear.Gates.Rows);
            var workspace = run.Workspace("workspace", linear.Gates.Width);
            run.Forward = () => linear.AddBias(bias);
            run.Backward = () => linear.AccumulateBiasGradient(y, width, size.Rows, first, second, workspace, workers: size.Workers);
        }),
        new("packed linear, filling with the bias", Of(typeof(PackedLinear<>), "FillBias"), (size, run) =>
        {
            (PackedLinear<T> linear, int width, _, Operand<T> y) = CreatePackedLinear(size, run);
            run.Forward = () => linear.FillBias(size.Rows, y, width);
        }),
        new("attention pooling", Of(typeof(AttentionPooling<>), "Forward", "Backward"), (size, run) =>
        {
            AttentionPooling<T> pooling = new(size.InputSize, size.HiddenSize);
            Use(run, pooling.Parameters, pooling.Initialise, pooling.Pack);
            int rows = size.Lengths().Sum();
            AttentionTape<T> tape = pooling.CreateTape(Math.Max(1, rows), workers: size.Workers);
            var lengths = run.Integers("lengths", size.Lengths(), batch: false);
            var h = run.Input("h", rows * size.InputSize);
            var s = run.Output("s", size.Rows * size.InputSize);
            var alpha = run.Output("alpha", rows);
            run.Forward = () => pooling.Forward(h, lengths, s, alpha, tape);
            run.Backward = () => pooling.Backward(h, lengths, alpha, s.Gradient, alpha.Gradient, h.Gradient, tape);
            run.Flops = 2.0 * rows * size.InputSize * (size.HiddenSize + 1);
        }),
        new("TDNN", Of(typeof(Tdnn<>), "Run", "Backward"), (size, run) =>
        {
            Tdnn<T> tdnn = CreateTdnn(size);
            Use(run, tdnn.Parameters, tdnn.Initialise, tdnn.Pack);
            var x = run.Input("x", (size.Steps, size.Rows, size.InputSize));
            var y = run.Output("y", (size.Steps, size.Rows, size.HiddenSize));
            var workspace = run.Workspace("workspace", tdnn.WorkspaceLength);
            run.Forward = () => tdnn.Run(size.Steps, size.Rows, x, y);
            run.Backward = () => tdnn.Backward(size.Steps, size.Rows, x, y, y.Gradient, x.Gradient, workspace);
            run.Flops = 2.0 * size.Steps * size.Rows * tdnn.Parameters.ElementCount;
        }) { IsRowWise = true },
        new("TDNN, streaming", Of(typeof(TdnnStream<>), "Step"), (size, run) =>
        {
            Tdnn<T> tdnn = CreateTdnn(size);
            tdnn.Initialise(size.Seed);
            TdnnStream<T> stream = tdnn.CreateStream();
            var x = run.Input("x", size.InputSize);
            var y = run.Output("y", size.HiddenSize);
            run.Forward = () =>
            {
                stream.Reset();
                stream.Step(x, y);
            };
        }),
        new("TDNN, restoring the state", Of(typeof(TdnnStream<>), "Restore", "Save"), (size, run) =>
        {
            TdnnStream<T> stream = CreateTdnn(size).CreateStream();
            var state = run.Input("source", stream.StateLength);
            var saved = run.Output("destination", stream.StateLength);
            run.Forward = () => stream.Restore(state);
            run.Backward = () => stream.Save(saved);
        }),
        Narx("NARX, series-parallel", NarxMode.SeriesParallel),
        Narx("NARX, parallel", NarxMode.Parallel),
        new("NARX, streaming in parallel", ["NarxStream.Step(ReadOnlySpan<T>, Span<T>)"], (size, run) =>
        {
            NarxStream<T> stream = CreateNarxStream(size);
            var x = run.Input("x", size.InputSize);
            var y = run.Output("y", NarxOutputs);
            run.Forward = () =>
            {
                stream.Reset();
                stream.Step(x, y);
            };
        }),
        new("NARX, streaming in series-parallel", ["NarxStream.Step(ReadOnlySpan<T>, ReadOnlySpan<T>, Span<T>)"], (size, run) =>
        {
            NarxStream<T> stream = CreateNarxStream(size);
            var x = run.Input("x", size.InputSize);
            var truth = run.Input("previousTruth", NarxOutputs);
            var y = run.Output("y", NarxOutputs);
            run.Forward = () =>
            {
                stream.Reset();
                stream.Step(x, truth, y);
            };
        }),
        new("NARX, restoring the state", Of(typeof(NarxStream<>), "Restore", "Save"), (size, run) =>
        {
            NarxStream<T> stream = CreateNarxStream(size);
            var state = run.Input("source", stream.StateLength);
            var saved = run.Output("destination", stream.StateLength);
            run.Forward = () => stream.Restore(state);
            run.Backward = () => stream.Save(saved);
        }),
        new("AR, residuals", Of(typeof(AutoRegressive), "GetResiduals"), (size, run) =>
        {
            AutoRegressive model = CreateAutoRegressive(run);
            var series = run.Input("series", size.Rows + model.Order);
            var residual = run.Output("residual", size.Rows);
            run.Forward = () => model.GetResiduals<T>(series, residual);
        }),
        new("AR, forecast", Of(typeof(AutoRegressive), "Forecast"), (size, run) =>
        {
            AutoRegressive model = CreateAutoRegressive(run);
            var past = run.Input("past", model.Order, longer: true);
            T[] forecast = run.Output("forecast", size.Rows).Values;
            run.Forward = () => model.Forecast<T>(past, forecast.AsSpan(0, size.Rows));
        }),
        new("AR, prediction", Of(typeof(AutoRegressive), "Predict"), (size, run) =>
        {
            AutoRegressive model = CreateAutoRegressive(run);
            var past = run.Input("past", model.Order, longer: true);
            var y = run.Output("the result", 1);
            run.Forward = () => y.Values[0] = T.CreateTruncating(model.Predict<T>(past));
        }),
    ];

    private static (Linear<T> Linear, Operand<T> X, Operand<T> Y) CreateLinear(Sizes size, OperationRun<T> run, bool sum)
    {
        Linear<T> linear = new(size.InputSize, size.HiddenSize);
        Use(run, linear.Parameters, linear.Initialise, linear.Pack);
        run.Flops = 2.0 * size.Rows * size.InputSize * size.HiddenSize;
        Extent extent = (size.Rows, size.HiddenSize);
        return (linear, run.Input("x", (size.Rows, size.InputSize)), sum ? run.Sum("y", extent) : run.Output("y", extent));
    }

    private static (PackedLinear<T> Linear, int Width, Operand<T> X, Operand<T> Y) CreatePackedLinear(Sizes size, OperationRun<T> run)
    {
        GateLayout gates = new(2, size.HiddenSize);
        Parameter<T> weight = new("weight", gates.Rows, size.InputSize);
        PackedLinear<T> linear = new(weight, gates, bias: true);
        ParameterSet<T> parameters = new(weight);
        Use(run, parameters, seed => parameters.InitialiseUniform(new Random(seed), 1), linear.Pack);
        run.Flops = 2.0 * size.Rows * size.InputSize * gates.Width;
        return (linear, gates.Width, run.Input("x", (size.Rows, size.InputSize), longer: true),
            run.Output("y", (size.Rows, gates.Width), longer: true));
    }

    private static Tdnn<T> CreateTdnn(Sizes size) =>
        new(new TdnnOptions { InputSize = size.InputSize, OutputSize = size.HiddenSize, Delays = 2, Dilation = 2 });

    private static Operation<T> Narx(string name, NarxMode mode) => new(name, Of(typeof(Narx<>), "Run", "Backward"), (size, run) =>
    {
        Narx<T> network = CreateNarx(size);
        Use(run, network.Parameters, network.Initialise, network.Pack);
        NarxTape<T> tape = network.CreateTape(Math.Max(1, size.Steps), Math.Max(1, size.Rows));
        var x = run.Input("x", (size.Steps, size.Rows, size.InputSize));
        var truth = mode == NarxMode.Parallel ? null : run.Input("truth", (size.Steps, size.Rows, NarxOutputs));
        var y = run.Output("y", (size.Steps, size.Rows, NarxOutputs));
        run.Forward = () => network.Run(mode, size.Steps, size.Rows, x, truth is null ? default : truth.Span, y, tape);
        run.Backward = () => network.Backward(y.Gradient, x.Gradient, truth is null ? default : truth.Gradient.Span, tape);
        run.Flops = 2.0 * size.Steps * size.Rows * network.Parameters.ElementCount;
    })
    { IsRowWise = true };

    private const int NarxOutputs = 2;

    private static Narx<T> CreateNarx(Sizes size) =>
        new(new NarxOptions
        {
            InputSize = size.InputSize,
            OutputSize = NarxOutputs,
            HiddenSize = size.HiddenSize,
            InputDelays = 2,
            OutputDelays = 2,
        });

    private static NarxStream<T> CreateNarxStream(Sizes size)
    {
        Narx<T> network = CreateNarx(size);
        network.Initialise(size.Seed);
        return network.CreateStream();
    }

    private static AutoRegressive CreateAutoRegressive(OperationRun<T> run) =>
        AutoRegressive.Fit<T>(new OperationRun<T>(run.Sizes).Input("series", 20), order: 2);
}
