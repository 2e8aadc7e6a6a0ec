using FastRecurrent.Models;

namespace FastRecurrent.Bench.Operations;

public sealed partial record Operation<T>
{
    private const int Vocabulary = 7;

    private delegate T ValueLoss(ReadOnlySpan<T> y, ReadOnlySpan<T> targets, Span<T> gradient, int size, Reduction reduction,
        ReadOnlySpan<int> lengths);

    private static Operation<T>[] Layers() =>
    [
        new("perceptron", Of(typeof(Mlp<>), Both), (size, run) =>
        {
            Mlp<T> mlp = new([size.InputSize, size.HiddenSize, 3], FastRecurrent.Kernels.Activation.Tanh);
            Use(run, mlp.Parameters, mlp.Initialise, mlp.Pack);
            MlpTape<T> tape = mlp.CreateTape(size.Rows, workers: size.Workers);
            var x = run.Input("x", (size.Rows, size.InputSize));
            var y = run.Output("y", (size.Rows, 3));
            run.Forward = () => mlp.Forward(x, y, tape);
            run.Backward = () => mlp.Backward(x, y.Gradient, x.Gradient, tape);
            run.Flops = 2.0 * size.Rows * mlp.Parameters.ElementCount;
        }) { IsRowWise = true },
        new("embedding", Of(typeof(Embedding<>), Both), (size, run) =>
        {
            Embedding<T> embedding = new(Vocabulary, size.InputSize);
            Use(run, embedding.Parameters, seed => embedding.Initialise(seed), () => { });
            var ids = run.Integers("ids", size.Below(Vocabulary, size.Rows));
            var y = run.Output("y", (size.Rows, size.InputSize));
            run.Forward = () => embedding.Forward(ids, y);
            run.Backward = () => embedding.Backward(ids, y.Gradient);
        }) { IsRowWise = true },
        new("embedding, clearing what was touched", Of(typeof(Embedding<>), "ZeroGradient"), (size, run) =>
        {
            Embedding<T> embedding = new(Vocabulary, size.InputSize);
            int[] ids = size.Below(Vocabulary, size.Rows);
            T[] dy = run.Input("dy", size.Rows * size.InputSize).Values[..^1];
            run.Forward = () =>
            {
                embedding.Backward(ids, dy);
                embedding.ZeroGradient();
            };
        }),
        new("one-hot vectors", Of(typeof(OneHot), "Encode"), (size, run) =>
        {
            var ids = run.Integers("ids", size.Below(Vocabulary, size.Rows));
            var y = run.Output("y", (size.Rows, Vocabulary));
            run.Forward = () => OneHot.Encode<T>(ids, Vocabulary, y);
        }) { IsRowWise = true },
        new("bags of words", Of(typeof(OneHot), "BagOfWords"), (size, run) =>
        {
            var lengths = run.Integers("lengths", size.Lengths(), batch: false);
            var ids = run.Integers("ids", size.Below(Vocabulary, size.Lengths().Sum()), batch: false);
            var y = run.Output("y", size.Rows * Vocabulary);
            run.Forward = () => OneHot.BagOfWords<T>(ids, lengths, Vocabulary, y);
        }),
        new("dropout", Of(typeof(Dropout), Both), (size, run) =>
        {
            var x = run.Input("x", size.Rows);
            var y = run.Output("y", size.Rows);
            run.Forward = () => Dropout.Forward<T>(x, 0.3, size.Seed, y);
            run.Backward = () => Dropout.Backward<T>(y.Gradient, 0.3, size.Seed, x.Gradient);
        }),
        new("cross-attention, keys", Of(typeof(CrossAttention<>), "ComputeKeys"), (size, run) =>
        {
            CrossAttention<T> attention = new(size.HiddenSize, size.InputSize);
            attention.Initialise(size.Seed);
            var sources = run.Input("sources", (size.Rows, size.InputSize));
            var keys = run.Output("keys", (size.Rows, size.HiddenSize));
            run.Forward = () => attention.ComputeKeys(sources, keys, size.Workers);
            run.Flops = 2.0 * size.Rows * size.InputSize * size.HiddenSize;
        }) { IsRowWise = true },
        new("cross-attention", Of(typeof(CrossAttention<>), Both), (size, run) =>
        {
            CrossAttention<T> attention = new(size.HiddenSize, size.InputSize);
            Use(run, attention.Parameters, attention.Initialise, attention.Pack);
            int[] each = [.. size.Lengths().Select(length => length + 1)];
            int sourceRows = each.Sum(), targetRows = 2 * size.Rows;
            var targetLengths = run.Integers("targetLengths", [.. Enumerable.Repeat(2, size.Rows)], batch: false);
            var sourceLengths = run.Integers("sourceLengths", each, batch: false);
            var queries = run.Input("queries", targetRows * size.HiddenSize);
            var sources = run.Input("sources", sourceRows * size.InputSize);
            var keys = run.Workspace("keys", sourceRows * size.HiddenSize);
            var keyGradient = run.Workspace("keyGradient", sourceRows * size.HiddenSize);
            keys.MayBeLonger = keyGradient.MayBeLonger = false;
            var weights = run.Output("weights", 2 * sourceRows);
            var contexts = run.Output("contexts", targetRows * size.InputSize);
            var workspace = run.Workspace("workspace", attention.WorkspaceLength * size.Threads);
            run.Forward = () =>
            {
                attention.ComputeKeys(sources.Values.AsSpan(0, sources.Extent.Count), keys.Values.AsSpan(0, keys.Extent.Count));
                attention.Forward(queries, targetLengths, sources, keys, sourceLengths, weights, contexts);
            };
            run.Backward = () => attention.Backward(
                queries, targetLengths, sources, keys, sourceLengths, weights, contexts.Gradient, queries.Gradient, sources.Gradient,
                keyGradient, workspace, size.Workers);
            run.Flops = 4.0 * sourceRows * (size.HiddenSize + size.InputSize);
        }),
        new("loss: cross-entropy", Of(typeof(Loss), nameof(Loss.CrossEntropy)), (size, run) =>
        {
            int rows = size.Steps * size.Rows;
            var logits = run.Input("logits", rows * Vocabulary);
            var targets = run.Integers("targets", size.Below(Vocabulary, rows), batch: false);
            var lengths = run.Integers("lengths", size.Lengths(), batch: false);
            Loses(run, () => Loss.CrossEntropy<T>(logits, targets, logits.Gradient, Reduction.Mean, lengths));
        }),
        ValuesLoss("loss: binary cross-entropy", nameof(Loss.BinaryCrossEntropy), Loss.BinaryCrossEntropy),
        ValuesLoss("loss: mean squared error", nameof(Loss.MeanSquaredError), Loss.MeanSquaredError),
        new("the largest logit", Of(typeof(Prediction), nameof(Prediction.ArgMax)), (size, run) =>
        {
            var logits = run.Input("logits", size.Rows + 1);
            AnyLength(logits);
            var result = run.Output("the result", 1);
            result.HoldsWholeNumbers = true;
            run.Forward = () => result.Values[0] = T.CreateChecked(Prediction.ArgMax<T>(logits));
        }),
        new("counting what is right", Of(typeof(Prediction), nameof(Prediction.CountCorrect)), (size, run) =>
        {
            var logits = run.Input("logits", size.Rows * Vocabulary);
            var targets = run.Integers("targets", size.Below(Vocabulary, size.Rows), batch: false);
            var result = run.Output("the result", 1);
            result.HoldsWholeNumbers = true;
            run.Forward = () => result.Values[0] = T.CreateChecked(Prediction.CountCorrect<T>(logits, targets));
        }),
        new("drawing from logits", Of(typeof(Prediction), nameof(Prediction.Sample)), (size, run) =>
        {
            var logits = run.Input("logits", size.Rows + 1);
            T[] probabilities = new T[size.Rows + 1];
            Random random = new(size.Seed);
            var result = run.Output("the result", 1);
            result.HoldsWholeNumbers = true;
            run.Forward = () =>
            {
                logits.Values.AsSpan(0, probabilities.Length).CopyTo(probabilities);
                result.Values[0] = T.CreateChecked(Prediction.Sample(probabilities.AsSpan(), 0.7, random));
            };
        }),
    ];

    private static Operation<T> ValuesLoss(string name, string method, ValueLoss loss) => new(name, Of(typeof(Loss), method), (size, run) =>
    {
        int rows = size.Steps * size.Rows;
        var y = run.Input("y", rows * 3);
        var targets = run.Input("targets", rows * 3);
        foreach (ref T target in targets.Values.AsSpan())
        {
            target = T.Abs(target);
        }

        var lengths = run.Integers("lengths", size.Lengths(), batch: false);
        Loses(run, () => loss(y, targets, y.Gradient, 3, Reduction.Steps, lengths));
    });

    /// <summary>A loss writes the gradient together with its value.</summary>
    private static void Loses(OperationRun<T> run, Func<T> loss)
    {
        var result = run.Output("the result", 1);
        run.Forward = () => result.Values[0] = loss();
        run.Backward = () => { };
        run.Loss = () => result.Values[0];
    }
}
