using System.Runtime.CompilerServices;
using FastRecurrent.Cells;
using FastRecurrent.Kernels;

namespace FastRecurrent.Bench.Peers;

/// <summary>This library.</summary>
internal sealed class FastRecurrentPeer : Peer
{
    public const string PeerName = "FastRecurrent";

    public override string Description => $"{PeerName}, .NET {Environment.Version}";

    public override IEnumerable<Contestant> Enter(PeerTask task) => task switch
    {
        RecurrentTask { Cell: PeerCell.Lstm } recurrent =>
        [Enter(new Lstm<float>(new LstmOptions { InputSize = recurrent.Size, HiddenSize = recurrent.Size }), recurrent)],
        RecurrentTask recurrent =>
        [Enter(new Gru<float>(new GruOptions { InputSize = recurrent.Size, HiddenSize = recurrent.Size }), recurrent)],
        MatrixTask matrix => [new Matrix(matrix)],
        SparseTask sparse => [new Sparse(sparse)],
        _ => [],
    };

    /// <summary>Nothing but the matrix products of a batch; null where they do not decide.</summary>
    public static Contestant? EnterProducts(PeerTask task) =>
        task is RecurrentTask { Cell: PeerCell.Lstm, Mode: not PeerMode.Step, Batch: > 1 } recurrent ? new LstmProducts(recurrent) : null;

    private static Contestant Enter<TCell>(RecurrentNetwork<TCell, float> network, RecurrentTask task)
        where TCell : struct, IRecurrentCell<float>
    {
        task.WeightIh.CopyTo(network.Parameters["weight_ih_l0"].Value);
        task.WeightHh.CopyTo(network.Parameters["weight_hh_l0"].Value);
        task.BiasIh.CopyTo(network.Parameters["bias_ih_l0"].Value);
        task.BiasHh.CopyTo(network.Parameters["bias_hh_l0"].Value);
        network.Pack();
        return task.Mode switch
        {
            PeerMode.Step => new Stream<TCell>(network, task),
            PeerMode.Sequence => new Sequence<TCell>(network, task),
            _ => new Training<TCell>(network, task),
        };
    }

    private sealed class Stream<TCell>(RecurrentNetwork<TCell, float> network, RecurrentTask task) : Contestant(PeerName)
        where TCell : struct, IRecurrentCell<float>
    {
        private readonly RecurrentStream<TCell, float> _stream = network.CreateStream();
        private readonly float[] _y = new float[task.Size];

        public override void Reset() => _stream.Reset();

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public override void Run(int repeat)
        {
            for (int i = 0; i < repeat; i++)
            {
                _stream.Step(task.X, _y);
            }
        }

        public override IReadOnlyList<PeerOutput> GetOutputs() => [new("y", _y), new("c", _stream.GetCellState(0).ToArray())];
    }

    private sealed class Sequence<TCell>(RecurrentNetwork<TCell, float> network, RecurrentTask task) : Contestant(PeerName)
        where TCell : struct, IRecurrentCell<float>
    {
        private readonly Tape<float> _workspace = network.CreateWorkspace(task.Steps, task.Batch);
        private readonly float[] _y = new float[task.X.Length];

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public override void Run(int repeat)
        {
            for (int i = 0; i < repeat; i++)
            {
                network.Run(new SequenceInput<float> { Steps = task.Steps, Batch = task.Batch, X = task.X },
                    new SequenceOutput<float> { Y = _y }, _workspace);
            }
        }

        public override IReadOnlyList<PeerOutput> GetOutputs() => [new("y", _y)];
    }

    private sealed class Training<TCell>(RecurrentNetwork<TCell, float> network, RecurrentTask task) : Contestant(PeerName)
        where TCell : struct, IRecurrentCell<float>
    {
        private readonly Tape<float> _tape = network.CreateTape(task.Steps, task.Batch);
        private readonly float[] _y = new float[task.X.Length];
        private readonly float[] _dx = new float[task.X.Length];

        public override void Reset() => network.Parameters.ZeroGradients();

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public override void Run(int repeat)
        {
            for (int i = 0; i < repeat; i++)
            {
                network.Run(new SequenceInput<float> { Steps = task.Steps, Batch = task.Batch, X = task.X },
                    new SequenceOutput<float> { Y = _y }, _tape);
                network.Backward(new SequenceOutputGradient<float> { Y = task.Dy }, new SequenceInputGradient<float> { X = _dx }, _tape);
            }
        }

        public override IReadOnlyList<PeerOutput> GetOutputs() =>
        [
            new("y", _y),
            new("dx", _dx),
            new("dw_ih", network.Parameters["weight_ih_l0"].Gradient.ToArray()),
            new("dw_hh", network.Parameters["weight_hh_l0"].Gradient.ToArray()),
            new("db", network.Parameters["bias_ih_l0"].Gradient.ToArray()),
        ];
    }

    private sealed class Matrix : Contestant
    {
        private readonly MatrixTask _task;
        private readonly PackedMatrix<float> _packed;
        private readonly GateLayout _layout;
        private readonly float[] _c;

        public Matrix(MatrixTask task)
            : base(PeerName)
        {
            (_task, _c, _layout) = (task, new float[task.Rows * task.Columns], new GateLayout(1, task.Depth));
            _packed = new PackedMatrix<float>(task.Depth, task.Columns);
            _packed.Pack(task.B, _layout);
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public override void Run(int repeat)
        {
            for (int i = 0; i < repeat; i++)
            {
                if (_task.Packing)
                {
                    _packed.Pack(_task.B, _layout);
                }

                NeuralPrimitives.Gemm<float>(_task.A, _task.Depth, _task.Rows, _packed, default, _c, _task.Columns);
            }
        }

        public override IReadOnlyList<PeerOutput> GetOutputs() => [new("y", _c)];
    }

    private sealed class Sparse(SparseTask task) : Contestant(PeerName)
    {
        private readonly float[] _y = new float[task.X.Length];

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public override void Run(int repeat)
        {
            ReadOnlySpan<float> weights = task.Weighted ? task.Values : default;
            for (int i = 0; i < repeat; i++)
            {
                NeuralPrimitives.Aggregate(task.Graph.Incoming, weights, task.X, task.Features, task.Features, _y, task.Features);
            }
        }

        public override IReadOnlyList<PeerOutput> GetOutputs() => [new("y", _y)];
    }
}
