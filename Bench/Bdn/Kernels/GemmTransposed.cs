using System.Numerics.Tensors;
using BenchmarkDotNet.Attributes;
using FastRecurrent.Bench.Rows;
using FastRecurrent.Kernels;

namespace FastRecurrent.Bench.Bdn.Kernels;

/// <summary>The backward product of <see cref="Gemm"/>, the gradient of weights: C += Aᵀ B, A [rows, 4H], B [rows, H].</summary>
[MemoryDiagnoser]
public class GemmTransposed
{
    private GateLayout _layout;
    private float[] _a = [], _b = [], _c = [], _workspace = [];
    private int _width;

    /// <summary>Rows of A and B: all steps of a batch.</summary>
    [Params(32, 512)]
    public int Rows { get; set; }

    /// <summary>H.</summary>
    [Params(64, 256)]
    public int HiddenSize { get; set; }

    /// <summary>Makes the matrices.</summary>
    [GlobalSetup]
    public void Setup()
    {
        _width = 4 * HiddenSize;
        _layout = new GateLayout(1, _width);
        (_a, _b, _c) = (BenchGraphs.Values(Rows * _width), BenchGraphs.Values(Rows * HiddenSize, 2), new float[_width * HiddenSize]);
        _workspace = new float[NeuralPrimitives.GetGemmTransposedWorkspaceLength(HiddenSize)];
    }

    /// <summary>Blocks of both, packed as they come.</summary>
    [Benchmark]
    public float[] Ours()
    {
        NeuralPrimitives.GemmTransposed<float>(_a, _width, _layout, _b, HiddenSize, Rows, _c, HiddenSize, _workspace);
        return _c;
    }

    /// <summary>A row of B added to every row of C.</summary>
    [Benchmark(Baseline = true)]
    public float[] WithTensorPrimitives()
    {
        for (int k = 0; k < Rows; k++)
        {
            for (int row = 0; row < _width; row++)
            {
                Span<float> c = _c.AsSpan(row * HiddenSize, HiddenSize);
                TensorPrimitives.MultiplyAdd(_b.AsSpan(k * HiddenSize, HiddenSize), _a[k * _width + row], c, c);
            }
        }

        return _c;
    }

    /// <summary>One multiplication after another.</summary>
    [Benchmark]
    public float[] ScalarLoop()
    {
        for (int k = 0; k < Rows; k++)
        {
            for (int row = 0; row < _width; row++)
            {
                float a = _a[k * _width + row];
                for (int column = 0; column < HiddenSize; column++)
                {
                    _c[row * HiddenSize + column] += a * _b[k * HiddenSize + column];
                }
            }
        }

        return _c;
    }
}
