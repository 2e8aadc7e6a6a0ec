using System.Numerics;
using FastRecurrent.Cells;

namespace FastRecurrent.Bench.Guard;

/// <summary>Recurrent networks with everything that a caller hands over between closed pages: a run, the way back, and a stream;
/// n gives the sizes.</summary>
internal static class NetworkCases
{
    private const int Steps = 3;

    private static readonly int[] _lengths = [3, 1];

    public static IEnumerable<GuardCase<T>> All<T>()
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
    [
        Case("Srn", (inputSize, hiddenSize) => new Srn<T>(new SrnOptions { InputSize = inputSize, HiddenSize = hiddenSize })),
        Case("Lstm", (inputSize, hiddenSize) => new Lstm<T>(new LstmOptions
        {
            InputSize = inputSize,
            HiddenSize = hiddenSize,
            Peephole = (Peephole)(hiddenSize % 3),
            Forget = (ForgetGate)(inputSize % 3),
            ProjectionSize = hiddenSize % 3 == 0 ? inputSize : 0,
        })),
        Case("Gru", (inputSize, hiddenSize) => new Gru<T>(new GruOptions
        {
            InputSize = inputSize,
            HiddenSize = hiddenSize,
            Reset = (ResetGate)(hiddenSize % 2),
            Update = (UpdateGate)(inputSize % 2),
        })),
        Case("Jordan",
            (inputSize, hiddenSize) =>
                new Jordan<T>(new JordanOptions { InputSize = inputSize, HiddenSize = hiddenSize, OutputSize = inputSize + 2 })),
        Case("PartLstm", (inputSize, hiddenSize) => new PartLstm<T>(new LstmPart(inputSize, hiddenSize), new LstmPart(1, 3))),
    ];

    private static GuardCase<T> Case<TCell, T>(string name, Func<int, int, RecurrentNetwork<TCell, T>> create)
        where TCell : struct, IRecurrentCell<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => new(name, (operands, n) =>
    {
        RecurrentNetwork<TCell, T> network = create(n % 23 + 1, n % 37 + 1);
        network.Initialise(1);
        int batch = _lengths.Length, rows = Steps * batch, states = network.StateRows * batch;
        int h = states * network.HiddenSize, c = states * network.CellStateSize;
        Tape<T> tape = network.CreateTape(Steps, batch);
        network.Run(
            new SequenceInput<T>
            {
                Steps = Steps,
                Batch = batch,
                X = operands.In(rows * network.InputSize),
                Lengths = operands.Indices(_lengths),
                H0 = operands.In(h),
                C0 = operands.In(c),
            },
            new SequenceOutput<T> { Y = operands.Out(rows * network.OutputSize), H = operands.Out(h), C = operands.Out(c) },
            tape);
        network.Backward(
            new SequenceOutputGradient<T> { Y = operands.In(rows * network.OutputSize), H = operands.In(h), C = operands.In(c) },
            new SequenceInputGradient<T> { X = operands.Out(rows * network.InputSize), H0 = operands.Out(h), C0 = operands.Out(c) },
            tape);
        network.CreateStream().Step(operands.In(network.InputSize), operands.Out(network.OutputSize));
    });
}
