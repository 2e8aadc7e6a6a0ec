using FastRecurrent.Kernels;

namespace FastRecurrent.Cells;

public abstract partial class RecurrentNetwork<TCell, T>
{
    /// <summary>A run whose sequences are shared among threads.</summary>
    private ref struct ForwardJob : IWorkerJob
    {
        public RecurrentNetwork<TCell, T> Network;
        public SequenceInput<T> Input;
        public ReadOnlySpan<T> InPlace; // x, if products can read it where it is
        public SequenceOutput<T> Output;
        public Tape<T> Tape;

        public readonly void Run(int part, int parts) =>
            Network.RunPlaces(Input, Output, new Places<T>(Tape, part, parts) { Input = InPlace }, workers: null);
    }

    /// <summary>Back through time in one cell, the sequences shared among threads;
    /// the gradients of the weights are made afterwards.</summary>
    private ref struct BackwardJob : IWorkerJob
    {
        public RecurrentNetwork<TCell, T> Network;
        public int Layer;
        public int Direction;
        public SequenceOutputGradient<T> Upstream;
        public SequenceInputGradient<T> Gradient;
        public Tape<T> Tape;

        public readonly void Run(int part, int parts) =>
            Network.BackwardPlaces(Layer, Direction, Upstream, Gradient, new Places<T>(Tape, part, parts));
    }
}
