using System.Numerics;
using System.Runtime.Intrinsics;
using FastRecurrent.Kernels;
using FastRecurrent.Tests.Support;
using FsCheck.Fluent;

namespace FastRecurrent.Tests.Kernels;

/// <summary>A product made beside steps has the bits of one made by itself, and the steps those of steps with nothing beside.</summary>
public class ProductAheadTests
{
    private sealed record Shape(int HiddenSize, int InputSize, int Steps, int Seed);

    private static readonly FsCheck.Gen<Shape> _shapes =
        from hiddenSize in RandomCases.Size(150)
        from inputSize in RandomCases.Size(200)
        from steps in Gen.Choose(0, 12)
        from seed in Gen.Choose(0, 1000)
        select new Shape(hiddenSize, inputSize, steps, seed);

    private static IEnumerable<Shape> Shrink(Shape shape) =>
        RandomCases.Smaller(shape.HiddenSize).Select(n => shape with { HiddenSize = n })
            .Concat(RandomCases.Smaller(shape.InputSize).Select(n => shape with { InputSize = n }))
            .Concat(RandomCases.Smaller(shape.Steps, 0).Select(n => shape with { Steps = n }));

    [Fact]
    public void Both_products_have_the_bits_of_each_by_itself() => RandomCases.Hold(_shapes, Shrink, shape =>
    {
        Check<W3, float>(shape);
        Check<W4, float>(shape);
        Check<W3, double>(shape);
        Check<W4, double>(shape);
    }, count: 60);

    [Fact]
    public void It_helps_where_weights_come_from_beyond_the_first_cache_but_not_from_far()
    {
        Assert.False(ProductAhead<float>.Helps(columns: 4 * 32, depth: 32, stepDepth: 32));
        Assert.Equal(Vector512.IsHardwareAccelerated, ProductAhead<float>.Helps(columns: 4 * 64, depth: 64, stepDepth: 64));
        Assert.Equal(Vector512.IsHardwareAccelerated, ProductAhead<double>.Helps(columns: 4 * 64, depth: 64, stepDepth: 64));
        Assert.False(ProductAhead<float>.Helps(columns: 3 * 80, depth: 80, stepDepth: 80)); // half a pair of vectors is left over
        Assert.False(ProductAhead<float>.Helps(columns: 4 * 512, depth: 512, stepDepth: 512));
        Assert.False(ProductAhead<float>.Helps(columns: 4 * 64, depth: 16384, stepDepth: 64));
    }

    private static void Check<TGates, T>(Shape shape)
        where TGates : struct, IWidth
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        const int Rows = ProductAhead<T>.Rows, Guard = 32;
        GateLayout gates = new(TGates.Value, shape.HiddenSize);
        int width = gates.Width, ldx = shape.InputSize + shape.Seed % 3;
        if (width % (2 * Vector512<T>.Count) != 0)
        {
            gates = new GateLayout(TGates.Value, shape.HiddenSize + GateLayout.Block); // whole pairs of vectors
            width = gates.Width;
        }

        PackedMatrix<T> input = GateStepTests.Random<T>(shape.InputSize, gates, shape.Seed),
            recurrent = GateStepTests.Random<T>(gates.HiddenSize, gates, shape.Seed + 1);
        T[] x = Numbers.Random<T>(shape.Seed + 2, Rows * ldx), h = Numbers.Random<T>(shape.Seed + 3, gates.HiddenSize);
        AlignedBuffer<T> bias = new(width), c = new(Rows * width + 2 * Guard);
        Numbers.Random<T>(shape.Seed + 4, width).CopyTo(bias.Span);
        c.Span.Fill(T.One);
        T[] sums = Numbers.Random<T>(shape.Seed + 5, width), start = Numbers.Random<T>(shape.Seed + 6, width);
        T[] expected = new T[Rows * width], expectedH = new T[width];
        NeuralPrimitives.Gemm(x, ldx, Rows, input, bias.Span, expected.AsSpan(), width);
        NeuralPrimitives.GateGemv<T>(h, recurrent, start, expectedH);

        ProductAhead<T> ahead = new(new AlignedBuffer<T>(shape.InputSize * Rows));
        int panel = 2 * TGates.Value * GateLayout.Block; // a thread makes those columns whose units it has
        int first = shape.Seed % (width / panel + 1) * panel, end = shape.Seed % 2 == 0 ? width : Math.Min(width, first + panel);
        for (int row = 0; row < Rows; row++)
        {
            expected.AsSpan(row * width, first).Fill(T.One);
            expected.AsSpan(row * width, width)[end..].Fill(T.One);
        }

        ahead.Begin(x, ldx, input, bias, c.AsMemory(Guard, Rows * width), first, end);
        x.AsSpan().Clear(); // it has been copied
        for (int step = 0; step < shape.Steps; step++)
        {
            T[] actualX = new T[width], actualH = new T[width];
            GateStepTests.Recorder<TGates, T> units = new(ref actualX[0], ref actualH[0]);
            GateStep<GateStepTests.Recorder<TGates, T>, Simd512<T>, Vector512<T>, T>.Run(
                new GateProduct<T>(ref sums[0]),
                new GateProduct<T>(ref h[0], recurrent, ref start[0]),
                ref units, 0, gates.PaddedHiddenSize, descending: step % 2 == 1, ahead);
            Numbers.AssertSameBits<T>(sums, actualX, "b + W x");
            Numbers.AssertSameBits<T>(expectedH, actualH, "U h");
        }

        ahead.Finish();
        Numbers.AssertSameBits<T>(expected, c.Span.Slice(Guard, Rows * width), "the product beside");
        Assert.All(c.Span[..Guard].ToArray().Concat(c.Span[^Guard..].ToArray()), value => Assert.Equal(T.One, value));
        Assert.False(ahead.Take(1, out _));
    }
}
