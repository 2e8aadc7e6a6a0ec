namespace FastRecurrent.Samples.Citations;

/// <summary>A made-up graph of papers: they share more links and a few more words with papers of their subject than with others.</summary>
internal static class PlantedPartition
{
    private const int PerSubject = 90, Subjects = 3, WordsOfSubject = 20;
    private const double LinkWithin = 0.03, LinkBetween = 0.004, OwnWord = 0.12, OtherWord = 0.05;

    public static Papers Create()
    {
        Random random = new(1);
        int count = PerSubject * Subjects, words = WordsOfSubject * Subjects;
        int[] classes = [.. Enumerable.Range(0, count).Select(paper => paper % Subjects)];
        int[][] wordsOfPapers = [.. classes.Select(subject => Enumerable.Range(0, words)
            .Where(word => random.NextDouble() < (word / WordsOfSubject == subject ? OwnWord : OtherWord)).ToArray())];
        List<(int, int)> links = [.. Enumerable.Range(0, count).SelectMany(citing => Enumerable.Range(0, citing)
            .Where(cited => random.NextDouble() < (classes[citing] == classes[cited] ? LinkWithin : LinkBetween))
            .Select(cited => (citing, cited)))];
        return new Papers
        {
            Name = "a made-up graph",
            Graph = Papers.GraphOf(count, links),
            Words = Papers.Normalise(wordsOfPapers, words),
            Classes = classes,
            Split = seed => Split.Random(classes, perClass: 5, validation: 60, test: 150, seed),
            SplitName = "another random split every run",
        };
    }
}
