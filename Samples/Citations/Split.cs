namespace FastRecurrent.Samples.Citations;

/// <summary>Which nodes are labelled, which choose the epoch, and which the figure counts.</summary>
internal sealed record Split(int[] Training, int[] Validation, int[] Test)
{
    /// <summary>So many labelled nodes of every class, and others at random.</summary>
    public static Split Random(int[] classes, int perClass, int validation, int test, int seed)
    {
        int[] order = [.. Enumerable.Range(0, classes.Length)];
        new Random(seed).Shuffle(order);
        int[] training = [.. order.GroupBy(node => classes[node]).OrderBy(group => group.Key).SelectMany(group => group.Take(perClass))];
        int[] rest = [.. order.Except(training)];
        return rest.Length >= validation + test
            ? new Split(training, rest[..validation], rest[validation..(validation + test)])
            : throw new InvalidDataException(
                $"{classes.Length} nodes are too few for a split of {training.Length}, {validation} and {test}.");
    }
}
