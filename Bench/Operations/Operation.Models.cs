using FastRecurrent.Cells;
using FastRecurrent.Graph;
using FastRecurrent.Kernels;
using FastRecurrent.Models;

namespace FastRecurrent.Bench.Operations;

public sealed partial record Operation<T>
{
    private static Operation<T>[] Networks() =>
    [
        new("sequence classifier of vectors", Of(typeof(SequenceClassifier<>),
            "Forward(ReadOnlySpan<T>, ReadOnlySpan<Int32>, Span<T>, SequenceModelTape, SequenceDropout)",
            "Backward(ReadOnlySpan<Int32>, ReadOnlySpan<T>, Span<T>, SequenceModelTape)"), (size, run) =>
        {
            SequenceClassifier<T> model = new(SmallGru(size, size.InputSize), 3, SequencePooling.MeanState);
            Use(run, model.Parameters, model.Initialise, model.Pack);
            SequenceModelTape<T> tape = model.CreateTape(Math.Max(1, size.Steps), Math.Max(1, size.Rows), workers: size.Workers);
            var lengths = run.Integers("lengths", size.Lengths(), batch: false);
            var x = run.Input("x", size.Lengths().Sum() * size.InputSize);
            var logits = run.Output("logits", size.Rows * 3);
            run.Forward = () => model.Forward(x, lengths, logits, tape);
            run.Backward = () => model.Backward(lengths, logits.Gradient, x.Gradient, tape);
        }),
        new("sequence classifier of words", Of(typeof(SequenceClassifier<>),
            "Forward(ReadOnlySpan<Int32>, ReadOnlySpan<Int32>, Span<T>, SequenceModelTape, SequenceDropout)",
            "Backward(ReadOnlySpan<Int32>, ReadOnlySpan<Int32>, ReadOnlySpan<T>, SequenceModelTape)"), (size, run) =>
        {
            SequenceClassifier<T> model = new(Vocabulary, SmallGru(size, size.InputSize), 3, SequencePooling.LastState);
            Use(run, model.Parameters, model.Initialise, model.Pack);
            SequenceModelTape<T> tape = model.CreateTape(Math.Max(1, size.Steps), Math.Max(1, size.Rows), workers: size.Workers);
            var lengths = run.Integers("lengths", size.Lengths(), batch: false);
            var ids = run.Integers("ids", size.Below(Vocabulary, size.Lengths().Sum()), batch: false);
            var logits = run.Output("logits", size.Rows * 3);
            run.Forward = () => model.Forward(ids, lengths, logits, tape);
            run.Backward = () => model.Backward(ids, lengths, logits.Gradient, tape);
        }),
        new("sequence tagger", Of(typeof(SequenceTagger<>),
            "Forward(ReadOnlySpan<T>, ReadOnlySpan<Int32>, Span<T>, SequenceModelTape, SequenceDropout)",
            "Backward(ReadOnlySpan<Int32>, ReadOnlySpan<T>, Span<T>, SequenceModelTape)"), (size, run) =>
        {
            SequenceTagger<T> model = new(SmallGru(size, size.InputSize), 4);
            Use(run, model.Parameters, model.Initialise, model.Pack);
            SequenceModelTape<T> tape = model.CreateTape(Math.Max(1, size.Steps), Math.Max(1, size.Rows), workers: size.Workers);
            var lengths = run.Integers("lengths", size.Lengths(), batch: false);
            var x = run.Input("x", size.Lengths().Sum() * size.InputSize);
            var logits = run.Output("logits", size.Lengths().Sum() * 4);
            run.Forward = () => model.Forward(x, lengths, logits, tape);
            run.Backward = () => model.Backward(lengths, logits.Gradient, x.Gradient, tape);
        }),
        new("sequence tagger of words", Of(typeof(SequenceTagger<>),
            "Forward(ReadOnlySpan<Int32[]>, ReadOnlySpan<Int32>, Span<T>, SequenceModelTape, SequenceDropout)",
            "Backward(ReadOnlySpan<Int32[]>, ReadOnlySpan<Int32>, ReadOnlySpan<T>, SequenceModelTape)"), (size, run) =>
        {
            SequenceTagger<T> model = new([new Embedding<T>(Vocabulary, 2), new Embedding<T>(3, size.InputSize)],
                SmallGru(size, size.InputSize + 2), 4);
            Use(run, model.Parameters, model.Initialise, model.Pack);
            SequenceModelTape<T> tape = model.CreateTape(Math.Max(1, size.Steps), Math.Max(1, size.Rows), workers: size.Workers);
            int words = size.Lengths().Sum();
            int[][] ids = [size.Below(Vocabulary, words), size.Below(3, words)];
            var lengths = run.Integers("lengths", size.Lengths(), batch: false);
            var logits = run.Output("logits", words * 4);
            run.Forward = () => model.Forward(ids, lengths, logits, tape);
            run.Backward = () => model.Backward(ids, lengths, logits.Gradient, tape);
        }),
        new("sequence generator", Of(typeof(SequenceGenerator<>), Both), (size, run) =>
        {
            SequenceGenerator<T> model = new(3, Vocabulary, SmallGru(size, size.InputSize, bidirectional: false), 0, 1);
            Use(run, model.Parameters, model.Initialise, model.Pack);
            SequenceGeneratorTape<T> tape = model.CreateTape(size.Steps + 1, Math.Max(1, size.Rows), workers: size.Workers);
            int[] each = [.. size.Lengths().Select(length => length + 1)];
            var contexts = run.Input("contexts", size.Rows * 3);
            var targets = run.Integers("targets", size.Below(Vocabulary, each.Sum()), batch: false);
            var lengths = run.Integers("lengths", each, batch: false);
            var logits = run.Output("logits", each.Sum() * Vocabulary);
            run.Forward = () => model.Forward(contexts, targets, lengths, logits, tape);
            run.Backward = () => model.Backward(contexts, logits.Gradient, contexts.Gradient, tape);
        }),
        new("drawing a sequence", Of(typeof(SequenceSampler<>), "Generate"), (size, run) =>
        {
            SequenceGenerator<T> model = new(3, Vocabulary, SmallGru(size, size.InputSize, bidirectional: false), 0, 1);
            model.Initialise(size.Seed);
            SequenceSampler<T> sampler = new(model, maxLength: 5);
            var context = run.Input("context", 3);
            var result = run.Output("the result", 1);
            run.Forward = () => result.Values[0] = T.CreateTruncating(sampler.Generate(context, 1, size.Seed).LogProbability);
        }) { Allocates = "the sequence it returns" },
        .. new[] { false, true }.Select(attention => new Operation<T>(attention ? "encoder–decoder, attention" : "encoder–decoder",
            Of(typeof(EncoderDecoder<>), Both), (size, run) =>
        {
            EncoderDecoder<T> model = new(new EncoderDecoderOptions
            {
                SourceVocabularySize = Vocabulary, TargetVocabularySize = 5, EmbeddingSize = size.InputSize, HiddenSize = size.HiddenSize,
                Attention = attention,
            });
            Use(run, model.Parameters, model.Initialise, model.Pack);
            EncoderDecoderTape<T> tape = model.CreateTape(size.Steps + 1, 2, Math.Max(1, size.Rows), workers: size.Workers);
            int[] each = [.. size.Lengths().Select(length => length + 1)];
            var sources = run.Integers("sources", size.Below(Vocabulary, each.Sum()), batch: false);
            var sourceLengths = run.Integers("sourceLengths", each, batch: false);
            var inputs = run.Integers("inputs", size.Below(5, 2 * size.Rows), batch: false);
            var targetLengths = run.Integers("targetLengths", [.. Enumerable.Repeat(2, size.Rows)], batch: false);
            var logits = run.Output("logits", 2 * size.Rows * 5);
            run.Forward = () => model.Forward(sources, sourceLengths, inputs, targetLengths, logits, tape);
            run.Backward = () => model.Backward(sources, sourceLengths, inputs, targetLengths, logits.Gradient, tape);
        })),
        new("HAN for documents", Of(typeof(HanDocument<>), Both), (size, run) =>
        {
            HanDocument<T> model = new(new HanDocumentOptions
            {
                VocabularySize = Vocabulary, EmbeddingSize = size.InputSize, WordHiddenSize = size.HiddenSize, WordAttentionSize = 3,
                SentenceHiddenSize = size.HiddenSize, SentenceAttentionSize = 2, Classes = 3,
            });
            Use(run, model.Parameters, model.Initialise, model.Pack);
            int[] documents = size.Lengths(), sentences = [.. Enumerable.Range(0, documents.Sum()).Select(sentence => sentence % 4)];
            HanDocumentTape<T> tape = model.CreateTape(Math.Max(1, sentences.Sum()), Math.Max(1, sentences.Length),
                Math.Max(1, documents.Length), workers: size.Workers);
            var words = run.Integers("words", size.Below(Vocabulary, sentences.Sum()), batch: false);
            var sentenceLengths = run.Integers("sentenceLengths", sentences, batch: false);
            var documentLengths = run.Integers("documentLengths", documents, batch: false);
            var logits = run.Output("logits", size.Rows * 3);
            var wordAttention = run.Output("wordAttention", sentences.Sum());
            var sentenceAttention = run.Output("sentenceAttention", sentences.Length);
            run.Forward = () => model.Forward(words, sentenceLengths, documentLengths, logits, wordAttention, sentenceAttention, tape);
            run.Backward = () => model.Backward(
                words, sentenceLengths, documentLengths, logits.Gradient, wordAttention, sentenceAttention, tape,
                wordAttention.Gradient, sentenceAttention.Gradient);
        }),
        new("thread classifier", Of(typeof(ThreadClassifier<>), Both), (size, run) =>
        {
            GsLstmSchedule schedule = new(new Relatives(size.Parents(), [.. Enumerable.Range(0, size.Rows).Select(time => (long)time)]));
            GsLstm<T> threads = new(new GsLstmOptions { InputSize = size.InputSize, HiddenSize = size.HiddenSize });
            ThreadClassifier<T> model = new(threads, new Mlp<T>([threads.OutputSize, 4, 3], Activation.Tanh));
            Use(run, model.Parameters, model.Initialise, model.Pack);
            ThreadClassifierTape<T> tape = model.CreateTape(size.Rows, workers: size.Workers);
            var x = run.Input("x", size.Rows * size.InputSize);
            var logits = run.Output("logits", size.Rows * 3);
            run.Forward = () => model.Forward(schedule, x, logits, tape);
            run.Backward = () => model.Backward(logits.Gradient, x.Gradient, tape);
        }),
    ];

    private static Operation<T>[] Training() =>
    [
        Update("SGD", Of(typeof(Sgd<>), "Step"), parameters => new Sgd<T>(parameters, 0.1, 0.01).Step),
        Update("momentum", Of(typeof(Momentum<>), "Step"), parameters => new Momentum<T>(parameters, 0.1).Step),
        Update("Nesterov", Of(typeof(Nesterov<>), "Step"), parameters => new Nesterov<T>(parameters, 0.1).Step),
        Update("Adam", Of(typeof(Adam<>), "Step"), parameters => new Adam<T>(parameters).Step),
        Update("AdamW", Of(typeof(AdamW<>), "Step"), parameters => new AdamW<T>(parameters).Step),
        Update("clipping by norm", Of(typeof(Gradients), "ClipByNorm", "Norm"), parameters => () => Gradients.ClipByNorm(parameters, 0.5)),
        Update("clipping by value", Of(typeof(Gradients), "ClipByValue"), parameters => () => Gradients.ClipByValue(parameters, 0.5)),
        new("SGD of an embedding", Of(typeof(Sgd<>), "Step"), (size, run) =>
        {
            Embedding<T> embedding = new(Vocabulary, size.InputSize);
            Sgd<T> sgd = new(embedding.Parameters, 0.1);
            int[] ids = size.Below(Vocabulary, size.Rows);
            T[] dy = run.Input("dy", size.Rows * size.InputSize).Values[..^1],
                result = run.Output("weight", Vocabulary * size.InputSize).Values;
            run.Forward = () =>
            {
                embedding.Parameters.ZeroGradients();
                embedding.Backward(ids, dy);
                sgd.Step();
                embedding.Parameters[0].Value.Value.CopyTo(result);
            };
        }),
        Update("clearing gradients", Of(typeof(ParameterSet<>), "ZeroGradients"), parameters => parameters.ZeroGradients),
    ];

    /// <summary>Something that changes parameters or their gradients, which are copied in before and out after.</summary>
    private static Operation<T> Update(string name, string[] covers, Func<ParameterSet<T>, Action> create) =>
        new(name, covers, (size, run) =>
    {
        Parameter<T> parameter = new("weight", size.HiddenSize, size.InputSize);
        Action update = create(new ParameterSet<T>(parameter));
        T[] value = run.Input("value", parameter.Length).Values, gradient = run.Input("gradient", parameter.Length).Values;
        T[] newValue = run.Output("new value", parameter.Length).Values, newGradient = run.Output("new gradient", parameter.Length).Values;
        run.Forward = () =>
        {
            value.AsSpan(0, parameter.Length).CopyTo(parameter.Value);
            gradient.AsSpan(0, parameter.Length).CopyTo(parameter.Gradient);
            update();
            parameter.Value.CopyTo(newValue);
            parameter.Gradient.CopyTo(newGradient);
        };
    });

    private static Gru<T> SmallGru(Sizes size, int inputSize, bool bidirectional = true) =>
        new(new GruOptions { InputSize = inputSize, HiddenSize = size.HiddenSize, Bidirectional = bidirectional });
}
