using FastRecurrent.Cells;
using FastRecurrent.Tests.Support;

namespace FastRecurrent.Tests.Cells;

/// <summary>What dropout leaves out, and what it leaves alone.</summary>
public class DropoutTests
{
    private static readonly SequenceDropout _all = new() { Input = 0.3, State = 0.4, Between = 0.2, Seed = 3 };

    [Fact]
    public void Input_dropout_leaves_out_the_same_units_at_every_step()
    {
        // An identity network without recurrence shows its input.
        const int Size = 400, Steps = 3;
        const double Rate = 0.25;
        Srn<float> network =
            new(new SrnOptions { InputSize = Size, HiddenSize = Size, Activation = FastRecurrent.Kernels.Activation.Identity });
        for (int i = 0; i < Size; i++)
        {
            network.Parameters["weight_ih_l0"].Value[i * Size + i] = 1;
        }

        network.Pack();
        float[] x = Enumerable.Repeat(1f, Steps * 2 * Size).ToArray(), y = new float[x.Length];
        network.Run(
            new SequenceInput<float> { Steps = Steps, Batch = 2, X = x, Dropout = new SequenceDropout { Input = Rate, Seed = 1 } },
            new SequenceOutput<float> { Y = y },
            network.CreateWorkspace(Steps, 2));
        Assert.All(y, value => Assert.True(value is 0 or (float)(1 / (1 - Rate))));
        Assert.InRange(y.Count(value => value == 0) / (double)y.Length, Rate - 0.06, Rate + 0.06);
        Assert.Equal(y[..Size], y[(2 * Size)..(3 * Size)]); // sequence 0, steps 0 and 1
        Assert.NotEqual(y[..Size], y[Size..(2 * Size)]); // sequences 0 and 1
    }

    /// <summary>An identity network that is shown its input once goes on with what is left of it.</summary>
    [Fact]
    public void State_dropout_leaves_out_the_same_units_of_a_sequence_at_every_step()
    {
        bool[][] kept = Kept(new SequenceDropout { State = 0.4, Seed = 2 }, layers: 1, recurrent: true, []);
        bool[][] ragged = Kept(new SequenceDropout { State = 0.4, Seed = 2 }, layers: 1, recurrent: true, [2, MaskSteps, 3]);
        for (int sequence = 0; sequence < MaskBatch; sequence++)
        {
            Assert.DoesNotContain(false, kept[sequence]); // nothing has been carried over yet
            AssertDrawn(kept[MaskBatch + sequence], 0.4);
            Assert.Equal(kept[MaskBatch + sequence], kept[2 * MaskBatch + sequence]);
            Assert.Equal(kept[MaskBatch + sequence], ragged[MaskBatch + sequence]); // whichever place it runs in
        }

        AssertDiffer(kept[MaskBatch..(2 * MaskBatch)]);
    }

    [Fact]
    public void Dropout_between_layers_draws_anew_at_every_step_of_every_sequence()
    {
        bool[][] kept = Kept(new SequenceDropout { Between = 0.3, Seed = 2 }, layers: 2, recurrent: false, []);
        bool[][] ragged = Kept(new SequenceDropout { Between = 0.3, Seed = 2 }, layers: 2, recurrent: false, [2, MaskSteps, 3]);
        Assert.All(kept, mask => AssertDrawn(mask, 0.3));
        AssertDiffer(kept);
        Assert.Equal(kept[0], ragged[0]);
        Assert.Equal(kept[2 * MaskBatch + 2], ragged[2 * MaskBatch + 2]);
    }

    [Fact]
    public void Input_dropout_draws_anew_for_every_layer()
    {
        SequenceDropout dropout = new() { Input = 0.3, Seed = 2 };
        bool[][] one = Kept(dropout, layers: 1, recurrent: false, []), two = Kept(dropout, layers: 2, recurrent: false, []);
        for (int row = 0; row < two.Length; row++)
        {
            AssertDrawn(two[row], 1 - 0.7 * 0.7);
            Assert.DoesNotContain(true, two[row].Zip(one[row], (both, first) => both && !first));
            Assert.Equal(two[row % MaskBatch], two[row]);
        }

        AssertDiffer(two[..MaskBatch]);
    }

    private const int MaskSize = 400, MaskSteps = 4, MaskBatch = 3;

    /// <summary>[T, B]: the units whose outputs are not 0. Layers are identities;
    /// recurrent ones see an input at the first step only.</summary>
    private static bool[][] Kept(SequenceDropout dropout, int layers, bool recurrent, int[] lengths)
    {
        Srn<float> network = new(new SrnOptions
        {
            InputSize = MaskSize,
            HiddenSize = MaskSize,
            Layers = layers,
            Activation = FastRecurrent.Kernels.Activation.Identity,
        });
        for (int i = 0; i < MaskSize; i++)
        {
            for (int layer = 0; layer < layers; layer++)
            {
                network.Parameters[$"weight_ih_l{layer}"].Value[i * MaskSize + i] = 1;
                network.Parameters[$"weight_hh_l{layer}"].Value[i * MaskSize + i] = recurrent ? 1 : 0;
            }
        }

        network.Pack();
        float[] x = new float[MaskSteps * MaskBatch * MaskSize], y = new float[x.Length];
        x.AsSpan(0, (recurrent ? 1 : MaskSteps) * MaskBatch * MaskSize).Fill(1);
        network.Run(
            new SequenceInput<float> { Steps = MaskSteps, Batch = MaskBatch, X = x, Lengths = lengths, Dropout = dropout },
            new SequenceOutput<float> { Y = y }, network.CreateWorkspace(MaskSteps, MaskBatch));
        return [.. y.Chunk(MaskSize).Select(row => row.Select(value => value != 0).ToArray())];
    }

    private static void AssertDrawn(bool[] kept, double rate) =>
        Assert.InRange(kept.Count(unit => !unit) / (double)kept.Length, rate - 0.12, rate + 0.12); // 400 units: 5 σ

    private static void AssertDiffer(bool[][] masks)
    {
        for (int i = 0; i < masks.Length; i++)
        {
            for (int j = 0; j < i; j++)
            {
                // As many units are alike as of two masks drawn by themselves, 0.50 to 0.58 of them at the rates above.
                Assert.InRange(masks[i].Zip(masks[j]).Count(pair => pair.First == pair.Second) / (double)masks[i].Length, 0.35, 0.75);
            }
        }
    }

    [Fact]
    public void A_seed_decides_and_zero_rates_change_nothing()
    {
        NetworkCase @case = new("lstm Standard None", 5, 9, 2, true, 4, 3, true, 1);
        float[] first = Run(_all), again = Run(_all), other = Run(_all with { Seed = 4 }), none = Run(default);
        Assert.Equal(first, again);
        Assert.NotEqual(first, other);
        Assert.NotEqual(first, none);
        Assert.Equal(none, Run(new SequenceDropout { Seed = 9 }));

        float[] Run(SequenceDropout dropout)
        {
            NetworkRun<float> run = new(@case) { Dropout = dropout };
            run.Forward();
            return run.Y;
        }
    }

    [Fact]
    public void Packing_brings_dropped_weights_back()
    {
        NetworkCase @case = new("gru Before Takes", 5, 9, 1, false, 4, 3, false, 1);
        NetworkRun<float> run = new(@case);
        run.Forward();
        float[] whole = [.. run.Y];
        run.Network.DropWeights(0.5, 1);
        run.Forward();
        Assert.NotEqual(whole, run.Y);
        run.Network.Pack();
        run.Forward();
        Assert.Equal(whole, run.Y);
    }

    /// <summary>A GRU that resets before its product has two recurrent products a cell.</summary>
    [Fact]
    public void Every_product_drops_weights_of_its_own()
    {
        Gru<float> gru =
            new(new GruOptions { InputSize = 16, HiddenSize = 16, Layers = 2, Bidirectional = true, Reset = ResetGate.Before });
        Tape<float> tape = gru.CreateTape(1, 1);
        List<bool[]> masks = [];
        foreach (string name in new[] { "weight_hh_l0", "weight_hh_l0_reverse", "weight_hh_l1", "weight_hh_l1_reverse" })
        {
            gru.Initialise(1);
            gru.DropWeights(0.5, 7);
            gru.Run(
                new SequenceInput<float> { Steps = 1, Batch = 1, X = Numbers.Random<float>(1, 16), H0 = Numbers.Random<float>(2, 64) },
                default, tape);
            gru.Parameters.ZeroGradients();
            gru.Backward(new SequenceOutputGradient<float> { H = Numbers.Random<float>(3, 64) }, default, tape);
            bool[] kept = [.. gru.Parameters[name].Gradient.ToArray().Select(value => value != 0)];
            masks.AddRange([kept[..256], kept[256..512], kept[512..]]);
        }

        for (int i = 0; i < masks.Count; i++)
        {
            for (int j = 0; j < i; j++)
            {
                Assert.InRange(masks[i].Zip(masks[j]).Count(pair => pair.First == pair.Second), 80, 176); // of 256: 128 ± 6 σ
            }
        }
    }

    [Fact]
    public void Nothing_is_allocated()
    {
        NetworkRun<float> run =
            new(new NetworkCase("gru After Keeps", 5, 9, 2, true, 4, 3, true, 1)) { Dropout = _all, WeightDropout = 0.3 };
        Assert.Equal(0, Numbers.AllocatedBytes(() =>
        {
            run.Pack();
            run.Forward();
            run.Backward();
        }));
    }

    [Fact]
    public void Rates_outside_0_to_1_are_refused()
    {
        NetworkRun<float> run =
            new(new NetworkCase("srn Tanh", 2, 3, 1, false, 1, 1, false, 1)) { Dropout = new SequenceDropout { State = 1 } };
        Assert.Contains("input.Dropout.State", Assert.Throws<ArgumentOutOfRangeException>(run.Forward).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => run.Network.DropWeights(double.NaN, 1));
    }
}
