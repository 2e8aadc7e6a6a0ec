using System.Globalization;
using FastRecurrent.Cells;
using FastRecurrent.Models;
using FastRecurrent.Samples.Common;

namespace FastRecurrent.Samples.Tagging;

/// <summary>Embeddings of the word, its last three letters and its shape → bidirectional LSTM → softmax a word.
/// No pretrained vectors.</summary>
internal static class Experiment
{
    private const int BatchSize = 32, Unknown = 0;
    private static readonly int[] _embeddingSizes = [96, 32, 8];

    public static int Run(string[] files, int epochs, int hiddenSize, int seed, string curve, CancellationToken cancellation)
    {
        (string Word, string Tag)[][] training = Treebank.LoadTraining(files), test = Treebank.LoadTest(files);

        // Every twentieth sentence is not trained on: the best epoch is chosen by them, and the test is left for the end.
        (string Word, string Tag)[][] validation = [.. training.Where((_, i) => i % 20 == 7)];
        training = [.. training.Where((_, i) => i % 20 != 7)];
        Dictionary<string, int>[] vocabularies =
            [.. Enumerable.Range(0, _embeddingSizes.Length).Select(feature => VocabularyOf(training, feature))];
        Dictionary<string, int> tags = [];
        foreach ((_, string tag) in training.SelectMany(sentence => sentence))
        {
            tags.TryAdd(tag, tags.Count);
        }

        Lstm<float> lstm = new(new LstmOptions { InputSize = _embeddingSizes.Sum(), HiddenSize = hiddenSize, Bidirectional = true });
        Embedding<float>[] embeddings =
            [.. vocabularies.Select((vocabulary, feature) => new Embedding<float>(vocabulary.Count + 1, _embeddingSizes[feature]))];
        SequenceTagger<float> model = new(embeddings, lstm, tags.Count);
        model.Initialise(seed);
        Console.WriteLine(
            $"{training.Length:N0} sentences to train on, {validation.Length:N0} to choose by, {test.Length:N0} to test, {tags.Count} "
            + $"tags, {vocabularies[0].Count:N0} words");
        Console.WriteLine(model);

        int longest = training.Concat(validation).Concat(test).Max(sentence => sentence.Length);
        SequenceModelTape<float> tape = model.CreateTape(longest, BatchSize);
        float[] logits = new float[longest * BatchSize * tags.Count];
        Trainer<float> trainer = new(
            new AdamW<float>(model.Parameters, 2e-3),
            model.Pack,
            new TrainerOptions
            {
                Epochs = epochs,
                BatchSize = BatchSize,
                Seed = seed,
                ClipNorm = 5,
                Schedule = (step, total) => LearningRateSchedule.Cosine(step, total, 0.02)
            });
        TrainingView view = new("accuracy");
        view.Show(progress => trainer.Fit([.. training.Select(sentence => sentence.Length)], TrainBatch, () => Accuracy(validation),
            progress, cancellation));
        view.PrintEpochs();
        List<(string, string)> rows =
        [
            ("ours", Accuracy(test).ToString("P2", CultureInfo.InvariantCulture)),
            ("the commonest tag of each word", CommonestTagAccuracy(training, test).ToString("P2", CultureInfo.InvariantCulture)),
        ];
        foreach (RoundedWeights format in Enum.GetValues<RoundedWeights>())
        {
            lstm.PackRounded(format);
            rows.Insert(rows.Count - 1, ($"ours, LSTM with {format} weights", Accuracy(test).ToString("P2", CultureInfo.InvariantCulture)));
        }

        lstm.Pack();
        if (files.Length > 0)
        {
            rows.Add(("Stanza on English EWT, from raw text, with pretrained vectors (Qi et al. 2020)", "95.40 %"));
        }

        TrainingView.PrintComparison("accuracy on the test treebank", [.. rows]);
        view.SaveCurve(curve, "Part-of-speech tagging, bidirectional LSTM");
        return 0;

        double TrainBatch(int[] examples, long step)
        {
            (string Word, string Tag)[][] batch = [.. examples.Select(example => training[example])];
            Random random = new(unchecked((int)step));
            int[][] ids = IdsOf(batch);
            for (int row = 0; row < ids[0].Length; row++)
            {
                // A word is taken for an unknown one now and then, so that unknown words have a vector that means something.
                ids[0][row] = random.Next(20) == 0 ? Unknown : ids[0][row];
            }

            int[] lengths = [.. batch.Select(sentence => sentence.Length)],
                targets = [.. batch.SelectMany(sentence => sentence).Select(pair => tags[pair.Tag])];
            Span<float> batchLogits = logits.AsSpan(0, targets.Length * tags.Count);
            model.Forward(ids, lengths, batchLogits, tape, new SequenceDropout { Input = 0.3, State = 0.2, Seed = unchecked((int)step) });
            double loss = Loss.CrossEntropy<float>(batchLogits, targets, batchLogits);
            model.Backward(ids, lengths, batchLogits, tape);
            return loss;
        }

        double Accuracy((string Word, string Tag)[][] sentences)
        {
            int right = 0, words = 0;
            foreach ((string Word, string Tag)[][] batch in sentences.Chunk(BatchSize))
            {
                (string Word, string Tag)[] flat = [.. batch.SelectMany(sentence => sentence)];
                Span<float> batchLogits = logits.AsSpan(0, flat.Length * tags.Count);
                model.Forward(IdsOf(batch), [.. batch.Select(sentence => sentence.Length)], batchLogits, tape);
                // -1: a tag that was not trained on is never right.
                right += Prediction.CountCorrect<float>(batchLogits, [.. flat.Select(pair => tags.GetValueOrDefault(pair.Tag, -1))]);
                words += flat.Length;
            }

            return (double)right / words;
        }

        int[][] IdsOf((string Word, string Tag)[][] batch) =>
        [
            .. vocabularies.Select((vocabulary, feature) => batch.SelectMany(sentence => sentence)
                .Select(pair => vocabulary.GetValueOrDefault(FeatureOf(pair.Word, feature), Unknown)).ToArray()),
        ];
    }

    /// <summary>Feature 0 is the word in lower case, 1 its last three letters, 2 its shape: Xxx-dd.</summary>
    private static string FeatureOf(string word, int feature) => feature switch
    {
        0 => word.ToLowerInvariant(),
        1 => word.ToLowerInvariant()[Math.Max(0, word.Length - 3)..],
        _ => string.Concat(word.Take(6).Select(letter => char.IsUpper(letter) ? 'X' : char.IsLower(letter) ? 'x' : char.IsDigit(letter)
            ? 'd'
            : letter)),
    };

    /// <summary>Numbers from 1; 0 is for what the training text does not have.</summary>
    private static Dictionary<string, int> VocabularyOf((string Word, string Tag)[][] sentences, int feature)
    {
        Dictionary<string, int> vocabulary = new(StringComparer.Ordinal);
        foreach ((string word, _) in sentences.SelectMany(sentence => sentence))
        {
            vocabulary.TryAdd(FeatureOf(word, feature), vocabulary.Count + 1);
        }

        return vocabulary;
    }

    private static double CommonestTagAccuracy((string Word, string Tag)[][] training, (string Word, string Tag)[][] test)
    {
        Dictionary<string, string> commonest = training.SelectMany(sentence => sentence).GroupBy(pair => pair.Word)
            .ToDictionary(group => group.Key, group => group.GroupBy(pair => pair.Tag).MaxBy(tags => tags.Count())!.Key);
        (string Word, string Tag)[] words = [.. test.SelectMany(sentence => sentence)];
        return words.Count(pair => commonest.GetValueOrDefault(pair.Word, "NOUN") == pair.Tag) / (double)words.Length;
    }
}
