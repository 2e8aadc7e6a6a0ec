using System.CommandLine;
using FastRecurrent.Samples.Common;
using FastRecurrent.Samples.TreeSentiment;

Argument<string?> trees =
    new("folder")
    {
        Description = "Folder of the Stanford Sentiment Treebank: train.txt, dev.txt and test.txt, plain or .gz; by default a "
            + "few trees that come with the sample.",
        DefaultValueFactory = _ => null
    };
Argument<string?> treebank =
    new("folder")
    {
        Description = "Folder of a treebank in CoNLL-U: …-train.conllu, …-dev.conllu and …-test.conllu, plain or .gz; by "
            + "default a few trees that come with the sample.",
        DefaultValueFactory = _ => null
    };
Option<bool> binary = new("--binary") { Description = "Two classes, without neutral nodes, in place of five." };
Option<string[]> vectors =
    new("--vectors")
    {
        Description = "Pretrained word vectors in GloVe's text form, plain or .gz; those of several files stand side by "
            + "side. By default the network learns its own.",
        AllowMultipleArgumentsPerToken = true
    };
Option<int?> epochs =
    new("--epochs")
    {
        Description = "Passes over the trees; by default 8 for sentiment, 5 for relations, 40 over the few that come with "
            + "the sample.",
        DefaultValueFactory = _ => null
    };
Option<int> hidden = new("--hidden") { Description = "Hidden size of the Tree-LSTM.", DefaultValueFactory = _ => 128 };
Option<int> seed = new("--seed") { Description = "Of the first weights and the order.", DefaultValueFactory = _ => 1 };
Option<string> curve = new("--curve") { Description = "Where the learning curve goes.", DefaultValueFactory = _ => "trees.svg" };

Command sentiment =
    new("sentiment",
        "Tells the sentiment of every phrase of a sentence, by a binary Tree-LSTM over its constituency tree.") { trees, binary, vectors,
        epochs, hidden, seed, curve };
sentiment.SetAction((result, cancellation) => Run(
    () => SentimentExperiment.Run(
        result.GetValue(trees), result.GetValue(binary), result.GetValue(vectors) ?? [], result.GetValue(epochs)
        ?? (result.GetValue(trees) is null ? 40 : 8),
        result.GetValue(hidden), result.GetValue(seed), result.GetValue(curve)!, cancellation),
    cancellation));
Command relations =
    new("relations",
        "Tells what every word is to its head, by a Child-Sum Tree-LSTM over the words that depend on it.") { treebank, epochs, hidden,
        seed, curve };
relations.SetAction((result, cancellation) => Run(
    () => RelationExperiment.Run(
        result.GetValue(treebank), result.GetValue(epochs) ?? (result.GetValue(treebank) is null ? 40 : 5),
        result.GetValue(hidden), result.GetValue(seed), result.GetValue(curve)!, cancellation),
    cancellation));
RootCommand root = new("Tree-LSTMs over constituency and over dependency trees; without arguments 'sentiment'.") { sentiment, relations };
return await root.RunAsync(args.Length == 0 ? [sentiment.Name] : args);

static Task<int> Run(Func<int> experiment, CancellationToken cancellation) => Task.Run(
    () =>
    {
        TrainingView.PrepareConsole();
        return experiment();
    },
    cancellation);
