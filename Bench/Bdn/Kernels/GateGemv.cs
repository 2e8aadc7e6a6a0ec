using System.Numerics.Tensors;
using BenchmarkDotNet.Attributes;
using FastRecurrent.Bench.Plain;
using FastRecurrent.Bench.Rows;
using FastRecurrent.Kernels;

namespace FastRecurrent.Bench.Bdn.Kernels;

/// <summary>The recurrent product of an LSTM step, four gates at once: y = b + W h, W [4H, H].</summary>
[MemoryDiagnoser]
public class GateGemv
{
    private PackedMatrix<float> _packed = null!;
    private float[] _weight = [], _bias = [], _h = [], _y = [];

    /// <summary>H.</summary>
    [Params(16, 64, 256)]
    public int HiddenSize { get; set; }

    /// <summary>Makes the weights and the state.</summary>
    [GlobalSetup]
    public void Setup()
    {
        int rows = 4 * HiddenSize;
        (_weight, _bias, _h, _y) = (BenchGraphs.Values(rows * HiddenSize), BenchGraphs.Values(rows, 2), BenchGraphs.Values(HiddenSize, 3),
            new float[rows]);
        _packed = new PackedMatrix<float>(HiddenSize, rows);
        _packed.PackTransposed(_weight, new GateLayout(1, rows));
    }

    /// <summary>Packed weights.</summary>
    [Benchmark]
    public float[] Ours()
    {
        NeuralPrimitives.GateGemv(_h, _packed, _bias, _y);
        return _y;
    }

    /// <summary>A dot product a row.</summary>
    [Benchmark(Baseline = true)]
    public float[] WithTensorPrimitives()
    {
        for (int row = 0; row < _y.Length; row++)
        {
            _y[row] = _bias[row] + TensorPrimitives.Dot(_weight.AsSpan(row * HiddenSize, HiddenSize), _h);
        }

        return _y;
    }

    /// <summary>One multiplication after another.</summary>
    [Benchmark]
    public float[] ScalarLoop()
    {
        for (int row = 0; row < _y.Length; row++)
        {
            _y[row] = _bias[row] + ScalarMath.Dot(_weight.AsSpan(row * HiddenSize, HiddenSize), _h);
        }

        return _y;
    }
}
