using FastRecurrent.Cells;
using FastRecurrent.Tests.Support;

namespace FastRecurrent.Tests.Cells;

/// <summary>Backward of every variant of every recurrent cell against finite differences, in the production code in double.</summary>
public class NetworkGradientTests
{
    [Fact]
    public void Gradients_equal_central_differences() => RandomCases.Hold(NetworkCase.Cases(), @case => @case.Shrink(), Check, count: 150);

    [Theory]
    [MemberData(nameof(Variants))]
    public void Every_variant_is_checked_once_at_least(string variant)
    {
        Check(new NetworkCase(variant, 3, 5, 2, Bidirectional: true, Steps: 4, Batch: 3, Ragged: true, Seed: 7));
        Check(new NetworkCase(variant, 17, 18, 1, Bidirectional: false, Steps: 3, Batch: 9, Ragged: false, Seed: 8));
    }

    public static TheoryData<string> Variants() => new(NetworkCase.Variants);

    [Theory]
    [MemberData(nameof(Variants))]
    public void Gradients_flow_through_dropout(string variant)
    {
        NetworkCase @case = new(variant, 4, 7, 2, Bidirectional: true, Steps: 4, Batch: 3, Ragged: true, Seed: 9);
        Check(new NetworkRun<double>(@case) { Dropout = new SequenceDropout { Input = 0.3, State = 0.4, Between = 0.2, Seed = 3 } });
        Check(new NetworkRun<double>(@case) { WeightDropout = 0.4 });
    }

    [Fact]
    public void Gradients_are_added_to_what_is_there()
    {
        NetworkRun<double> run = new(new NetworkCase("lstm Standard Full projected", 5, 6, 1, false, 3, 2, false, 1));
        run.Forward();
        run.Backward();
        double[][] once = [.. run.Network.Parameters.Select(item => item.Value.Gradient.ToArray())];
        run.Forward();
        run.Backward();
        for (int i = 0; i < once.Length; i++)
        {
            double[] twice = run.Network.Parameters[i].Value.Gradient.ToArray();
            for (int j = 0; j < twice.Length; j++)
            {
                Assert.Equal(2 * once[i][j], twice[j], 1e-12);
            }
        }
    }

    [Fact]
    public void A_new_tape_leaves_gradients_alone()
    {
        NetworkRun<double> run = new(new NetworkCase("srn Tanh", 3, 4, 1, false, 2, 2, false, 1));
        run.Forward();
        run.Backward();
        double[] before = run.Network.Parameters["weight_hh_l0"].Gradient.ToArray();
        run.Network.CreateTape(1, 1);
        Assert.Equal(before, run.Network.Parameters["weight_hh_l0"].Gradient.ToArray());
        Assert.Contains(before, value => value != 0);
    }

    [Fact]
    public void Missing_upstream_gradients_are_zeros()
    {
        NetworkRun<double> run = new(new NetworkCase("gru After Keeps", 4, 5, 2, true, 3, 2, true, 3));
        run.Forward();
        Array.Clear(run.DH);
        run.Backward();
        double[] expected = [.. run.DX];
        Tape<double> tape = run.Network.CreateTape(3, 2);
        run.Forward(tape);
        run.Network.Backward(new SequenceOutputGradient<double> { Y = run.DY }, new SequenceInputGradient<double> { X = run.DX }, tape);
        Assert.Equal(expected, run.DX);
    }

    private static void Check(NetworkCase @case) => Check(new NetworkRun<double>(@case));

    private static void Check(NetworkRun<double> run)
    {
        run.Pack();
        run.Forward();
        run.Backward();
        List<(string, ValuesOf, double[])> tensors = [];
        foreach ((string name, double[] value, double[] gradient) in run.Variables())
        {
            tensors.Add((name, () => value, gradient.ToArray()));
        }

        foreach ((string name, Parameter<double> parameter) in run.Network.Parameters)
        {
            tensors.Add((name, () => parameter.Value, parameter.Gradient.ToArray()));
        }

        GradientCheck.Check(run.Loss, tensors, run.Case.Seed);
    }
}
