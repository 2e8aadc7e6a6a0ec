using System.Numerics;
using FastRecurrent.Cells;
using FastRecurrent.Kernels;

namespace FastRecurrent.Tests.Support;

/// <summary>A network, a batch, and a loss L = Σ ⟨upstream, output⟩ whose gradients are checked.</summary>
internal sealed class NetworkRun<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Tape<T> _tape;

    public NetworkRun(NetworkCase @case, WorkerPool? workers = null)
    {
        Case = @case;
        Network = @case.Create<T>();
        Lengths = @case.Lengths();
        int states = Network.StateRows * @case.Batch;
        X = Numbers.Random<T>(@case.Seed + 1, @case.Steps * @case.Batch * @case.InputSize);
        H0 = Numbers.Random<T>(@case.Seed + 2, states * Network.HiddenSize);
        C0 = Numbers.Random<T>(@case.Seed + 3, states * Network.CellStateSize);
        DY = Numbers.Random<T>(@case.Seed + 4, @case.Steps * @case.Batch * Network.OutputSize);
        DH = Numbers.Random<T>(@case.Seed + 5, H0.Length);
        DC = Numbers.Random<T>(@case.Seed + 6, C0.Length);
        DCellStates = Numbers.Random<T>(@case.Seed + 7, @case.Steps * @case.Batch * Network.Directions * Network.CellStateSize);
        Y = new T[DY.Length];
        H = new T[H0.Length];
        C = new T[C0.Length];
        CellStates = new T[DCellStates.Length];
        DX = new T[X.Length];
        DH0 = new T[H0.Length];
        DC0 = new T[C0.Length];
        _tape = Network.CreateTape(@case.Steps, @case.Batch, workers: workers);
    }

    public NetworkCase Case { get; }

    public RecurrentNetwork<T> Network { get; }

    public int[] Lengths { get; }

    public T[] X { get; }

    public T[] H0 { get; }

    public T[] C0 { get; }

    public T[] Y { get; }

    public T[] H { get; }

    public T[] C { get; }

    public T[] CellStates { get; }

    public T[] DY { get; }

    public T[] DH { get; }

    public T[] DC { get; }

    public T[] DCellStates { get; }

    public T[] DX { get; }

    public T[] DH0 { get; }

    public T[] DC0 { get; }

    public SequenceDropout Dropout { get; init; }

    /// <summary>Rate of DropConnect on the recurrent weights.</summary>
    public double WeightDropout { get; init; }

    public SequenceInput<T> Input =>
        new() { Steps = Case.Steps, Batch = Case.Batch, X = X, Lengths = Lengths, H0 = H0, C0 = C0, Dropout = Dropout };

    public void Pack()
    {
        Network.Pack();
        if (WeightDropout > 0)
        {
            Network.DropWeights(WeightDropout, seed: 5);
        }
    }

    public void Forward() => Forward(_tape);

    public void Forward(Tape<T> tape) =>
        Network.Run(Input, new SequenceOutput<T> { Y = Y, H = H, C = C, CellStates = CellStates }, tape);

    public void Backward() => Network.Backward(
        new SequenceOutputGradient<T> { Y = DY, H = DH, C = DC, CellStates = DCellStates },
        new SequenceInputGradient<T> { X = DX, H0 = DH0, C0 = DC0 }, _tape);

    /// <summary>The loss at the present inputs and parameters. Padded upstream gradients meet outputs that are zero.</summary>
    public double Loss()
    {
        Pack();
        Forward();
        return Dot(DY, Y) + Dot(DH, H) + Dot(DC, C) + Dot(DCellStates, CellStates);
    }

    /// <summary>Everything that L depends on, with its gradient.</summary>
    public IEnumerable<(string Name, T[] Value, T[] Gradient)> Variables()
    {
        yield return ("x", X, DX);
        yield return ("h0", H0, DH0);
        yield return ("c0", C0, DC0);
    }

    private static double Dot(T[] a, T[] b)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++)
        {
            sum += double.CreateTruncating(a[i]) * double.CreateTruncating(b[i]);
        }

        return sum;
    }
}
