using System.Numerics.Tensors;
using BenchmarkDotNet.Attributes;
using FastRecurrent.Bench.Plain;
using FastRecurrent.Bench.Rows;
using FastRecurrent.Kernels;

namespace FastRecurrent.Bench.Bdn.Kernels;

/// <summary>The input product of a batch of LSTM steps: C = A Wᵀ, A [rows, H], W [4H, H].</summary>
[MemoryDiagnoser]
public class Gemm
{
    private PackedMatrix<float> _packed = null!;
    private float[] _a = [], _weight = [], _c = [];
    private int _columns;

    /// <summary>Rows of A: the batch, or all steps of it.</summary>
    [Params(32, 512)]
    public int Rows { get; set; }

    /// <summary>H.</summary>
    [Params(64, 256)]
    public int HiddenSize { get; set; }

    /// <summary>Makes the matrices.</summary>
    [GlobalSetup]
    public void Setup()
    {
        _columns = 4 * HiddenSize;
        (_a, _weight, _c) = (BenchGraphs.Values(Rows * HiddenSize), BenchGraphs.Values(_columns * HiddenSize, 2),
            new float[Rows * _columns]);
        _packed = new PackedMatrix<float>(HiddenSize, _columns);
        _packed.PackTransposed(_weight, new GateLayout(1, _columns));
    }

    /// <summary>Packed weights.</summary>
    [Benchmark]
    public float[] Ours()
    {
        NeuralPrimitives.Gemm<float>(_a, HiddenSize, Rows, _packed, default, _c, _columns);
        return _c;
    }

    /// <summary>A dot product an element.</summary>
    [Benchmark(Baseline = true)]
    public float[] WithTensorPrimitives()
    {
        for (int element = 0; element < _c.Length; element++)
        {
            _c[element] = TensorPrimitives.Dot(
                _a.AsSpan(element / _columns * HiddenSize, HiddenSize), _weight.AsSpan(element % _columns * HiddenSize, HiddenSize));
        }

        return _c;
    }

    /// <summary>One multiplication after another.</summary>
    [Benchmark]
    public float[] ScalarLoop()
    {
        for (int element = 0; element < _c.Length; element++)
        {
            _c[element] = ScalarMath.Dot(
                _a.AsSpan(element / _columns * HiddenSize, HiddenSize), _weight.AsSpan(element % _columns * HiddenSize, HiddenSize));
        }

        return _c;
    }
}
