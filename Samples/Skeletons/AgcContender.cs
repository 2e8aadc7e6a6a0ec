using FastRecurrent.Cells;
using FastRecurrent.Graph;
using FastRecurrent.Models;

namespace FastRecurrent.Samples.Skeletons;

/// <summary>Joints → AGC-LSTM network → sum of its two softmaxes.</summary>
internal sealed class AgcContender : Contender
{
    private readonly AgcNetwork<float> _network;
    private readonly AgcNetworkTape<float> _tape;

    public AgcContender(AgcNetworkOptions options, int seed)
    {
        _network = new AgcNetwork<float>(options, Skeleton.Spatial<float>(Body.Parents, Body.Centre));
        _network.Initialise(seed);
        _tape = _network.CreateTape(Recordings.Steps, BatchSize);
    }

    public override ParameterSet<float> Parameters => _network.Parameters;

    public override void Pack() => _network.Pack();

    public override double Train(float[] x, int[] actions, int seed)
    {
        _network.Forward(TimeFirst(x, actions.Length), Recordings.Steps, actions.Length, default, _tape);
        return _network.Backward(actions, default, _tape);
    }

    public override int CountRight(float[] x, int[] actions)
    {
        float[] prediction = new float[actions.Length * _network.Options.Classes];
        _network.Forward(TimeFirst(x, actions.Length), Recordings.Steps, actions.Length, prediction, _tape);
        return Prediction.CountCorrect<float>(prediction, actions);
    }

    /// <summary>The action predicted, and for each joint the mean of α over the steps of the last layer.</summary>
    public Attended Attend(Recording recording)
    {
        float[] prediction = new float[_network.Options.Classes];
        _network.Forward([.. recording.Frames.SelectMany(frame => frame)], Recordings.Steps, 1, prediction, _tape);
        float[] alpha = _tape.GetAttention(_network.Options.Layers - 1).ToArray();
        float[] means = [.. Enumerable.Range(0, Body.Joints).Select(joint => alpha.Where((_, i) => i % Body.Joints == joint).Average())];
        return new Attended(recording, Prediction.ArgMax<float>(prediction), means);
    }

    public override string ToString() => _network.ToString();

    /// <summary>From [B, T, …] to [T, B, …].</summary>
    private static float[] TimeFirst(float[] x, int batch)
    {
        float[] result = new float[x.Length];
        for (int row = 0; row < batch * Recordings.Steps; row++)
        {
            int to = row % Recordings.Steps * batch + row / Recordings.Steps;
            x.AsSpan(row * Body.FrameSize, Body.FrameSize).CopyTo(result.AsSpan(to * Body.FrameSize));
        }

        return result;
    }
}
