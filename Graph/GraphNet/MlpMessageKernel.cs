using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FastRecurrent.Kernels;

namespace FastRecurrent.Graph;

/// <summary>The hidden layer of all edges, f(b + W_v h_v + W_u h_u + W_e e), and its sum over each node's edges.</summary>
internal ref struct MlpMessageForward<T> : IRowKernel<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public CsrPattern Incoming;
    public int First;
    public int Rows;
    public nint Size;
    public Activation Activation;
    public ReadOnlySpan<T> Nodes; // [N, v | u]
    public ReadOnlySpan<T> Edges; // empty without features
    public Span<T> Hidden;
    public Span<T> Sums; // empty for maxima

    /// <summary>What an element of an edge costs, in multiply-adds.</summary>
    public const long EdgeWork = 8;

    public void Take(int part, int parts)
    {
        (First, int end) = CsrPattern.Share(Incoming.Offsets, part, parts);
        Rows = end - First;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run<TSimd, TVector>()
        where TSimd : struct, ISimd<TVector, T>
        where TVector : struct
    {
        nint size = Size;
        Activation activation = Activation;
        bool features = !Edges.IsEmpty, summed = !Sums.IsEmpty;
        ref T nodes = ref MemoryMarshal.GetReference(Nodes);
        ref T edges = ref MemoryMarshal.GetReference(Edges);
        ref T hidden = ref MemoryMarshal.GetReference(Hidden);
        ref T sums = ref MemoryMarshal.GetReference(Sums);
        ref int source = ref MemoryMarshal.GetReference(Incoming.Indices);
        for (int row = First; row < First + Rows; row++)
        {
            int begin = Incoming.Offsets[row], end = Incoming.Offsets[row + 1];
            for (nint u = 0; u < size; u += TSimd.Count)
            {
                TVector target = TSimd.Load(ref nodes, (nuint)(row * 2 * size + u)), sum = TSimd.Constant(0);
                for (int edge = begin; edge < end; edge++)
                {
                    nuint place = (nuint)(edge * size + u);
                    TVector z = TSimd.Add(target, TSimd.Load(ref nodes, (nuint)(Unsafe.Add(ref source, edge) * 2 * size + size + u)));
                    z = features ? TSimd.Add(z, TSimd.Load(ref edges, place)) : z;
                    z = ActivationFunction<TSimd, TVector, T>.Invoke(activation, z);
                    TSimd.Store(z, ref hidden, place);
                    sum = TSimd.Add(sum, z);
                }

                if (summed)
                {
                    TSimd.Store(sum, ref sums, (nuint)(row * size + u));
                }
            }
        }
    }
}

/// <summary>The gradients of all edges' pre-activations, in place of the hidden layer, and their sum over each node's edges.</summary>
internal ref struct MlpMessageBackward<T> : IRowKernel<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public CsrPattern Incoming;
    public int First;
    public int Rows;
    public nint Size;
    public Activation Activation;
    public Span<T> Hidden;
    public ReadOnlySpan<T> HiddenGradient; // a row a node, or
    public bool IsByEdge; // a row an edge
    public Span<T> Nodes; // [N, v | u], of which v is written
    public Span<T> Edges; // added to; empty without features

    public void Take(int part, int parts)
    {
        (First, int end) = CsrPattern.Share(Incoming.Offsets, part, parts);
        Rows = end - First;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run<TSimd, TVector>()
        where TSimd : struct, ISimd<TVector, T>
        where TVector : struct
    {
        nint size = Size;
        Activation activation = Activation;
        bool features = !Edges.IsEmpty, byEdge = IsByEdge;
        ref T nodes = ref MemoryMarshal.GetReference(Nodes);
        ref T edges = ref MemoryMarshal.GetReference(Edges);
        ref T hidden = ref MemoryMarshal.GetReference(Hidden);
        ref T gradients = ref MemoryMarshal.GetReference(HiddenGradient);
        for (int row = First; row < First + Rows; row++)
        {
            int begin = Incoming.Offsets[row], end = Incoming.Offsets[row + 1];
            for (nint u = 0; u < size; u += TSimd.Count)
            {
                TVector sum = TSimd.Constant(0), gradient = byEdge ? sum : TSimd.Load(ref gradients, (nuint)(row * size + u));
                for (int edge = begin; edge < end; edge++)
                {
                    nuint place = (nuint)(edge * size + u);
                    gradient = byEdge ? TSimd.Load(ref gradients, place) : gradient;
                    TVector slope = ActivationFunction<TSimd, TVector, T>.Backward(activation, TSimd.Load(ref hidden, place), gradient);
                    slope = VectorMath<TSimd, TVector, T>.FlushTiny(slope);
                    TSimd.Store(slope, ref hidden, place);
                    sum = TSimd.Add(sum, slope);
                    if (features)
                    {
                        TSimd.Store(TSimd.Add(TSimd.Load(ref edges, place), slope), ref edges, place);
                    }
                }

                TSimd.Store(sum, ref nodes, (nuint)(row * 2 * size + u));
            }
        }
    }
}
