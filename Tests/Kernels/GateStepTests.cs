using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using FastRecurrent.Kernels;
using FastRecurrent.Tests.Support;
using FsCheck.Fluent;

namespace FastRecurrent.Tests.Kernels;

/// <summary>Whole steps: the sums that reach a cell's equations are those of the products one by one, at every width,
/// for every part of the units.</summary>
public class GateStepTests
{
    private sealed record Shape(int HiddenSize, int InputSize, int First, int End, bool IsDescending, int Seed);

    private static readonly FsCheck.Gen<Shape> _shapes =
        from hiddenSize in RandomCases.Size(150)
        from inputSize in Gen.Choose(0, 40)
        from first in Gen.Choose(0, 9)
        from end in Gen.Choose(0, 9)
        from isDescending in Gen.Elements(true, false)
        from seed in Gen.Choose(0, 1000)
        select new Shape(hiddenSize, inputSize, first, end, isDescending, seed);

    private static IEnumerable<Shape> Shrink(Shape shape) =>
        RandomCases.Smaller(shape.HiddenSize).Select(n => shape with { HiddenSize = n })
            .Concat(RandomCases.Smaller(shape.InputSize, 0).Select(n => shape with { InputSize = n }));

    [Fact]
    public void Sums_are_those_of_the_products() => RandomCases.Hold(_shapes, Shrink, shape =>
    {
        AllWidths<W3, float>(shape);
        AllWidths<W4, float>(shape);
        AllWidths<W3, double>(shape);
        AllWidths<W4, double>(shape);
    });

    [Fact]
    public void Three_gates_fit_everywhere_and_four_where_there_are_thirty_two_registers() =>
        Assert.Equal((true, Vector512.IsHardwareAccelerated || System.Runtime.Intrinsics.Arm.AdvSimd.IsSupported),
            (GateStep.HasRegisters(3), GateStep.HasRegisters(4)));

    private static void AllWidths<TGates, T>(Shape shape)
        where TGates : struct, IWidth
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Check<TGates, Simd512<T>, Vector512<T>, T>(shape);
        Check<TGates, Simd256<T>, Vector256<T>, T>(shape);
        Check<TGates, Simd128<T>, Vector128<T>, T>(shape);
    }

    private static void Check<TGates, TSimd, TVector, T>(Shape shape)
        where TGates : struct, IWidth
        where TSimd : struct, ISimd<TVector, T>
        where TVector : struct
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        GateLayout gates = new(TGates.Value, shape.HiddenSize);
        int blocks = gates.Blocks, first = Math.Min(shape.First, blocks - 1), end = Math.Clamp(shape.End, first + 1, blocks);
        PackedMatrix<T> input = Random<T>(shape.InputSize, gates, shape.Seed),
            recurrent = Random<T>(shape.HiddenSize, gates, shape.Seed + 1);
        T[] x = Numbers.Random<T>(shape.Seed + 2, shape.InputSize), h = Numbers.Random<T>(shape.Seed + 3, shape.HiddenSize);
        T[] bias = Numbers.Random<T>(shape.Seed + 4, gates.Width), zeros = new T[gates.Width];
        T[] expectedX = new T[gates.Width], expectedH = new T[gates.Width], actualX = [.. zeros], actualH = [.. zeros];
        NeuralPrimitives.GateGemv<T>(x, input, bias, expectedX);
        NeuralPrimitives.GateGemv<T>(h, recurrent, default, expectedH);
        int from = first * TGates.Value * GateLayout.Block, to = end * TGates.Value * GateLayout.Block;
        foreach (T[] expected in new[] { expectedX, expectedH })
        {
            expected.AsSpan(0, from).Clear();
            expected.AsSpan(to).Clear();
        }

        int copies = 1 + shape.Seed % 3;
        recurrent.Repeat(copies);
        Recorder<TGates, T> units = new(ref MemoryMarshal.GetArrayDataReference(actualX), ref MemoryMarshal.GetArrayDataReference(actualH));
        GateStep<Recorder<TGates, T>, TSimd, TVector, T>.Run(
            new GateProduct<T>(ref MemoryMarshal.GetArrayDataReference(x), input, ref MemoryMarshal.GetArrayDataReference(bias)),
            new GateProduct<T>(ref MemoryMarshal.GetArrayDataReference(h), recurrent, ref MemoryMarshal.GetArrayDataReference(zeros),
                (copies - 1) * recurrent.Length),
            ref units, first * GateLayout.Block, end * GateLayout.Block, shape.IsDescending);
        Numbers.AssertSameBits<T>(expectedX, actualX, "b + W x");
        Numbers.AssertSameBits<T>(expectedH, actualH, "U h");
    }

    internal static PackedMatrix<T> Random<T>(int depth, GateLayout gates, int seed)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        PackedMatrix<T> matrix = new(depth, gates.Width, gates.PanelWidth);
        matrix.PackTransposed(Numbers.Random<T>(seed, gates.Rows * depth), gates);
        return matrix;
    }

    /// <summary>Equations that write down what reaches them.</summary>
    internal readonly ref struct Recorder<TGates, T>(ref T x, ref T h) : IGateUnits<T>
        where TGates : struct, IWidth
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        private readonly ref T _x = ref x;
        private readonly ref T _h = ref h;

        public static int Gates => TGates.Value;

        public void Run<TSimd, TVector, TConstants>(
            nuint unit, nuint column, TVector x0, TVector x1, TVector x2, TVector x3, TVector h0, TVector h1, TVector h2, TVector h3,
            scoped ref TConstants constants)
            where TSimd : struct, ISimd<TVector, T>
            where TVector : struct
            where TConstants : struct, IActivationConstants<TVector>
        {
            Assert.Equal((nuint)new GateLayout(TGates.Value, 1 << 20).IndexOf(0, (int)unit), column);
            Put<TSimd, TVector>(column, x0, h0);
            Put<TSimd, TVector>(column + GateLayout.Block, x1, h1);
            Put<TSimd, TVector>(column + 2 * GateLayout.Block, x2, h2);
            if (TGates.Value > 3)
            {
                Put<TSimd, TVector>(column + 3 * GateLayout.Block, x3, h3);
            }
        }

        private void Put<TSimd, TVector>(nuint at, TVector x, TVector h)
            where TSimd : struct, ISimd<TVector, T>
            where TVector : struct
        {
            TSimd.Store(x, ref _x, at);
            TSimd.Store(h, ref _h, at);
        }
    }
}
