using FastRecurrent.Kernels;
using FastRecurrent.Tests.Support;
using FsCheck.Fluent;

namespace FastRecurrent.Tests.Kernels;

/// <summary>Sparse kernels whose rows threads share have the bits of one thread.</summary>
public sealed class SharedSparseTests(SharedRuns shared) : IClassFixture<SharedRuns>
{
    [Fact]
    public void Sums_and_maxima_of_neighbours() => RandomCases.Hold(
        from rows in Gen.Choose(0, 40)
        from columns in Gen.Choose(1, 40)
        from features in RandomCases.Size(150)
        from seed in Gen.Choose(0, 1_000_000)
        select (rows, columns, features, seed), _ => [], shape =>
    {
        (int rows, int columns, int features, int seed) = shape;
        CsrPattern pattern = Pattern(rows, columns, seed), byColumn = pattern.EntriesByColumn();
        int[] rowOf = pattern.RowOfEntries();
        int first = rows / 3, stride = features + 3;
        float[] weights = Numbers.Random<float>(seed, seed % 2 * pattern.Count), x = Numbers.Random<float>(seed, columns * stride),
            dy = Numbers.Random<float>(seed + 1, rows * features);
        shared.HaveTheBitsOfOneThread(workers =>
        {
            float[] y = new float[rows * features],
                some = Numbers.Random<float>(seed + 2, Math.Max(0, (rows - first - 1) * stride + features));
            float[] most = new float[y.Length], winner = new float[y.Length], dx = Numbers.Random<float>(seed + 3, columns * features);
            NeuralPrimitives.Aggregate<float>(pattern, weights, x, stride, features, y, features, workers: workers);
            NeuralPrimitives.Aggregate<float>(pattern, weights, x, stride, features, some, stride, first, accumulate: true,
                workers: workers);
            NeuralPrimitives.AggregateMax<float>(pattern, x, features, most, winner, workers);
            NeuralPrimitives.AggregateMaxBackward<float>(pattern, byColumn, rowOf, winner, dy, features, dx, workers);
            return new(null, y, some, most, winner, dx);
        });
    }, count: 60);

    [Fact]
    public void Attention_over_neighbours() => RandomCases.Hold(
        from rows in Gen.Choose(0, 30)
        from columns in Gen.Choose(1, 30)
        from heads in Gen.Elements(1, 2, 4, 8, 16)
        from features in Gen.Elements(1, 3, 4, 8, 16, 24)
        from seed in Gen.Choose(0, 1_000_000)
        select (rows, columns, heads, features, seed), _ => [], shape =>
    {
        (int rows, int columns, int heads, int features, int seed) = shape;
        CsrPattern pattern = Pattern(rows, columns, seed), byColumn = pattern.EntriesByColumn();
        int[] rowOf = pattern.RowOfEntries();
        int width = heads * features;
        float[] l = Numbers.Random<float>(seed, rows * heads), r = Numbers.Random<float>(seed + 1, columns * heads),
            x = Numbers.Random<float>(seed + 2, columns * width);
        float[] dy = Numbers.Random<float>(seed + 3, rows * width);
        shared.HaveTheBitsOfOneThread(workers =>
        {
            float[] alpha = new float[pattern.Count * heads], y = new float[rows * width], slopes = new float[alpha.Length];
            float[] dl = new float[l.Length], dx = new float[columns * width];
            NeuralPrimitives.SegmentSoftmax<float>(pattern, l, r, heads, heads, alpha, workers);
            NeuralPrimitives.AggregateHeads<float>(pattern, alpha, x, heads, features, y, workers);
            NeuralPrimitives.SegmentDot<float>(pattern, dy, x, heads, features, slopes, workers);
            NeuralPrimitives.SegmentSoftmaxBackward<float>(pattern, l, r, heads, heads, alpha, slopes, dl, workers);
            NeuralPrimitives.AggregateHeadsBackward<float>(byColumn, rowOf, alpha, dy, heads, features, dx, workers);
            return new(null, alpha, y, slopes, dl, dx);
        });
    }, count: 60);

    /// <summary>A hub must not make one thread do the work of all.</summary>
    [Fact]
    public void Shares_cover_all_rows_once_and_have_about_as_many_entries() => RandomCases.Hold(
        from rows in Gen.Choose(0, 50) from parts in Gen.Choose(1, 6) from seed in Gen.Choose(0, 1_000_000) select (rows, parts, seed), _ =>
        [], shape =>
    {
        (int rows, int parts, int seed) = shape;
        CsrPattern pattern = Pattern(rows, 20, seed);
        ReadOnlySpan<int> offsets = pattern.Offsets;
        int next = 0, largest = 1;
        for (int row = 0; row < rows; row++)
        {
            largest = Math.Max(largest, pattern[row].Length + 1);
        }

        for (int part = 0; part < parts; part++)
        {
            (int from, int to) = CsrPattern.Share(offsets, part, parts);
            Assert.Equal(next, from);
            Assert.True(to >= from);
            int work = offsets[to] - offsets[from] + to - from;
            Assert.True(work <= (pattern.Count + rows) / parts + 1 + largest, $"{work} of {pattern.Count + rows} in {parts} parts");
            next = to;
        }

        Assert.Equal(rows, next);
    });

    /// <summary>Rows without entries, short rows and now and then a hub.</summary>
    private static CsrPattern Pattern(int rows, int columns, int seed)
    {
        Random random = new(seed);
        List<int> indices = [];
        int[] offsets = new int[rows + 1];
        for (int row = 0; row < rows; row++)
        {
            int entries = random.Next(8) == 0 ? 30 : random.Next(5);
            for (int entry = 0; entry < entries; entry++)
            {
                indices.Add(random.Next(columns));
            }

            offsets[row + 1] = indices.Count;
        }

        return new CsrPattern(offsets, indices.ToArray(), columns);
    }
}
