using FastRecurrent.Cells;

namespace FastRecurrent.Bench.Latency;

/// <summary>Someone whose single steps are timed.</summary>
/// <param name="Name">Whose step: "FastRecurrent", "ONNX Runtime (IoBinding)".</param>
/// <param name="Work">What a step is: "LSTM step, H=128".</param>
/// <param name="Step">Does one, and allocates nothing.</param>
public sealed record Contestant(string Name, string Work, Action Step)
{
    /// <summary>Our name.</summary>
    public const string Ours = "FastRecurrent";

    /// <summary>Everyone there is, work by work: ours, then the rivals whose library is present.</summary>
    public static IReadOnlyList<Contestant> All() => [.. new[] { 32, 128 }.SelectMany(Lstm)];

    /// <summary>A streaming step of one LSTM layer, input size = hidden size, float.</summary>
    private static IEnumerable<Contestant> Lstm(int size)
    {
        string work = $"LSTM step, H={size}";
        yield return new Contestant(Ours, work, OurLstm(size));
    }

    private static Action OurLstm(int size)
    {
        Lstm<float> lstm = new(new LstmOptions { InputSize = size, HiddenSize = size });
        lstm.Initialise(1);
        lstm.Pack();
        RecurrentStream<LstmCell<float>, float> stream = lstm.CreateStream();
        float[] x = new float[size], y = new float[size];
        for (int i = 0; i < size; i++)
        {
            x[i] = MathF.Sin(i);
        }

        return () => stream.Step(x, y);
    }
}
