using FastRecurrent.Kernels;
using FastRecurrent.Models;
using FastRecurrent.Tests.Support;
using FsCheck.Fluent;

namespace FastRecurrent.Tests.Models;

/// <summary>The encoder–decoder: gradients, memory, and beam search against every sequence there is.</summary>
public class EncoderDecoderTests
{
    private const int Start = 0, End = 1, Words = 4;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Gradients_equal_central_differences(bool attention) => RandomCases.Hold(
        Gen.Choose(0, 10_000), seed => RandomCases.Smaller(seed, 0), seed => Check(attention, seed), count: 15);

    [Fact]
    public void A_wide_beam_finds_the_best_of_all_sequences()
    {
        for (int seed = 0; seed < 5; seed++)
        {
            EncoderDecoder<double> network = Create(attention: seed % 2 == 0, seed);
            int[] source = [2, 3, 0];
            IReadOnlyList<DecodedSequence> found = new BeamSearch<double>(network, 64, 5, 3, Start, End).Decode(source);
            (int[] Words, double LogProbability)[] all =
                [.. AllSequences(2).Select(words => (words, LogProbabilityOf(network, source, words)))];
            Assert.Equal(all.Length, found.Count(sequence => sequence.Ended));
            (int[] words, double logProbability) = all.MaxBy(sequence => sequence.LogProbability / (sequence.Words.Length + 1));
            Assert.Equal(words, found[0].Words);
            foreach (DecodedSequence sequence in found.Where(sequence => sequence.Ended))
            {
                Assert.Equal(LogProbabilityOf(network, source, sequence.Words), sequence.LogProbability, 1e-10);
            }

            Assert.Equal(logProbability, found[0].LogProbability, 1e-10);
        }
    }

    [Fact]
    public void A_beam_of_one_is_greedy()
    {
        EncoderDecoder<double> network = Create(attention: true, 3);
        DecodedSequence greedy = Assert.Single(new BeamSearch<double>(network, 1, 5, 6, Start, End).Decode([2, 3]));
        List<int> words = [];
        for (int step = 0; step < 6; step++)
        {
            double[] logits = LogitsOf(network, [2, 3], [Start, .. words])[^Words..];
            int best = Array.IndexOf(logits, logits.Max());
            if (best == End)
            {
                break;
            }

            words.Add(best);
        }

        Assert.Equal(words, greedy.Words);
    }

    /// <summary>Of a size whose single sequences make the products with their inputs beside their steps.</summary>
    [Fact]
    public void A_source_may_be_shorter_than_the_longest()
    {
        EncoderDecoder<float> network = new(new EncoderDecoderOptions
        {
            SourceVocabularySize = Words,
            TargetVocabularySize = Words,
            EmbeddingSize = 32,
            HiddenSize = 128,
        });
        network.Initialise(1);
        DecodedSequence exact = new BeamSearch<float>(network, 2, 5, 6, Start, End).Decode([2, 3, 0, 2, 3])[0];
        DecodedSequence within = new BeamSearch<float>(network, 2, 40, 6, Start, End).Decode([2, 3, 0, 2, 3])[0];
        Assert.Equal(exact.Words, within.Words);
        Assert.Equal(exact.LogProbability, within.LogProbability);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Decoding_allocates_its_results_alone(int beam)
    {
        const int MaxWords = 20;
        EncoderDecoder<double> network = Create(attention: true, 3);
        network.Parameters["output.bias"].Value[End] = -20; // no sequence ends
        network.Pack();
        BeamSearch<double> search = new(network, beam, 5, MaxWords, Start, End);
        int[] source = [2, 3];
        IReadOnlyList<DecodedSequence> found = search.Decode(source);
        Assert.Equal(beam, found.Count);
        Assert.All(found, sequence => Assert.Equal((MaxWords, false), (sequence.Words.Length, sequence.Ended)));
        long expected = Numbers.AllocatedBytes(() =>
        {
            DecodedSequence[] copies = new DecodedSequence[beam];
            for (int i = 0; i < beam; i++)
            {
                copies[i] = new DecodedSequence(new int[MaxWords], 0, false);
            }

            GC.KeepAlive(copies);
        });
        Assert.Equal(expected, Numbers.AllocatedBytes(() => search.Decode(source)));
        Assert.Equal(found, search.Decode(source));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Decoding_makes_no_room_for_gradients(bool attention)
    {
        EncoderDecoder<double> network = Create(attention, 1);
        new BeamSearch<double>(network, 2, 3, 4, Start, End).Decode([2, 3]);
        Assert.All(network.Parameters, item => Assert.False(item.Value.HasGradient));

        EncoderDecoderTape<double> workspace = network.CreateWorkspace(3, 2, 2);
        int[] sources = [2, 3, 0, 1], sourceLengths = [3, 1], inputs = [0, 2, 3], targetLengths = [2, 1];
        double[] inWorkspace = new double[12], inTape = new double[12];
        network.Forward(sources, sourceLengths, inputs, targetLengths, inWorkspace, workspace);
        Assert.Equal(0,
            Numbers.AllocatedBytes(() => network.Forward(sources, sourceLengths, inputs, targetLengths, inWorkspace, workspace)));
        Assert.Contains("workspace", Assert.Throws<InvalidOperationException>(
            () => network.Backward(sources, sourceLengths, inputs, targetLengths, inWorkspace, workspace)).Message);
        Assert.StartsWith("workspace for 2 pairs", workspace.ToString());
        Assert.All(network.Parameters, item => Assert.False(item.Value.HasGradient));
        network.Forward(sources, sourceLengths, inputs, targetLengths, inTape, network.CreateTape(3, 2, 2));
        Numbers.AssertSameBits<double>(inTape, inWorkspace, "logits");
    }

    [Fact]
    public void Wrong_arguments_are_named()
    {
        EncoderDecoder<double> network = Create(attention: true, 1);
        BeamSearch<double> search = new(network, 2, 3, 4, Start, End);
        Assert.Contains("source has 0 words", Assert.Throws<ArgumentException>(() => search.Decode([])).Message);
        Assert.Contains("source has 4 words", Assert.Throws<ArgumentException>(() => search.Decode([2, 2, 2, 2])).Message);
        Assert.Contains("source holds 9", Assert.Throws<ArgumentException>("source", () => search.Decode([9])).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => new BeamSearch<double>(network, 2, 3, 4, Start, Words));
        EncoderDecoderTape<double> tape = network.CreateTape(2, 2, 1);
        Assert.Contains("sourceLengths holds 3",
            Assert.Throws<ArgumentException>(() => network.Forward([1, 2, 3], [3], [0], [1], new double[4], tape)).Message);
        Assert.Contains("logits needs 4 elements",
            Assert.Throws<ArgumentException>(() => network.Forward([1, 2], [2], [0], [1], new double[5], tape)).Message);
        double[] gradient = [1, 1, 1, 1];
        Assert.Throws<InvalidOperationException>(() => network.Backward([1, 2], [2], [0], [1], gradient, tape));
        network.Forward([1, 2], [2], [0], [1], new double[4], tape);
        Assert.Contains("not of 1 with 1",
            Assert.Throws<ArgumentException>(() => network.Backward([1], [1], [0], [1], gradient, tape)).Message);
        Assert.All(network.Parameters, item => Assert.All(item.Value.Gradient.ToArray(), value => Assert.Equal(0, value)));
        network.Backward([1, 2], [2], [0], [1], gradient, tape);
        Assert.Throws<InvalidOperationException>(() => network.Backward([1, 2], [2], [0], [1], gradient, tape));
    }

    [Fact]
    public void Errors_name_what_the_caller_passed()
    {
        EncoderDecoder<double> network = Create(attention: true, 1);
        EncoderDecoderTape<double> tape = network.CreateTape(4, 3, 2);
        double[] logits = new double[16];
        Assert.Contains("sourceLengths holds 6, but the tape takes 0 … 4", Assert.Throws<ArgumentException>("sourceLengths", () =>
            network.Forward([0, 0, 0, 0, 0, 0], [6, 0], [0, 0], [1, 1], logits.AsSpan(0, 8), tape)).Message);
        Assert.Contains("targetLengths holds 4, but the tape takes 0 … 3", Assert.Throws<ArgumentException>("targetLengths", () =>
            network.Forward([0, 0], [1, 1], [0, 0, 0, 0], [4, 0], logits, tape)).Message);
        Assert.Contains("sources holds 4",
            Assert.Throws<ArgumentException>("sources", () => network.Forward([4], [1], [0], [1], logits.AsSpan(0, 4), tape)).Message);
        Assert.Contains("inputs holds -1",
            Assert.Throws<ArgumentException>("inputs", () => network.Forward([0], [1], [-1], [1], logits.AsSpan(0, 4), tape)).Message);
        Assert.Throws<ArgumentNullException>("tape", () => network.Forward([0], [1], [0], [1], logits.AsSpan(0, 4), null!));
        Assert.Throws<ArgumentOutOfRangeException>("maxSourceSteps", () => network.CreateTape(0, 1, 1));
        Assert.Throws<ArgumentOutOfRangeException>("maxTargetSteps", () => network.CreateTape(1, 0, 1));
        Assert.Throws<ArgumentOutOfRangeException>("maxBatch", () => network.CreateTape(1, 1, 0));
        foreach ((string name, EncoderDecoderOptions wrong) in new[]
        {
            ("SourceVocabularySize", network.Options with { SourceVocabularySize = 0 }),
            ("TargetVocabularySize", network.Options with { TargetVocabularySize = 0 }),
            ("EmbeddingSize", network.Options with { EmbeddingSize = 0 }), ("HiddenSize", network.Options with { HiddenSize = 0 }),
        })
        {
            Assert.Throws<ArgumentOutOfRangeException>(name, () => new EncoderDecoder<double>(wrong));
        }
    }

    private static void Check(bool attention, int seed)
    {
        Random random = new(seed);
        EncoderDecoder<double> network = Create(attention, seed);
        int batch = random.Next(1, 4);
        int[] sourceLengths = [.. Enumerable.Range(0, batch).Select(_ => random.Next(0, 5))],
            targetLengths = [.. Enumerable.Range(0, batch).Select(_ => random.Next(0, 4))];
        int[] sources = [.. Enumerable.Range(0, sourceLengths.Sum()).Select(_ => random.Next(Words))];
        int[] inputs = [.. Enumerable.Range(0, targetLengths.Sum()).Select(_ => random.Next(Words))];
        double[] logits = new double[inputs.Length * Words], gradient = Numbers.Random<double>(seed, logits.Length);
        EncoderDecoderTape<double> tape = network.CreateTape(5, 4, 3);
        network.Forward(sources, sourceLengths, inputs, targetLengths, logits, tape);
        network.Backward(sources, sourceLengths, inputs, targetLengths, gradient, tape);
        GradientCheck.Check(
            () =>
            {
                network.Pack();
                network.Forward(sources, sourceLengths, inputs, targetLengths, logits, tape);
                return Layers.Dot(logits, gradient);
            },
            [.. Layers.Variables(network.Parameters)],
            seed);
        Assert.Equal(0, Numbers.AllocatedBytes(() =>
        {
            network.Forward(sources, sourceLengths, inputs, targetLengths, logits, tape);
            network.Backward(sources, sourceLengths, inputs, targetLengths, gradient, tape);
        }));
    }

    private static EncoderDecoder<double> Create(bool attention, int seed)
    {
        EncoderDecoder<double> network = new(new EncoderDecoderOptions
        {
            SourceVocabularySize = Words,
            TargetVocabularySize = Words,
            EmbeddingSize = 5,
            HiddenSize = 6,
            Attention = attention,
        });
        network.Initialise(seed);
        foreach ((_, FastRecurrent.Cells.Parameter<double> parameter) in network.Parameters)
        {
            NeuralPrimitives.MultiplyScalar<double>(parameter.Value, 2.5, parameter.Value); // words that differ in probability
        }

        network.Pack();
        return network;
    }

    /// <summary>All sequences of up to some words that are not the end word.</summary>
    private static IEnumerable<int[]> AllSequences(int longest) => longest == 0
        ? [[]]
        : AllSequences(longest - 1).SelectMany(words => words.Length < longest - 1
            ? [words]
            : new[] { words }.Concat(new[] { 0, 2, 3 }.Select(word => (int[])[.. words, word])));

    private static double LogProbabilityOf(EncoderDecoder<double> network, int[] source, int[] words)
    {
        double[] logits = LogitsOf(network, source, [Start, .. words]);
        int[] targets = [.. words, End];
        return -Loss.CrossEntropy<double>(logits, targets, new double[logits.Length], Reduction.Sum);
    }

    private static double[] LogitsOf(EncoderDecoder<double> network, int[] source, int[] inputs)
    {
        double[] logits = new double[inputs.Length * Words];
        network.Forward(source, [source.Length], inputs, [inputs.Length], logits, network.CreateTape(source.Length, inputs.Length, 1));
        return logits;
    }
}
