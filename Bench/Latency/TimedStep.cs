using FastRecurrent.Cells;

namespace FastRecurrent.Bench.Latency;

/// <summary>A step that is timed by itself.</summary>
/// <param name="Contestant">Whose step: "FastRecurrent", "ONNX Runtime (IoBinding)".</param>
/// <param name="Work">What it is: "LSTM step, H=128".</param>
/// <param name="Step">Does one, and allocates nothing.</param>
public sealed record TimedStep(string Contestant, string Work, Action Step)
{
    /// <summary>Our name.</summary>
    public const string Ours = "FastRecurrent";

    /// <summary>Everyone there is, work by work: ours, then the rivals whose library is present.</summary>
    public static IReadOnlyList<TimedStep> All() => [.. new[] { 32, 128 }.SelectMany(Lstm)];

    /// <summary>A streaming step of one LSTM layer, input size = hidden size, float.</summary>
    private static IEnumerable<TimedStep> Lstm(int size)
    {
        string work = $"LSTM step, H={size}";
        yield return new TimedStep(Ours, work, OurLstm(size));
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
