using FastRecurrent.Bench.Peers;

namespace FastRecurrent.Bench.Latency;

/// <summary>A step that is timed by itself.</summary>
/// <param name="Contestant">Whose step: "FastRecurrent", "ONNX Runtime (IoBinding)".</param>
/// <param name="Work">What it is: "LSTM step, H=128".</param>
/// <param name="Step">Does one, and allocates nothing.</param>
public sealed record TimedStep(string Contestant, string Work, Action Step)
{
    /// <summary>Our name.</summary>
    public const string Ours = FastRecurrentPeer.PeerName;

    private static readonly int[] _sizes = [32, 128];

    /// <summary>A streaming step of one LSTM layer, input size = hidden size, float, by every peer that is given,
    /// on the same weights and input.</summary>
    /// <param name="peers">Ours and the rivals that are there.</param>
    /// <param name="contestants">What the steps belong to: to be disposed after them.</param>
    public static IReadOnlyList<TimedStep> All(IReadOnlyList<Peer> peers, out IReadOnlyList<Contestant> contestants)
    {
        List<Contestant> all = [];
        List<TimedStep> steps = [];
        foreach (int size in _sizes)
        {
            RecurrentTask task = RecurrentTask.Create(PeerCell.Lstm, PeerMode.Step, 1, 1, size);
            foreach (Contestant contestant in peers.SelectMany(peer => peer.Enter(task)))
            {
                all.Add(contestant);
                if (contestant.Name != OnnxRuntimePeer.RunName) // the slower of its two ways
                {
                    steps.Add(new TimedStep(contestant.Name, $"LSTM step, H={size}", () => contestant.Run(1)));
                }
            }
        }

        contestants = all;
        return steps;
    }
}
