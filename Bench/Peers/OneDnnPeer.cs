using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace FastRecurrent.Bench.Peers;

/// <summary>
/// oneDNN's LSTM and GRU by way of <c>Native/onednn_rnn.cpp</c>: weights in the layout that it asks for or in a plain one, whichever is the
/// faster for the task, brought there once.
/// </summary>
internal sealed unsafe class OneDnnPeer : Peer
{
    public const string PeerName = "oneDNN";
    public const string HowToGet = "run Bench/Peers/install.sh, which compiles the caller (packages g++ and libdnnl-dev, version 2)";

    private readonly nint _library;

    /// <exception cref="DllNotFoundException">The compiled caller, or oneDNN itself, is not there.</exception>
    /// <exception cref="EntryPointNotFoundException">It is another library.</exception>
    public OneDnnPeer(string library)
    {
        _library = NativeLibrary.Load(library);
        int isa = 0;
        int version = ((delegate* unmanaged<int*, int>)NativeLibrary.GetExport(_library, "onednn_version"))(&isa);
        Description = string.Create(CultureInfo.InvariantCulture,
            $"{PeerName} {version / 10000}.{version / 100 % 100}.{version % 100}, instruction set 0x{isa:x}");
    }

    public override string Description { get; }

    public override IEnumerable<Contestant> Enter(PeerTask task) =>
        task is RecurrentTask recurrent ? [Faster(new(_library, recurrent, true), new(_library, recurrent, false))] : [];

    /// <summary>
    /// The one that was faster at its best, over rounds in turns. The layout asked for takes an implementation for batches, which is up to
    /// three times slower than the other at one sequence.
    /// </summary>
    private static Network Faster(Network a, Network b)
    {
        const int Rounds = 12;
        const double Slice = 0.001;
        double first = a.Time(1), bestA = double.PositiveInfinity, bestB = double.PositiveInfinity;
        int repeat = (int)Math.Clamp(Slice / Math.Max(first, 1e-7), 1, 1e4);
        for (int round = 0; round < Rounds; round++)
        {
            bestA = Math.Min(bestA, a.Time(repeat));
            bestB = Math.Min(bestB, b.Time(repeat));
        }

        (Network faster, Network slower) = bestA <= bestB ? (a, b) : (b, a);
        slower.Dispose();
        return faster;
    }

    private sealed class Network : Contestant
    {
        private const int ErrorLength = 512;

        private readonly RecurrentTask _task;
        private readonly nint _library;
        private readonly nint _run;
        private nint _network;

        public Network(nint library, RecurrentTask task, bool plainWeights)
            : base(PeerName)
        {
            (_library, _task) = (library, task);
            _run = NativeLibrary.GetExport(library, "onednn_rnn_run");
            var create = (delegate* unmanaged<int, int, int, int, int, int, float*, float*, float*, float*, float*, float*, nint*,
                byte*, int, int>)
                NativeLibrary.GetExport(library, "onednn_rnn_create");
            byte* error = stackalloc byte[ErrorLength];
            nint network = 0;
            fixed (float* weightIh = task.WeightIh, weightHh = task.WeightHh, biasIh = task.BiasIh, biasHh = task.BiasHh, x = task.X,
                dy = task.Dy)
            {
                if (create(task.Cell == PeerCell.Gru ? 1 : 0, task.Mode == PeerMode.Training ? 1 : 0,
                    plainWeights ? 1 : 0, task.Steps, task.Batch, task.Size,
                    weightIh, weightHh, biasIh, biasHh, x, dy, &network, error, ErrorLength) != 0)
                {
                    throw new InvalidOperationException($"oneDNN refuses: {Marshal.PtrToStringUTF8((nint)error)}.");
                }
            }

            _network = network;
        }

        public override void Reset() => ((delegate* unmanaged<nint, void>)NativeLibrary.GetExport(_library, "onednn_rnn_reset"))(_network);

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public override void Run(int repeat)
        {
            if (((delegate* unmanaged<nint, int, int>)_run)(_network, repeat) != 0)
            {
                throw new InvalidOperationException("oneDNN could not execute a primitive.");
            }
        }

        public override IReadOnlyList<PeerOutput> GetOutputs()
        {
            int states = _task.Batch * _task.Size;
            bool lstm = _task.Cell == PeerCell.Lstm;
            float[] y = new float[_task.X.Length], c = new float[states], dx = new float[_task.X.Length];
            float[] weightIh = new float[_task.WeightIh.Length], weightHh = new float[_task.WeightHh.Length],
                bias = new float[4 * _task.Size];
            fixed (float* py = y, pc = c, pdx = dx, pih = weightIh, phh = weightHh, pb = bias)
            {
                ((delegate* unmanaged<nint, float*, float*, float*, float*, float*, float*, void>)NativeLibrary.GetExport(_library,
                    "onednn_rnn_read"))(
                    _network, py, pc, pdx, pih, phh, pb);
            }

            return _task.Mode switch
            {
                PeerMode.Step => lstm ? [new("y", y), new("c", c)] : [new("y", y)],
                PeerMode.Sequence => [new("y", y)],
                _ => [new("y", y), new("dx", dx), new("dw_ih", weightIh), new("dw_hh", weightHh), new("db", bias)],
            };
        }

        public override void Dispose()
        {
            if (_network != 0)
            {
                ((delegate* unmanaged<nint, void>)NativeLibrary.GetExport(_library, "onednn_rnn_destroy"))(_network);
                _network = 0;
            }

            base.Dispose();
        }
    }
}
