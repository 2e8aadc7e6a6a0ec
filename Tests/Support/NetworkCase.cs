using System.Numerics;
using FastRecurrent.Cells;
using FastRecurrent.Kernels;
using FsCheck;
using FsCheck.Fluent;

namespace FastRecurrent.Tests.Support;

/// <summary>A random recurrent network with a random batch: every variant of every cell, every shape.</summary>
public sealed record NetworkCase(
    string Variant, int InputSize, int HiddenSize, int Layers, bool Bidirectional, int Steps, int Batch, bool Ragged, int Seed)
{
    /// <summary>Stacked layers; some cells come in one.</summary>
    public int Layers { get; init; } = IsSingle(Variant) ? 1 : Layers;

    /// <summary>Whether there are two directions; some cells have one.</summary>
    public bool Bidirectional { get; init; } = !IsSingle(Variant) && Bidirectional;

    /// <summary>All variants by name, e.g. "lstm Coupled Diagonal projected".</summary>
    public static readonly IReadOnlyList<string> Variants =
    [
        .. Enum.GetNames<Activation>().Select(name => $"srn {name}"),
        "residual", "residual-input", "jordan", "part-lstm",
        .. from forget in Enum.GetNames<ForgetGate>()
           from peephole in Enum.GetNames<Peephole>()
           from projection in new[] { "", " projected" }
           select $"lstm {forget} {peephole}{projection}",
        .. from reset in Enum.GetNames<ResetGate>() from update in Enum.GetNames<UpdateGate>() select $"gru {reset} {update}",
    ];

    internal static Gen<NetworkCase> Cases(int largest = 20) =>
        from variant in Gen.Elements(Variants.ToArray())
        from inputSize in RandomCases.Size(largest)
        from hiddenSize in RandomCases.Size(largest)
        from layers in Gen.Choose(1, 2)
        from bidirectional in Gen.Elements(true, false)
        from steps in Gen.Choose(1, 5)
        from batch in Gen.Choose(1, 11)
        from ragged in Gen.Elements(true, false)
        from seed in Gen.Choose(0, 1_000_000)
        select new NetworkCase(variant, inputSize, hiddenSize, layers, bidirectional, steps, batch, ragged, seed);

    internal IEnumerable<NetworkCase> Shrink() =>
        RandomCases.Smaller(InputSize).Select(n => this with { InputSize = n })
            .Concat(RandomCases.Smaller(HiddenSize).Select(n => this with { HiddenSize = n }))
            .Concat(RandomCases.Smaller(Steps).Select(n => this with { Steps = n }))
            .Concat(RandomCases.Smaller(Batch).Select(n => this with { Batch = n }))
            .Concat(RandomCases.Smaller(Layers).Select(n => this with { Layers = n }))
            .Concat(Bidirectional ? [this with { Bidirectional = false }] : [])
            .Concat(Ragged ? [this with { Ragged = false }] : []);

    internal RecurrentNetwork<T> Create<T>()
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        string[] words = Variant.Split(' ');
        RecurrentNetwork<T> network = words[0] switch
        {
            "lstm" => new Lstm<T>(new LstmOptions
            {
                InputSize = InputSize,
                HiddenSize = HiddenSize,
                Layers = Layers,
                Bidirectional = Bidirectional,
                Forget = Enum.Parse<ForgetGate>(words[1]),
                Peephole = Enum.Parse<Peephole>(words[2]),
                ProjectionSize = words.Length > 3 ? HiddenSize / 2 + 1 : 0,
            }),
            "jordan" => new Jordan<T>(new JordanOptions
            {
                InputSize = InputSize,
                HiddenSize = HiddenSize,
                OutputSize = HiddenSize / 2 + 1,
                OutputActivation = Activation.Sigmoid,
            }),
            "part-lstm" => InputSize < 2
                ? new PartLstm<T>(new LstmPart(InputSize, HiddenSize))
                : new PartLstm<T>(new LstmPart(1, 2), new LstmPart(InputSize - 1, HiddenSize)),
            "gru" => new Gru<T>(new GruOptions
            {
                InputSize = InputSize,
                HiddenSize = HiddenSize,
                Layers = Layers,
                Bidirectional = Bidirectional,
                Reset = Enum.Parse<ResetGate>(words[1]),
                Update = Enum.Parse<UpdateGate>(words[2]),
            }),
            _ => new Srn<T>(new SrnOptions
            {
                InputSize = InputSize,
                HiddenSize = HiddenSize,
                Layers = Layers,
                Bidirectional = Bidirectional,
                Activation = words.Length > 1 ? Enum.Parse<Activation>(words[1]) : Activation.Tanh,
                Recurrence = words[0] switch
                {
                    "residual" => SrnRecurrence.Residual,
                    "residual-input" => SrnRecurrence.ResidualInput,
                    _ => SrnRecurrence.Elman,
                },
            }),
        };
        network.Initialise(Seed);
        return network;
    }

    private static bool IsSingle(string variant) => variant is "jordan" or "part-lstm";

    /// <summary>Lengths in 0 … T, mostly with one of full length, since batches are as long as their longest; empty if all are
    /// full.</summary>
    internal int[] Lengths()
    {
        if (!Ragged)
        {
            return [];
        }

        Random random = new(Seed);
        int[] lengths = new int[Batch];
        foreach (ref int length in lengths.AsSpan())
        {
            length = random.Next(0, Steps + 1);
        }

        if (Seed % 3 > 0)
        {
            lengths[random.Next(Batch)] = Steps;
        }

        return lengths;
    }
}
