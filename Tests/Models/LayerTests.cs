using System.Numerics;
using FastRecurrent.Cells;
using FastRecurrent.Graph;
using FastRecurrent.Kernels;
using FastRecurrent.Models;
using FastRecurrent.Tests.Support;
using FsCheck;
using FsCheck.Fluent;

namespace FastRecurrent.Tests.Models;

/// <summary>Layers, losses and the document network: gradients by property, arguments, memory.</summary>
public class LayerTests
{
    [Fact]
    public void Weights_that_were_never_packed_are_noticed()
    {
        float[] x = new float[2], y = [7];
        Linear<float> linear = new(inputSize: 2, outputSize: 1);
        Refused(() => linear.Forward(x, y));
        Refused(() => linear.Accumulate(x, y));
        Mlp<float> mlp = new([2, 3, 1]);
        Refused(() => mlp.Forward(x, y, mlp.CreateTape(maxRows: 1)));
        Gcn<float> gcn = new(inputSize: 2, outputSize: 1);
        CsrGraph graph = CsrGraph.FromEdges(1, [], []);
        Refused(() => gcn.Forward(SparseMatrix<float>.SymmetricNormalised(graph), x, y, gcn.CreateTape(maxNodes: 1)));
        TreeLstm<float> tree = new(inputSize: 2, hiddenSize: 1);
        Refused(() => tree.Forward(new LevelSchedule(graph), x, y, new float[1], tree.CreateTape(maxNodes: 1, maxEdges: 1)));
        linear.Pack();
        linear.Forward(x, y);
        Assert.Equal([0f], y);

        void Refused(Action run)
        {
            Assert.Contains("never been packed", Assert.Throws<InvalidOperationException>(run).Message);
            Assert.Equal([7f], y);
        }
    }

    private sealed record Shape(int A, int B, int C, int[] Lengths, int Seed);

    private static readonly Gen<Shape> _shapes =
        from a in RandomCases.Size(20)
        from b in RandomCases.Size(20)
        from c in RandomCases.Size(20)
        from lengths in Gen.Choose(0, 4).ListOf(4)
        from seed in Gen.Choose(0, 1000)
        select new Shape(a, b, c, [.. lengths], seed);

    private static IEnumerable<Shape> Shrink(Shape shape) =>
        RandomCases.Smaller(shape.A).Select(n => shape with { A = n })
            .Concat(RandomCases.Smaller(shape.B).Select(n => shape with { B = n }))
            .Concat(RandomCases.Smaller(shape.C).Select(n => shape with { C = n }))
            .Concat(shape.Lengths.Length > 1 ? [shape with { Lengths = shape.Lengths[1..] }] : []);

    [Fact]
    public void Linear_gradients_equal_central_differences() => RandomCases.Hold(_shapes, Shrink, shape =>
    {
        Linear<double> layer = new(shape.A, shape.B, bias: shape.Seed % 2 == 0);
        layer.Initialise(shape.Seed);
        layer.Parameters.ZeroGradients();
        double[] x = Numbers.Random<double>(1, shape.C * shape.A), y = new double[shape.C * shape.B],
            dy = Numbers.Random<double>(2, y.Length), dx = new double[x.Length];
        layer.Backward(x, dy, dx, new double[layer.WorkspaceLength]);
        GradientCheck.Check(
            () =>
            {
                layer.Pack();
                layer.Forward(x, y);
                return Layers.Dot(y, dy);
            },
            [Layers.Variable("x", x, dx), .. Layers.Variables(layer.Parameters)],
            shape.Seed);
    }, count: 60);

    [Fact]
    public void Attention_pooling_gradients_equal_central_differences() => RandomCases.Hold(_shapes, Shrink, shape =>
    {
        AttentionPooling<double> layer = new(shape.A, shape.B);
        layer.Initialise(shape.Seed);
        int rows = shape.Lengths.Sum();
        double[] h = Numbers.Random<double>(1, rows * shape.A), s = new double[shape.Lengths.Length * shape.A], alpha = new double[rows];
        double[] ds = Numbers.Random<double>(2, s.Length), dalpha = Numbers.Random<double>(3, rows), dh = new double[h.Length];
        AttentionTape<double> tape = layer.CreateTape(rows);
        layer.Forward(h, shape.Lengths, s, alpha, tape);
        layer.Backward(h, shape.Lengths, alpha, ds, dalpha, dh, tape);
        int at = 0;
        foreach (int length in shape.Lengths)
        {
            Assert.Equal(length > 0 ? 1 : 0, alpha.Skip(at).Take(length).Sum(), 1e-12);
            at += length;
        }

        GradientCheck.Check(
            () =>
            {
                layer.Pack();
                layer.Forward(h, shape.Lengths, s, alpha, tape);
                return Layers.Dot(s, ds) + Layers.Dot(alpha, dalpha);
            },
            [Layers.Variable("h", h, dh), .. Layers.Variables(layer.Parameters)],
            shape.Seed);
    }, count: 60);

    [Fact]
    public void A_tape_of_attention_pooling_is_used_up()
    {
        AttentionPooling<float> layer = new(4, 3);
        layer.Initialise(1);
        AttentionTape<float> tape = layer.CreateTape(6);
        int[] lengths = [2, 4];
        float[] h = Numbers.Random<float>(1, 24), s = new float[8], alpha = new float[6], ds = Numbers.Random<float>(2, 8),
            dh = new float[24];
        Assert.Contains("holds no run", Assert.Throws<InvalidOperationException>(Backward).Message);
        layer.Forward(h, lengths, s, alpha, tape);
        Assert.Contains("dh lies in memory of h", Assert.Throws<ArgumentException>(
            () => layer.Backward(h, lengths, alpha, ds, default, h, tape)).Message);
        Assert.Contains("run of 6 rows, not of 2", Assert.Throws<ArgumentException>(
            () => layer.Backward(h.AsSpan(0, 8), [2], alpha.AsSpan(0, 2), ds.AsSpan(0, 4), default, dh.AsSpan(0, 8), tape)).Message);
        Assert.All(dh, value => Assert.Equal(0, value));
        Backward();
        Assert.Contains("holds no run", Assert.Throws<InvalidOperationException>(Backward).Message);

        void Backward() => layer.Backward(h, lengths, alpha, ds, default, dh, tape);
    }

    [Fact]
    public void A_linear_layer_writes_its_gradient_over_its_input_and_nothing_over_what_is_still_read()
    {
        const int Rows = 3, Size = 40;
        Linear<float> layer = new(Size, Size);
        layer.Initialise(1);
        float[] x = Numbers.Random<float>(1, Rows * Size), dy = Numbers.Random<float>(2, x.Length), dx = new float[x.Length],
            both = [.. x], workspace = new float[layer.WorkspaceLength];
        layer.Parameters.ZeroGradients();
        layer.Backward(x, dy, dx, workspace);
        float[] gradient = layer.Parameters["weight"].Gradient.ToArray();
        layer.Parameters.ZeroGradients();
        layer.Backward(both, dy, both, workspace);
        Numbers.AssertSameBits<float>(dx, both, "dx over x");
        Numbers.AssertSameBits<float>(gradient, layer.Parameters["weight"].Gradient, "weight");
        layer.Parameters.ZeroGradients();
        float[] before = [.. x];
        Assert.Throws<ArgumentException>(() => layer.Forward(x, x));
        Assert.Throws<ArgumentException>(() => layer.Accumulate(x.AsSpan(0, Size), x.AsSpan(1, Size)));
        Assert.Throws<ArgumentException>(() => layer.Backward(dy, x, x, workspace));
        Assert.Throws<ArgumentException>(() => layer.BackwardInput(x, x));
        Assert.Equal(before, x);
        Assert.All(layer.Parameters["weight"].Gradient.ToArray(), value => Assert.Equal(0, value));
    }

    [Theory]
    [InlineData(Reduction.Sum)]
    [InlineData(Reduction.Mean)]
    [InlineData(Reduction.Steps)]
    public void Loss_gradients_equal_central_differences(Reduction reduction) => RandomCases.Hold(_shapes, Shrink, shape =>
    {
        int batch = shape.Lengths.Length, steps = Math.Max(1, shape.Lengths.Max()), rows = steps * batch, size = shape.A;
        int[] lengths = shape.Seed % 3 == 0 ? [] : shape.Lengths;
        double[] y = Numbers.Random<double>(1, rows * size, 3), targets = Numbers.Random<double>(2, y.Length),
            gradient = new double[y.Length];
        double[] unit = [.. targets.Select(value => (value + 1) / 2)];
        int[] classes = [.. Enumerable.Range(0, rows).Select(row => row % size)];
        Check(() => Loss.CrossEntropy<double>(y, classes, gradient, reduction, lengths));
        Check(() => Loss.BinaryCrossEntropy<double>(y, unit, gradient, size, reduction, lengths));
        Check(() => Loss.MeanSquaredError<double>(y, targets, gradient, size, reduction, lengths));

        void Check(Func<double> loss)
        {
            loss();
            GradientCheck.Check(loss, [Layers.Variable("y", y, gradient)], shape.Seed);
            for (int row = 0; row < rows; row++)
            {
                if (lengths.Length > 0 && row / batch >= lengths[row % batch])
                {
                    Assert.All(gradient.AsSpan(row * size, size).ToArray(), value => Assert.Equal(0, value));
                }
            }
        }
    }, count: 30);

    [Fact]
    public void Document_network_gradients_equal_central_differences() => RandomCases.Hold(_shapes, Shrink, shape =>
    {
        HanDocument<double> network = new(new HanDocumentOptions
        {
            VocabularySize = 6,
            EmbeddingSize = shape.A,
            WordHiddenSize = shape.B % 6 + 1,
            WordAttentionSize = 4,
            SentenceHiddenSize = shape.C % 6 + 1,
            SentenceAttentionSize = 3,
            Classes = 2,
        });
        network.Initialise(shape.Seed);
        Random random = new(shape.Seed);
        int[] documents = shape.Lengths, sentences = [.. Enumerable.Range(0, documents.Sum()).Select(_ => random.Next(4))];
        int[] words = [.. Enumerable.Range(0, sentences.Sum()).Select(_ => random.Next(6))];
        double[] logits = new double[documents.Length * 2], dlogits = Numbers.Random<double>(1, logits.Length);
        double[] wordAlpha = new double[words.Length], sentenceAlpha = new double[sentences.Length];
        double[] dword = Numbers.Random<double>(2, words.Length), dsentence = Numbers.Random<double>(3, sentences.Length);
        HanDocumentTape<double> tape = network.CreateTape(Math.Max(1, words.Length), Math.Max(1, sentences.Length), documents.Length);
        network.Forward(words, sentences, documents, logits, wordAlpha, sentenceAlpha, tape);
        network.Backward(words, sentences, documents, dlogits, wordAlpha, sentenceAlpha, tape, dword, dsentence);
        GradientCheck.Check(
            () =>
            {
                network.Pack();
                network.Forward(words, sentences, documents, logits, wordAlpha, sentenceAlpha, tape);
                return Layers.Dot(logits, dlogits) + Layers.Dot(wordAlpha, dword) + Layers.Dot(sentenceAlpha, dsentence);
            },
            [.. Layers.Variables(network.Parameters)],
            shape.Seed);
        Assert.Equal(0, Numbers.AllocatedBytes(() =>
        {
            network.Forward(words, sentences, documents, logits, wordAlpha, sentenceAlpha, tape);
            network.Backward(words, sentences, documents, dlogits, wordAlpha, sentenceAlpha, tape);
        }));
    }, count: 15);

    [Theory]
    [InlineData(SequencePooling.LastState)]
    [InlineData(SequencePooling.MeanState)]
    public void Sequence_classifier_gradients_equal_central_differences(SequencePooling pooling) =>
        RandomCases.Hold(_shapes, Shrink, shape =>
    {
        Gru<double> gru = new(new GruOptions { InputSize = shape.A, HiddenSize = shape.B % 7 + 1, Layers = 2, Bidirectional = true });
        SequenceClassifier<double> network = new(5, gru, 3, pooling);
        network.Initialise(shape.Seed);
        Random random = new(shape.Seed);
        int[] lengths = shape.Lengths, ids = [.. Enumerable.Range(0, lengths.Sum()).Select(_ => random.Next(5))];
        double[] logits = new double[lengths.Length * 3], gradient = Numbers.Random<double>(1, logits.Length);
        SequenceModelTape<double> tape = network.CreateTape(4, lengths.Length);
        network.Forward(ids, lengths, logits, tape);
        network.Backward(ids, lengths, gradient, tape);
        GradientCheck.Check(
            () =>
            {
                network.Pack();
                network.Forward(ids, lengths, logits, tape);
                return Layers.Dot(logits, gradient);
            },
            [.. Layers.Variables(network.Parameters)],
            shape.Seed);
        Assert.Equal(0, Numbers.AllocatedBytes(() =>
        {
            network.Forward(ids, lengths, logits, tape);
            network.Backward(ids, lengths, gradient, tape);
        }));
    }, count: 10);

    [Theory]
    [InlineData(SequencePooling.LastState)]
    [InlineData(SequencePooling.MeanState)]
    public void Sequence_classifier_of_vectors_gradients_equal_central_differences(SequencePooling pooling) =>
        RandomCases.Hold(_shapes, Shrink, shape =>
    {
        Lstm<double> lstm = new(new LstmOptions { InputSize = shape.A, HiddenSize = shape.B % 7 + 1, Bidirectional = true });
        SequenceClassifier<double> network = new(lstm, 3, pooling);
        network.Initialise(shape.Seed);
        int[] lengths = shape.Lengths;
        double[] x = Numbers.Random<double>(2, lengths.Sum() * shape.A), dx = new double[x.Length];
        double[] logits = new double[lengths.Length * 3], gradient = Numbers.Random<double>(1, logits.Length);
        SequenceModelTape<double> tape = network.CreateTape(4, lengths.Length);
        network.Forward(x, lengths, logits, tape);
        network.Backward(lengths, gradient, dx, tape);
        GradientCheck.Check(
            () =>
            {
                network.Pack();
                network.Forward(x, lengths, logits, tape);
                return Layers.Dot(logits, gradient);
            },
            [Layers.Variable("x", x, dx), .. Layers.Variables(network.Parameters)],
            shape.Seed);
        Assert.Equal(0, Numbers.AllocatedBytes(() =>
        {
            network.Forward(x, lengths, logits, tape);
            network.Backward(lengths, gradient, dx, tape);
        }));
    }, count: 10);

    [Fact]
    public void Document_networks_take_back_only_what_they_have_run()
    {
        HanDocument<float> network = CreateHanDocument();
        HanDocumentTape<float> tape = network.CreateTape(3, 2, 1);
        float[] logits = [1, 1], alpha = new float[3], beta = new float[2];
        Assert.Throws<InvalidOperationException>(() => network.Backward([1, 2, 3], [2, 1], [2], logits, alpha, beta, tape));
        network.Forward([1, 2, 3], [2, 1], [2], new float[2], alpha, beta, tape);
        Assert.Contains("not of 1 with 3", Assert.Throws<ArgumentException>(
            () => network.Backward([1, 2, 3], [3], [1], logits, alpha, beta.AsSpan(0, 1), tape)).Message);
        Assert.All(network.Parameters, item => Assert.All(item.Value.Gradient.ToArray(), value => Assert.Equal(0, value)));
        network.Backward([1, 2, 3], [2, 1], [2], logits, alpha, beta, tape);
    }

    [Fact]
    public void Lengths_of_another_order_or_split_are_not_taken_back()
    {
        HanDocument<float> document = CreateHanDocument();
        HanDocumentTape<float> documentTape = document.CreateTape(5, 3, 2);
        float[] logits = new float[4], alpha = new float[5], beta = new float[3];
        document.Forward([0, 1, 2, 3, 4], [2, 3, 0], [2, 1], logits, alpha, beta, documentTape);
        Refused(document.Parameters, "Sequence 0 of the run that the tape holds has 2 steps, not 1", [2, 3, 0], [1, 2],
            (words, sentences) => document.Backward([0, 1, 2, 3, 4], words, sentences, logits, alpha, beta, documentTape));
        Refused(document.Parameters, "Sequence 1 of the run that the tape holds has 3 steps, not 2", [3, 2, 0], [2, 1],
            (words, sentences) => document.Backward([0, 1, 2, 3, 4], words, sentences, logits, alpha, beta, documentTape));
        document.Backward([0, 1, 2, 3, 4], [2, 3, 0], [2, 1], logits, alpha, beta, documentTape);

        Srn<float> network = new(new SrnOptions { InputSize = 2, HiddenSize = 3 });
        SequenceClassifier<float> classifier = new(network, 2, SequencePooling.MeanState);
        classifier.Initialise(1);
        SequenceModelTape<float> tape = classifier.CreateTape(4, 3);
        float[] x = new float[12], gradient = new float[6];
        classifier.Forward(x, [1, 2, 3], new float[6], tape);
        Refused(classifier.Parameters, "Sequence 2 of the run that the tape holds has 3 steps, not 1", [3, 2, 1], [],
            (lengths, _) => classifier.Backward(lengths, gradient, [], tape));
        classifier.Backward([1, 2, 3], gradient, [], tape);

        Embedding<float> table = new(3, 2);
        SequenceTagger<float> tagger = new([table], network, 1);
        tagger.Initialise(1);
        tape = tagger.CreateTape(4, 3);
        int[][] ids = [[0, 1, 2, 0, 1, 2]];
        tagger.Forward(ids, [1, 2, 3], new float[6], tape);
        Refused(tagger.Parameters, "Sequence 2", [2, 2, 2], [], (lengths, _) => tagger.Backward(ids, lengths, gradient, tape));
        tagger.Backward(ids, [1, 2, 3], gradient, tape);

        static void Refused(ParameterSet<float> parameters, string message, int[] first, int[] second, Action<int[], int[]> backward)
        {
            parameters.ZeroGradients();
            Assert.Contains(message, Assert.Throws<ArgumentException>("tape", () => backward(first, second)).Message);
            Assert.All(parameters, item => Assert.All(item.Value.Gradient.ToArray(), value => Assert.Equal(0, value)));
        }
    }

    [Fact]
    public void Sequence_models_refuse_wrong_arguments_before_they_write()
    {
        SequenceClassifier<float> model = new(new Srn<float>(new SrnOptions { InputSize = 2, HiddenSize = 3 }), 2,
            SequencePooling.MeanState);
        model.Initialise(1);
        SequenceModelTape<float> tape = model.CreateTape(2, 1);
        float[] logits = [7, 7];
        Assert.Throws<InvalidOperationException>(() => model.Forward([1, 2], [2], logits, tape));
        Assert.Contains("lengths add up to 1",
            Assert.Throws<ArgumentException>(() => model.Forward(new float[4], [1], logits, tape)).Message);
        Assert.Contains("logits needs 2 elements (B·C)",
            Assert.Throws<ArgumentException>(() => model.Forward(new float[4], [2], new float[3], tape)).Message);
        Assert.Contains("do not fit", Assert.Throws<ArgumentException>(() => model.Forward(new float[6], [3], logits, tape)).Message);
        Assert.Throws<InvalidOperationException>(() => model.Backward([2], logits, default, tape));
        model.Forward(new float[4], [2], new float[2], tape);
        Assert.Contains("not of 1 with 1", Assert.Throws<ArgumentException>(() => model.Backward([1], logits, default, tape)).Message);
        Assert.Contains("gradient needs 2",
            Assert.Throws<ArgumentException>(() => model.Backward([2], new float[1], default, tape)).Message);
        Assert.Contains("dx needs 4", Assert.Throws<ArgumentException>(() => model.Backward([2], logits, new float[3], tape)).Message);
        Assert.Equal([7f, 7], logits);
        Assert.All(model.Parameters, item => Assert.All(item.Value.Gradient.ToArray(), value => Assert.Equal(0, value)));
        model.Backward([2], logits, default, tape);
        Assert.Throws<InvalidOperationException>(() => model.Backward([2], logits, default, tape));
    }

    [Fact]
    public void Lengths_that_cannot_be_are_refused_by_name()
    {
        Srn<float> network = new(new SrnOptions { InputSize = 2, HiddenSize = 3 });
        SequenceClassifier<float> classifier = new(network, 2, SequencePooling.MeanState);
        SequenceTagger<float> tagger = new([new Embedding<float>(2, 2)], network, 2);
        int[] far = [int.MaxValue, int.MaxValue];
        Assert.Throws<ArgumentException>("lengths", () => classifier.Backward(far, new float[4], [], classifier.CreateTape(1, 2)));
        Assert.Throws<ArgumentException>("lengths", () => tagger.Forward([new int[1]], far, new float[2], tagger.CreateTape(1, 2)));
        Assert.Throws<ArgumentException>("lengths", () => tagger.Backward([new int[1]], far, new float[2], tagger.CreateTape(1, 2)));
        Assert.Throws<ArgumentException>("sourceLengths", () => CrossAttention<float>.GetWeightsLength([1, 2], [3]));
        Assert.Throws<ArgumentOutOfRangeException>("targetLengths", () => CrossAttention<float>.GetWeightsLength([-1], [3]));
        Assert.Throws<ArgumentOutOfRangeException>("sourceLengths", () => CrossAttention<float>.GetWeightsLength([1], [-3]));
        Assert.Equal(17, CrossAttention<float>.GetWeightsLength([1, 2], [3, 7]));
    }

    [Fact]
    public void Sizes_are_named_as_the_caller_passed_them()
    {
        Srn<float> network = new(new SrnOptions { InputSize = 2, HiddenSize = 3 });
        HanDocumentOptions options = new()
        {
            VocabularySize = 6,
            EmbeddingSize = 2,
            WordHiddenSize = 3,
            WordAttentionSize = 4,
            SentenceHiddenSize = 2,
            SentenceAttentionSize = 3,
            Classes = 2,
        };
        foreach ((string name, Action create) in new (string, Action)[]
        {
            ("classes", () => new SequenceClassifier<float>(network, 0, SequencePooling.LastState)),
            ("classes", () => new SequenceTagger<float>([new Embedding<float>(2, 2)], network, 0)),
            ("pooling", () => new SequenceClassifier<float>(network, 2, (SequencePooling)9)),
            ("pooling", () => new SequenceClassifier<float>(5, network, 2, (SequencePooling)(-1))),
            ("reduction", () => Loss.CrossEntropy<float>([1, 2], [0], new float[2], (Reduction)7)),
            ("reduction", () => Loss.BinaryCrossEntropy<float>([1, 2], [0, 1], new float[2], 1, (Reduction)7)),
            ("reduction", () => Loss.MeanSquaredError<float>([1, 2], [0, 1], new float[2], 1, (Reduction)(-1))),
            ("activation", () => new Mlp<float>([2, 3, 1], (Activation)99)),
            ("querySize", () => new CrossAttention<float>(0, 1)),
            ("sourceSize", () => new CrossAttention<float>(1, 0)),
            ("VocabularySize", () => new HanDocument<float>(options with { VocabularySize = 0 })),
            ("EmbeddingSize", () => new HanDocument<float>(options with { EmbeddingSize = 0 })),
            ("WordHiddenSize", () => new HanDocument<float>(options with { WordHiddenSize = 0 })),
            ("WordAttentionSize", () => new HanDocument<float>(options with { WordAttentionSize = 0 })),
            ("SentenceHiddenSize", () => new HanDocument<float>(options with { SentenceHiddenSize = 0 })),
            ("SentenceAttentionSize", () => new HanDocument<float>(options with { SentenceAttentionSize = 0 })),
            ("Classes", () => new HanDocument<float>(options with { Classes = 0 })),
        })
        {
            Assert.Throws<ArgumentOutOfRangeException>(name, create);
        }

        HanDocument<float> document = new(options);
        Assert.Contains("words holds 6", Assert.Throws<ArgumentException>("words", () => document.Forward(
            [6], [1], [1], new float[2], new float[1], new float[1], document.CreateTape(1, 1, 1))).Message);
        Assert.Throws<ArgumentException>("logits", () => Loss.BinaryCrossEntropy<float>(new float[3], new float[3], new float[3], 2));
        Assert.Throws<ArgumentException>("y", () => Loss.MeanSquaredError<float>(new float[3], new float[3], new float[3], 2));
    }

    [Fact]
    public void Sequence_tagger_gradients_equal_central_differences() => RandomCases.Hold(_shapes, Shrink, shape =>
    {
        Lstm<double> lstm = new(new LstmOptions { InputSize = shape.A + 2, HiddenSize = shape.B % 7 + 1, Bidirectional = true });
        SequenceTagger<double> network = new([new Embedding<double>(5, shape.A), new Embedding<double>(3, 2)], lstm, 4);
        network.Initialise(shape.Seed);
        Random random = new(shape.Seed);
        int[] lengths = shape.Lengths;
        int[][] ids = [[.. Enumerable.Range(0, lengths.Sum()).Select(_ => random.Next(5))],
            [.. Enumerable.Range(0, lengths.Sum()).Select(_ => random.Next(3))]];
        double[] logits = new double[lengths.Sum() * 4], gradient = Numbers.Random<double>(1, logits.Length);
        SequenceModelTape<double> tape = network.CreateTape(4, lengths.Length);
        network.Forward(ids, lengths, logits, tape);
        network.Backward(ids, lengths, gradient, tape);
        GradientCheck.Check(
            () =>
            {
                network.Pack();
                network.Forward(ids, lengths, logits, tape);
                return Layers.Dot(logits, gradient);
            },
            [.. Layers.Variables(network.Parameters)],
            shape.Seed);
        Assert.Equal(0, Numbers.AllocatedBytes(() =>
        {
            network.Forward(ids, lengths, logits, tape);
            network.Backward(ids, lengths, gradient, tape);
        }));
        Assert.Throws<ArgumentException>(() => network.Forward(ids.AsSpan(0, 1), lengths, logits, tape));
    }, count: 10);

    [Fact]
    public void Sequence_tagger_of_vectors_has_the_gradients_of_central_differences() => RandomCases.Hold(_shapes, Shrink, shape =>
    {
        Gru<double> gru = new(new GruOptions { InputSize = shape.A, HiddenSize = shape.B % 7 + 1, Layers = 2, Bidirectional = true });
        SequenceTagger<double> network = new(gru, 3);
        network.Initialise(shape.Seed);
        int[] lengths = shape.Lengths;
        int rows = lengths.Sum();
        double[] x = Numbers.Random<double>(2, rows * shape.A), dx = new double[x.Length];
        double[] logits = new double[rows * 3], gradient = Numbers.Random<double>(1, logits.Length);
        SequenceModelTape<double> tape = network.CreateTape(4, lengths.Length);
        network.Forward(x, lengths, logits, tape);
        network.Backward(lengths, gradient, dx, tape);
        GradientCheck.Check(
            () =>
            {
                network.Pack();
                network.Forward(x, lengths, logits, tape);
                return Layers.Dot(logits, gradient);
            },
            [Layers.Variable("x", x, dx), .. Layers.Variables(network.Parameters)],
            shape.Seed);
        Assert.Equal(0, Numbers.AllocatedBytes(() =>
        {
            network.Forward(x, lengths, logits, tape);
            network.Backward(lengths, gradient, dx, tape);
        }));
    }, count: 10);

    [Fact]
    public void A_tagger_takes_what_it_was_made_for()
    {
        Srn<float> network = new(new SrnOptions { InputSize = 2, HiddenSize = 3 });
        SequenceTagger<float> vectors = new(network, 2), words = new([new Embedding<float>(4, 2)], network, 2);
        SequenceModelTape<float> tape = vectors.CreateTape(2, 1), wordTape = words.CreateTape(2, 1);
        vectors.Initialise(1);
        words.Initialise(1);
        float[] logits = [7, 7, 7, 7];
        Assert.Contains("made for vectors",
            Assert.Throws<InvalidOperationException>(() => vectors.Forward(new int[1][], [2], logits, tape)).Message);
        Assert.Contains("made for vectors",
            Assert.Throws<InvalidOperationException>(() => vectors.Backward(new int[1][], [2], logits, tape)).Message);
        Assert.Contains("made for ids",
            Assert.Throws<InvalidOperationException>(() => words.Forward(new float[4], [2], logits, wordTape)).Message);
        Assert.Contains("made for ids",
            Assert.Throws<InvalidOperationException>(() => words.Backward([2], logits, [], wordTape)).Message);
        Assert.Throws<ArgumentException>("x", () => vectors.Forward(new float[3], [1], logits, tape));
        Assert.Contains("logits needs 2 elements (M·C)",
            Assert.Throws<ArgumentException>(() => vectors.Forward(new float[2], [1], logits, tape)).Message);
        Assert.Equal([7f, 7, 7, 7], logits);
        vectors.Forward(new float[4], [2], logits, tape);
        Assert.Contains("dx needs 4", Assert.Throws<ArgumentException>(() => vectors.Backward([2], logits, new float[3], tape)).Message);
        Assert.All(vectors.Parameters, item => Assert.All(item.Value.Gradient.ToArray(), value => Assert.Equal(0, value)));
        vectors.Backward([2], logits, [], tape);
        Assert.Equal("sequence tagger of vectors, 2 classes, over " + network, vectors.ToString());
    }

    [Fact]
    public void Embeddings_touch_only_the_rows_looked_up()
    {
        Embedding<float> embedding = new(5, 2);
        embedding.Initialise(1);
        embedding.Backward([3, 1, 3], [1, 2, 3, 4, 5, 6]);
        Assert.Equal([3, 1], embedding.TouchedRows.ToArray());
        Assert.Equal([0, 0, 3, 4, 0, 0, 6, 8, 0, 0], embedding.Parameters["weight"].Gradient.ToArray());
        embedding.ZeroGradient();
        Assert.Equal(0, embedding.TouchedRows.Length);
        Assert.All(embedding.Parameters["weight"].Gradient.ToArray(), value => Assert.Equal(0f, value));
    }

    [Fact]
    public void Zeroing_all_gradients_forgets_the_touched_rows()
    {
        Embedding<float> embedding = new(5, 2);
        embedding.Backward([3, 1], [1, 2, 3, 4]);
        embedding.Parameters.ZeroGradients();
        Assert.Equal(0, embedding.TouchedRows.Length);
        embedding.Backward([0], [5, 6]);
        Assert.Equal([0], embedding.TouchedRows.ToArray());
        Assert.Equal([5f, 6, 0, 0, 0, 0, 0, 0, 0, 0], embedding.Parameters["weight"].Gradient.ToArray());
    }

    [Theory]
    [InlineData(0, null)]
    [InlineData(0, 0.1)]
    [InlineData(0.01, null)]
    public void Sparse_gradients_give_the_same_bits_as_dense_ones(double weightDecay, double? clipNorm)
    {
        // Whoever takes the gradient's span has it treated as dense.
        Numbers.AssertSameBits<float>(Train(isDense: true, write: false), Train(isDense: false, write: false), "weight");
        Numbers.AssertSameBits<float>(Train(isDense: true, write: true), Train(isDense: false, write: true), "weight");

        float[] Train(bool isDense, bool write)
        {
            Embedding<float> embedding = new(9, 3);
            embedding.Initialise(1);
            embedding.Parameters["weight"].Value[4] = -0f;
            Sgd<float> sgd = new(embedding.Parameters, 0.1, weightDecay);
            Random random = new(2);
            for (int step = 0; step < 5; step++)
            {
                embedding.Parameters.ZeroGradients();
                if (isDense)
                {
                    Assert.Equal(27, embedding.Parameters["weight"].Gradient.Length);
                }

                embedding.Backward([random.Next(9), random.Next(9)], Numbers.Random<float>(step, 6));
                if (write && step == 3)
                {
                    embedding.Parameters["weight"].Gradient.Fill(0.5f);
                }

                if (clipNorm is { } norm)
                {
                    Gradients.ClipByNorm(embedding.Parameters, norm);
                }

                sgd.Step();
            }

            return embedding.Parameters["weight"].Value.ToArray();
        }
    }

    [Fact]
    public void Losses_are_stable_at_the_edges()
    {
        float[] gradient = new float[4];
        Assert.Equal(0f, Loss.CrossEntropy<float>([1e30f, -1e30f], [0], gradient.AsSpan(0, 2)));
        Assert.Equal(200f, Loss.CrossEntropy<float>([-100, 100], [0], gradient.AsSpan(0, 2)));
        Assert.Equal(100f, Loss.BinaryCrossEntropy<float>([-100, 100], [1, 1], gradient.AsSpan(0, 2), 2, Reduction.Sum));
        Assert.Equal([-1f, 0f], gradient[..2]);
        Assert.True(float.IsNaN(Loss.CrossEntropy<float>([float.NaN, 0], [1], gradient.AsSpan(0, 2))));
    }

    /// <summary>The figures of PyTorch, and what they are without rounding.</summary>
    [Theory]
    [InlineData(1000, 1001, 1.313262)]
    [InlineData(1e4, 1.00005e4, 0.974077)]
    [InlineData(1e6, 1000000.5, 0.974077)]
    [InlineData(300, 288, 6.144e-6)]
    [InlineData(1e8, 100000008, 8.000335)]
    [InlineData(0, 300, 300)]
    public void Cross_entropy_loses_no_digits_to_the_size_of_the_logits(double target, double other, double expected)
    {
        float[] gradient = new float[2], many = new float[2 * 41], slope = new float[many.Length];
        Assert.Equal(expected, Loss.CrossEntropy<float>([(float)target, (float)other], [0], gradient), 1e-6 * Math.Max(0.2, expected));
        many.AsSpan().Fill(float.MinValue); // wide rows, in whole vectors and a rest
        (many[3], many[40], many[41], many[81]) = ((float)other, (float)target, (float)other, (float)target);
        Assert.Equal(2 * expected, Loss.CrossEntropy<float>(many, [40, 40], slope, Reduction.Sum), 2e-6 * Math.Max(0.2, expected));
        Assert.Equal(2 * expected, Loss.CrossEntropy<float>(many, [40, 40], many, Reduction.Sum), 2e-6 * Math.Max(0.2, expected));
        Numbers.AssertSameBits<float>(slope, many, "gradient in place");
    }

    /// <summary>log(1 + e^−|z|), which is all that is left of the loss where the network is sure and right.</summary>
    [Theory]
    [InlineData(10, 4.5398899216864625e-5)]
    [InlineData(20, 2.0611536203143808e-9)]
    [InlineData(30, 9.3576229688397387e-14)]
    [InlineData(50, 1.9287498479639178e-22)]
    public void Binary_cross_entropy_tells_small_losses_apart(double logit, double expected)
    {
        Check<float>(1e-6);
        Check<double>(1e-14);

        void Check<T>(double tolerance)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            T z = T.CreateChecked(logit);
            T loss = Loss.BinaryCrossEntropy<T>([z, -z], [T.One, T.Zero], new T[2], 1);
            Assert.Equal(1, double.CreateChecked(loss) / expected, tolerance);
        }
    }

    /// <summary>Targets between 0 and 1 leave a small difference of large numbers.</summary>
    [Fact]
    public void Binary_cross_entropy_of_soft_targets_is_not_rounded_to_the_logits()
    {
        const float Target = 0.9999f;
        Assert.Equal(300 * (1 - (double)Target), Loss.BinaryCrossEntropy<float>([300], [Target], new float[1], 1), 1e-8);
    }

    [Fact]
    public void Losses_of_many_rows_are_not_rounded_off()
    {
        const int Rows = 300_000;
        float[] values = new float[3 * Rows], gradient = new float[3 * Rows], halves = new float[3 * Rows];
        halves.AsSpan().Fill(0.3f);
        Assert.Equal(Math.Log(3), Loss.CrossEntropy<float>(values, new int[Rows], gradient), 1e-6);
        Assert.Equal(Math.Log(2), Loss.BinaryCrossEntropy<float>(values, halves, gradient, 3), 1e-6);
        Assert.Equal(0.09, Loss.MeanSquaredError<float>(values, halves, gradient, 3), 1e-7);
    }

    [Fact]
    public void Predictions_are_the_largest_logit_or_drawn_by_probability()
    {
        Assert.Equal(1, Prediction.ArgMax<float>([-3, 2, 2]));
        Assert.Equal(2, Prediction.CountCorrect<float>([1, 0, 0, 1, 5, 6], [0, -1, 1]));
        Assert.Equal(0, Prediction.CountCorrect<float>([], []));
        Assert.Throws<ArgumentException>(() => Prediction.ArgMax<float>([]));
        Assert.Throws<ArgumentException>(() => Prediction.CountCorrect<float>([1, 2, 3], [0, 1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => Prediction.Sample<float>([1], double.NaN, new Random(1)));

        double[] logits = [Math.Log(1), Math.Log(5), Math.Log(2)];
        int[] counts = new int[3];
        Random random = new(1);
        for (int i = 0; i < 10_000; i++)
        {
            counts[Prediction.Sample<double>([.. logits], 0.5, random)]++; // half the temperature squares probabilities
        }

        Assert.InRange(counts[0] / 10_000.0, 0.025, 0.042);
        Assert.InRange(counts[1] / 10_000.0, 0.82, 0.85);
        Assert.Equal(1, Prediction.Sample<double>([.. logits], 0, random));
        Assert.Equal(1, Prediction.Sample<double>([.. logits], 1e-3, random));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(1e-3)]
    [InlineData(1e-37)]
    [InlineData(1e-39)]
    [InlineData(5e-324)]
    [InlineData(1e39)]
    [InlineData(double.PositiveInfinity)]
    public void Masked_classes_are_not_drawn_at_any_temperature(double temperature)
    {
        Holds<float>();
        Holds<double>();

        void Holds<T>()
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            T masked = T.NegativeInfinity;
            T[] logits = [masked, .. Numbers.Random<T>(1, 40), masked, T.CreateChecked(50), masked];
            int best = logits.Length - 2, masks = 3;
            foreach (double number in new[] { 0, 0.5, Math.BitDecrement(1.0) })
            {
                T[] probabilities = [.. logits];
                int drawn = Prediction.Sample<T>(probabilities, temperature, new Fixed(number));
                Assert.True(drawn == best || (temperature >= 1 && logits[drawn] != masked), $"{drawn} at {number}");
                Assert.Equal(1, probabilities.Sum(value => double.CreateChecked(value)), 1e-5);
                for (int i = 0; i < logits.Length; i++)
                {
                    double even = 1.0 / (logits.Length - masks), certain = i == best ? 1 : 0;
                    double expected = logits[i] == masked ? 0 : temperature > 1 ? even : certain;
                    Assert.Equal(expected, double.CreateChecked(probabilities[i]), logits[i] == masked ? 0 : 1e-6);
                }
            }
        }
    }

    /// <summary>Each is drawn by its own probability, however small beside 1: what a float would round off adds up.</summary>
    [Theory]
    [InlineData(0.25)]
    [InlineData(0.75)]
    [InlineData(0.999)]
    public void Many_classes_are_drawn_evenly(double number)
    {
        const int Classes = 1_000_000;
        Assert.InRange(Prediction.Sample<float>(new float[Classes], 1, new Fixed(number)) - number * Classes, -2, 2);
    }

    [Fact]
    public void Norms_neither_overflow_nor_underflow()
    {
        Check<float>([3e30f, 4e30f], 5e30);
        Check<float>([3e-30f, 4e-30f], 5e-30);
        Check<double>([3e200, 4e200], 5e200);
        Check<double>([3e-200, 4e-200], 5e-200);
        Check<double>([3e-310, 4e-310], 5e-310);
        Check<double>([0, 0], 0);

        static void Check<T>(T[] values, double expected)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            Parameter<T> parameter = new("g", values.Length);
            values.CopyTo(parameter.Gradient);
            double norm = Gradients.Norm(new ParameterSet<T>(parameter));
            Assert.Equal(1, expected == 0 ? 1 - norm : norm / expected, 1e-6);
        }
    }

    [Fact]
    public void Wrong_arguments_are_named_and_nothing_is_written()
    {
        float[] gradient = [7, 7, 7, 7];
        Assert.Contains("targets[1] is 2, but there are classes 0 … 1", Assert.Throws<ArgumentException>(
            () => Loss.CrossEntropy<float>(new float[4], [0, 2], gradient)).Message);
        Assert.Contains("lengths holds 3", Assert.Throws<ArgumentException>(
            () => Loss.CrossEntropy<float>(new float[4], [0, 1], gradient, Reduction.Mean, [3])).Message);
        Assert.Contains("targets needs 4 elements, but has 3", Assert.Throws<ArgumentException>(
            () => Loss.MeanSquaredError<float>(new float[4], new float[3], gradient, 2)).Message);
        Assert.Equal([7f, 7, 7, 7], gradient);
        Embedding<float> embedding = new(5, 2);
        Assert.Contains("ids holds 5", Assert.Throws<ArgumentException>(() => embedding.Forward([0, 5], gradient)).Message);
        Assert.Contains("ids holds -1", Assert.Throws<ArgumentException>(() => OneHot.Encode<float>([-1], 4, gradient)).Message);
        Assert.Contains("lengths add up to 3",
            Assert.Throws<ArgumentException>(() => OneHot.BagOfWords<float>([1, 0], [1, 2], 2, gradient)).Message);
        Assert.Equal([7f, 7, 7, 7], gradient);
    }

    /// <summary>Draws always the same.</summary>
    private sealed class Fixed(double number) : Random
    {
        public override float NextSingle() => (float)number;

        public override double NextDouble() => number;
    }

    private static HanDocument<float> CreateHanDocument()
    {
        HanDocument<float> network = new(new HanDocumentOptions
        {
            VocabularySize = 6,
            EmbeddingSize = 2,
            WordHiddenSize = 3,
            WordAttentionSize = 4,
            SentenceHiddenSize = 2,
            SentenceAttentionSize = 3,
            Classes = 2,
        });
        network.Initialise(1);
        return network;
    }
}
