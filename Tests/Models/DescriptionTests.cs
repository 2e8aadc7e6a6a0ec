using FastRecurrent.Cells;
using FastRecurrent.Kernels;
using FastRecurrent.Models;

namespace FastRecurrent.Tests.Models;

/// <summary>What a debugger or a log shows of the models' objects, and when decoded sequences are equal.</summary>
public class DescriptionTests
{
    [Fact]
    public void Objects_say_what_they_are()
    {
        Gru<float> gru = new(new GruOptions { InputSize = 3, HiddenSize = 4 });
        EncoderDecoder<float> translator = new(
            new EncoderDecoderOptions { SourceVocabularySize = 5, TargetVocabularySize = 6, EmbeddingSize = 3, HiddenSize = 4 });
        SequenceGenerator<float> generator = new(2, 7, gru, startId: 0, stopId: 1);
        HanDocument<float> document = new(new HanDocumentOptions
        {
            VocabularySize = 5,
            EmbeddingSize = 3,
            WordHiddenSize = 2,
            WordAttentionSize = 2,
            SentenceHiddenSize = 2,
            SentenceAttentionSize = 2,
            Classes = 2,
        });
        Adam<float> adam = new(gru.Parameters);
        adam.Step();
        using WorkerPool pool = new(2);
        Shows(adam, "Adam, ", "learning rate 0", "beta 0.9 and 0.999, epsilon 1E-08", "1 step", "4 tensors");
        Shows(new AdamW<float>(gru.Parameters), "AdamW, ", "weight decay 0", "0 steps");
        Shows(new Sgd<float>(gru.Parameters, 1), "Sgd, learning rate 1, 0 steps: ");
        Shows(new Momentum<float>(gru.Parameters, 1), "Momentum, ", "momentum 0.9");
        Shows(new Nesterov<float>(gru.Parameters, 1), "Nesterov, ");
        Shows(new Trainer<float>(adam, gru.Pack, new TrainerOptions { Epochs = 9 }), "trainer, 0 of 9 epochs", "no score", "Adam, ");
        Shows(new BeamSearch<float>(translator, 3, 8, 11, 0, 1), "beam search, 3 wide", "8 words", "11 words", "encoder–decoder");
        Shows(new SequenceSampler<float>(generator, 12), "sampler", "12 ids", "sequence generator");
        Shows(new CrossAttention<float>(3, 4), "cross attention of 3 over 4", "12 values");
        Shows(new SafeTensorsWriter().Add<float>("a", [2, 3], new float[6]), "1 tensor", "a F32 [2, 3]");
        Shows(translator.CreateTape(8, 11, 2), "tape for 2 pairs", "8 and 11 words", "KB");
        Shows(generator.CreateTape(8, 2, pool), "tape for 8 steps × 2 sequences", "KB", "2 workers");
        Shows(new SequenceClassifier<float>(gru, 2, SequencePooling.LastState).CreateTape(8, 2), "tape for 8 steps × 2 sequences", "KB");
        Shows(document.CreateTape(30, 8, 2), "tape for 2 documents, 8 sentences, 30 words", "KB");
        Shows(new Mlp<float>([2, 3, 4]).CreateTape(7), "tape for 7 rows", "KB");
    }

    [Fact]
    public void A_larger_tape_has_more_bytes()
    {
        Mlp<float> mlp = new([100, 100, 100]);
        Assert.Equal(8, Kilobytes(mlp.CreateTape(20)) - Kilobytes(mlp.CreateTape(10)), 1.0); // hidden values and a scratch
    }

    [Fact]
    public void Decoded_sequences_of_the_same_words_are_equal()
    {
        DecodedSequence one = new([2, 3], -1.5, true), same = new([2, 3], -1.5, true);
        Assert.Equal(one, same);
        Assert.Equal(one.GetHashCode(), same.GetHashCode());
        Assert.All(
            new[] { one with { Words = [2, 4] }, one with { Words = [2] }, one with { LogProbability = -1 }, one with { Ended = false } },
            other => Assert.NotEqual(one, other));
        Assert.StartsWith("2 3, log probability -1", one.ToString());
        Assert.DoesNotContain("not ended", one.ToString());
        Assert.EndsWith("not ended", (one with { Ended = false }).ToString());
        Assert.NotNull(new DecodedSequence([], 0, false).ToString());
    }

    private static double Kilobytes(object tape) =>
        double.Parse(tape.ToString()!.Split(", ").Single(part => part.EndsWith(" KB", StringComparison.Ordinal))[..^3]);

    private static void Shows(object item, params string[] parts) => Assert.All(parts, part => Assert.Contains(part, item.ToString()));
}
