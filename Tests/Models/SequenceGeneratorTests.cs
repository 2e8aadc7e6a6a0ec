using FastRecurrent.Cells;
using FastRecurrent.Models;
using FastRecurrent.Tests.Support;
using FsCheck.Fluent;

namespace FastRecurrent.Tests.Models;

/// <summary>The sequence generator: gradients over every cell, memory, and sampling against runs with the ids fed back.</summary>
public class SequenceGeneratorTests
{
    private const int Start = 0, Stop = 1, Ids = 5;

    [Fact]
    public void Gradients_equal_central_differences() => RandomCases.Hold(
        NetworkCase.Cases(largest: 9).Select(OneDirection), shape => shape.Shrink().Select(OneDirection), shape =>
        {
            SequenceGenerator<double> generator = new(shape.HiddenSize, Ids, shape.Create<double>(), Start, Stop);
            generator.Initialise(shape.Seed);
            int[] lengths = shape.Lengths() is { Length: > 0 } some ? some : [.. Enumerable.Repeat(shape.Steps, shape.Batch)];
            Random random = new(shape.Seed);
            int[] targets = [.. Enumerable.Range(0, lengths.Sum()).Select(_ => random.Next(Ids))];
            double[] contexts = Numbers.Random<double>(1, shape.Batch * shape.HiddenSize), contextGradient = new double[contexts.Length];
            double[] logits = new double[targets.Length * Ids], gradient = Numbers.Random<double>(2, logits.Length);
            SequenceGeneratorTape<double> tape = generator.CreateTape(shape.Steps, shape.Batch);
            SequenceDropout dropout = new() { Input = shape.Seed % 2 == 0 ? 0.3 : 0, Seed = shape.Seed };
            generator.Forward(contexts, targets, lengths, logits, tape, dropout);
            generator.Backward(contexts, gradient, contextGradient, tape);
            GradientCheck.Check(
                () =>
                {
                    generator.Pack();
                    generator.Forward(contexts, targets, lengths, logits, tape, dropout);
                    return Layers.Dot(logits, gradient);
                },
                [Layers.Variable("contexts", contexts, contextGradient), .. Layers.Variables(generator.Parameters)],
                shape.Seed);
            Assert.Equal(0, Numbers.AllocatedBytes(() =>
            {
                generator.Forward(contexts, targets, lengths, logits, tape);
                generator.Backward(contexts, gradient, contextGradient, tape);
            }));
        }, count: 25);

    [Theory]
    [InlineData(0)]
    [InlineData(0.7)]
    [InlineData(2)]
    public void Sampling_feeds_back_what_it_writes(double temperature)
    {
        for (int seed = 0; seed < 10; seed++)
        {
            SequenceGenerator<double> generator = Create(seed);
            double[] context = Numbers.Random<double>(seed, 3, scale: 3);
            DecodedSequence written = new SequenceSampler<double>(generator, 6).Generate(context, temperature, seed);
            Random random = new(seed);
            List<int> ids = [];
            double logProbability = 0;
            while (ids.Count < 6 && !ids.Contains(Stop))
            {
                double[] logits = LogitsOf(generator, context, [.. ids, 0])[^Ids..];
                int next = Prediction.Sample<double>([.. logits], temperature, random);
                logProbability -= Loss.CrossEntropy<double>(logits, [next], new double[Ids]);
                ids.Add(next);
            }

            Assert.Equal(ids.Contains(Stop), written.Ended);
            Assert.Equal(ids.TakeWhile(id => id != Stop), written.Words);
            Assert.Equal(logProbability, written.LogProbability, 1e-12);
        }
    }

    [Fact]
    public void A_seed_decides_what_is_drawn()
    {
        SequenceSampler<double> sampler = new(Create(2), 20);
        string[] written = [.. Enumerable.Range(0, 10).Select(seed => string.Join(' ', sampler.Generate([1, 2, 3], 1, seed).Words))];
        Assert.Equal(written, Enumerable.Range(0, 10).Select(seed => string.Join(' ', sampler.Generate([1, 2, 3], 1, seed).Words)));
        Assert.True(written.Distinct().Count() > 5);
        Assert.Equal(sampler.Generate([1, 2, 3], 0, 1).Words, sampler.Generate([1, 2, 3], 0, 2).Words);
    }

    [Fact]
    public void It_learns_to_spell_what_a_vector_stands_for()
    {
        int[][] spellings = [[2, 3, 4, Stop], [4, Stop], [3, 3, 3, 2, 4, Stop]];
        double[] contexts = [1, 0, 0, 0, 1, 0, 0, 0, 1];
        int[] targets = [.. spellings.SelectMany(ids => ids)], lengths = [.. spellings.Select(ids => ids.Length)];
        SequenceGenerator<double> generator = Create(1);
        SequenceGeneratorTape<double> tape = generator.CreateTape(6, 3);
        Adam<double> adam = new(generator.Parameters, 0.03);
        double[] logits = new double[targets.Length * Ids];
        for (int step = 0; step < 150; step++)
        {
            generator.Parameters.ZeroGradients();
            generator.Forward(contexts, targets, lengths, logits, tape);
            Loss.CrossEntropy<double>(logits, targets, logits);
            generator.Backward(contexts, logits, default, tape);
            adam.Step();
            generator.Pack();
        }

        SequenceSampler<double> sampler = new(generator, 10);
        for (int i = 0; i < spellings.Length; i++)
        {
            DecodedSequence written = sampler.Generate(contexts.AsSpan(i * 3, 3));
            Assert.True(written.Ended);
            Assert.Equal(spellings[i][..^1], written.Words);
        }
    }

    [Fact]
    public void Wrong_arguments_are_named_and_nothing_is_written()
    {
        Gru<double> both = new(new GruOptions { InputSize = 2, HiddenSize = 2, Bidirectional = true });
        Assert.Contains("bidirectional",
            Assert.Throws<ArgumentException>(() => new SequenceGenerator<double>(3, Ids, both, Start, Stop)).Message);
        SequenceGenerator<double> generator = Create(1), other = Create(1);
        Assert.Throws<ArgumentOutOfRangeException>(
            () => new SequenceGenerator<double>(3, Ids, new Gru<double>(new GruOptions { InputSize = 2, HiddenSize = 2 }), Ids, Stop));
        Assert.Throws<ArgumentOutOfRangeException>(
            () => new SequenceGenerator<double>(3, Ids, new Gru<double>(new GruOptions { InputSize = 2, HiddenSize = 2 }), Start, -1));
        SequenceGeneratorTape<double> tape = generator.CreateTape(2, 2);
        double[] context = [1, 2, 3], logits = [.. Enumerable.Repeat(7.0, 2 * Ids)];
        Assert.Contains("contexts needs 3",
            Assert.Throws<ArgumentException>(() => generator.Forward([1, 2], [2, 1], [2], logits, tape)).Message);
        Assert.Contains("lengths add up to 1",
            Assert.Throws<ArgumentException>(() => generator.Forward(context, [2, 1], [1], logits, tape)).Message);
        Assert.Contains("targets holds 5",
            Assert.Throws<ArgumentException>(() => generator.Forward(context, [2, 5], [2], logits, tape)).Message);
        Assert.Contains("logits needs 5",
            Assert.Throws<ArgumentException>(() => generator.Forward(context, [2], [1], logits, tape)).Message);
        Assert.Contains("do not fit",
            Assert.Throws<ArgumentException>(() => generator.Forward(context, [2, 3, 1], [3], new double[3 * Ids], tape)).Message);
        Assert.Contains("another", Assert.Throws<ArgumentException>(() => other.Forward(context, [2, 1], [2], logits, tape)).Message);
        Assert.Throws<InvalidOperationException>(() => generator.Backward(context, logits, default, tape));
        Assert.All(logits, value => Assert.Equal(7, value));
        generator.Forward(context, [2, 1], [2], logits, tape);
        Assert.Contains("contextGradient needs 3",
            Assert.Throws<ArgumentException>(() => generator.Backward(context, logits, new double[2], tape)).Message);
        generator.Parameters.ZeroGradients();
        generator.Backward(context, logits, default, tape);
        Assert.Throws<InvalidOperationException>(() => generator.Backward(context, logits, default, tape));
        SequenceSampler<double> sampler = new(generator, 3);
        Assert.Contains("context needs 3", Assert.Throws<ArgumentException>(() => sampler.Generate([1, 2])).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => sampler.Generate(context, -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new SequenceSampler<double>(generator, 0));
    }

    private static NetworkCase OneDirection(NetworkCase shape) => shape with { Bidirectional = false };

    private static SequenceGenerator<double> Create(int seed)
    {
        Lstm<double> lstm = new(new LstmOptions { InputSize = 4, HiddenSize = 12, Layers = 2 });
        SequenceGenerator<double> generator = new(3, Ids, lstm, Start, Stop);
        generator.Initialise(seed);
        return generator;
    }

    /// <summary>Logits at every step of one sequence.</summary>
    private static double[] LogitsOf(SequenceGenerator<double> generator, double[] context, int[] targets)
    {
        double[] logits = new double[targets.Length * Ids];
        generator.Forward(context, targets, [targets.Length], logits, generator.CreateTape(targets.Length, 1));
        return logits;
    }
}
