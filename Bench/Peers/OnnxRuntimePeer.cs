using System.Runtime.CompilerServices;
using FastRecurrent.Kernels;

namespace FastRecurrent.Bench.Peers;

/// <summary>ONNX Runtime in two ways: <c>Run</c> into tensors made once, and <c>RunWithBinding</c>.</summary>
internal sealed class OnnxRuntimePeer(string library) : Peer
{
    public const string PeerName = "ONNX Runtime";
    public const string RunName = "ONNX Runtime (Run)";
    public const string BindingName = "ONNX Runtime (IoBinding)";

    private readonly OnnxRuntimeLibrary _library = new(library);

    public override string Description => $"ONNX Runtime {_library.Version}";

    public override IEnumerable<Contestant> Enter(PeerTask task)
    {
        if (task is RecurrentTask { Mode: not PeerMode.Training } recurrent)
        {
            yield return new Network(RunName, _library, recurrent);
            yield return new Network(BindingName, _library, recurrent);
        }
    }

    private sealed unsafe class Network : Contestant
    {
        private readonly OnnxRuntimeLibrary _library;
        private readonly bool _isBound;
        private readonly nint _session;
        private readonly List<AlignedBuffer<float>> _states = []; // before and after a step take turns: h, c, h, c
        private readonly AlignedBuffer<float> _x;
        private readonly AlignedBuffer<float>? _y;
        private readonly Utf8[] _inputNames;
        private readonly Utf8[] _outputNames;
        private readonly AlignedBuffer<nint> _nativeInputNames;
        private readonly AlignedBuffer<nint> _nativeOutputNames;
        private readonly AlignedBuffer<nint>[] _inputs;
        private readonly AlignedBuffer<nint>[] _outputs;
        private readonly nint[] _bindings;
        private readonly nint[] _tensors;
        private int _turn;

        public Network(string name, OnnxRuntimeLibrary library, RecurrentTask task)
            : base(name)
        {
            _library = library;
            _isBound = name == BindingName;
            _session = library.CreateSession(OnnxModels.Recurrent(task));
            _x = NativeLibraries.Copy<float>(task.X);
            nint x = library.CreateTensor(_x, task.Steps, task.Batch, task.Size);
            int states = task.Mode != PeerMode.Step ? 0 : task.Cell == PeerCell.Lstm ? 2 : 1;
            if (states == 0)
            {
                _y = new AlignedBuffer<float>(task.X.Length);
                nint y = library.CreateTensor(_y, task.Steps, 1, task.Batch, task.Size);
                (_inputs, _outputs, _tensors) = ([NativeLibraries.Copy([x])], [NativeLibraries.Copy([y])], [x, y]);
                (_inputNames, _outputNames) = ([new(OnnxModels.X)], [new(OnnxModels.Y)]);
            }
            else
            {
                nint[] tensors = new nint[2 * states];
                for (int i = 0; i < tensors.Length; i++)
                {
                    _states.Add(new AlignedBuffer<float>(task.Batch * task.Size));
                    tensors[i] = library.CreateTensor(_states[i], 1, task.Batch, task.Size);
                }

                nint[] first = tensors[..states], second = tensors[states..];
                _inputs = [NativeLibraries.Copy<nint>([x, .. first]), NativeLibraries.Copy<nint>([x, .. second])];
                _outputs = [NativeLibraries.Copy<nint>(second), NativeLibraries.Copy<nint>(first)];
                _tensors = [x, .. tensors];
                _inputNames = [new(OnnxModels.X), new(OnnxModels.H0), .. states == 2 ? new Utf8[] { new(OnnxModels.C0) } : []];
                _outputNames = [new(OnnxModels.H), .. states == 2 ? new Utf8[] { new(OnnxModels.C) } : []];
            }

            _nativeInputNames = NativeLibraries.Copy<nint>([.. _inputNames.Select(text => (nint)text)]);
            _nativeOutputNames = NativeLibraries.Copy<nint>([.. _outputNames.Select(text => (nint)text)]);
            _bindings = _isBound
                ? [.. _inputs.Select((inputs, turn) => library.CreateBinding(_session, _nativeInputNames.Span, inputs.Span,
                    _nativeOutputNames.Span, _outputs[turn].Span))]
                : [];
        }

        public override void Reset()
        {
            _turn = 0;
            _states.ForEach(state => state.Span.Clear());
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public override void Run(int repeat)
        {
            int turns = _inputs.Length;
            for (int i = 0; i < repeat; i++)
            {
                if (_isBound)
                {
                    _library.Run(_session, _bindings[_turn]);
                }
                else
                {
                    _library.Run(
                        _session, _nativeInputNames.Pointer(), _inputs[_turn].Pointer(), _inputNames.Length,
                        _nativeOutputNames.Pointer(), _outputs[_turn].Pointer(), _outputNames.Length);
                }

                _turn = _turn + 1 == turns ? 0 : _turn + 1;
            }
        }

        public override IReadOnlyList<PeerOutput> GetOutputs()
        {
            if (_y is not null)
            {
                return [new("y", _y.Span.ToArray())];
            }

            // What the next run would start from.
            int count = _states.Count / 2;
            return [.. _states.Skip(_turn * count).Take(count)
                .Select((state, i) => new PeerOutput(i == 0 ? "y" : "c", state.Span.ToArray()))];
        }

        public override void Dispose()
        {
            Array.ForEach(_bindings, _library.ReleaseBinding);
            Array.ForEach(_tensors, _library.ReleaseTensor);
            _library.ReleaseSession(_session);
            Array.ForEach(_inputNames, text => text.Dispose());
            Array.ForEach(_outputNames, text => text.Dispose());
            base.Dispose();
        }
    }
}
