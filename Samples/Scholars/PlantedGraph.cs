namespace FastRecurrent.Samples.Scholars;

/// <summary>A made-up graph: authors mostly keep to the papers of one class, subjects less so, and words tell least.</summary>
internal static class PlantedGraph
{
    private const int Papers = 300, Classes = 3, AuthorsOfClass = 40, SubjectsOfClass = 4, WordsOfClass = 20, LabelsOfClass = 8, Test = 150;
    private const double OwnAuthor = 0.9, OwnSubject = 0.7, OwnWord = 0.11, OtherWord = 0.06;

    public static AcademicGraph Create()
    {
        Random random = new(1);
        int[] classes = [.. Enumerable.Range(0, Papers).Select(paper => paper % Classes)];
        float[] words = [.. classes.SelectMany(@class => Enumerable.Range(0, Classes * WordsOfClass)
            .Select(word => random.NextDouble() < (word / WordsOfClass == @class ? OwnWord : OtherWord) ? 1f : 0))];
        int[] order = [.. Enumerable.Range(0, Papers)];
        random.Shuffle(order);
        int[] training = [.. order.GroupBy(paper => classes[paper]).SelectMany(group => group.Take(LabelsOfClass))],
            rest = [.. order.Except(training)];
        return new AcademicGraph
        {
            Name = "a made-up graph",
            Words = words,
            Classes = classes,
            Authors = AcademicGraph.PatternOf(Papers,
                Enumerable.Range(0, 2 * Papers).Select(i => (i / 2, Pick(i / 2, OwnAuthor, AuthorsOfClass)))),
            Subjects = AcademicGraph.PatternOf(Papers,
                Enumerable.Range(0, Papers).Select(paper => (paper, Pick(paper, OwnSubject, SubjectsOfClass)))),
            Training = training,
            Validation = rest[Test..],
            Test = rest[..Test],
        };

        int Pick(int paper, double own, int count) =>
            (random.NextDouble() < own ? classes[paper] : random.Next(Classes)) * count + random.Next(count);
    }
}
