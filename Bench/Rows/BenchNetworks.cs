using FastRecurrent.Cells;

namespace FastRecurrent.Bench.Rows;

/// <summary>Networks to measure: one layer, one direction, input size = hidden size unless given,
/// the same parameters at every call.</summary>
internal static class BenchNetworks
{
    public static Lstm<float> Lstm(int size) => Lstm(size, size);

    public static Lstm<float> Lstm(int inputSize, int hiddenSize) =>
        Initialised(new Lstm<float>(new LstmOptions { InputSize = inputSize, HiddenSize = hiddenSize }));

    public static Gru<float> Gru(int size) => Gru(size, size);

    public static Gru<float> Gru(int inputSize, int hiddenSize) =>
        Initialised(new Gru<float>(new GruOptions { InputSize = inputSize, HiddenSize = hiddenSize }));

    public static Srn<float> Srn(int size) => Initialised(new Srn<float>(new SrnOptions { InputSize = size, HiddenSize = size }));

    private static TNetwork Initialised<TNetwork>(TNetwork network)
        where TNetwork : RecurrentNetwork<float>
    {
        network.Initialise(seed: 1);
        return network;
    }
}
