namespace FastRecurrent.Models;

/// <summary>Shuffled minibatches whose members have similar lengths, so that little is computed for padding.</summary>
public static class Batches
{
    private const int BatchesInABucket = 32;

    /// <summary>
    /// One epoch: examples are shuffled, sorted by length within buckets of 32 batches, cut into batches, and the batches shuffled.
    /// </summary>
    /// <param name="lengths">The length of every example.</param>
    /// <param name="batchSize">Examples in a batch, ≥ 1; the last may have fewer.</param>
    /// <param name="seed">The same seed gives the same batches everywhere.</param>
    /// <returns>The examples of each batch, longest first.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="batchSize"/> is below 1.</exception>
    public static int[][] Shuffle(ReadOnlySpan<int> lengths, int batchSize, int seed)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(batchSize);
        Random random = new(seed);
        int[] order = new int[lengths.Length];
        for (int i = 0; i < order.Length; i++)
        {
            order[i] = i;
        }

        random.Shuffle(order);
        int[] byExample = lengths.ToArray();
        int[][] batches = [.. order
            .Chunk((int)Math.Min((long)batchSize * BatchesInABucket, int.MaxValue))
            .SelectMany(bucket => bucket.OrderByDescending(example => byExample[example]).Chunk(batchSize))];
        random.Shuffle(batches);
        return batches;
    }
}
