using System.Runtime.InteropServices;

namespace FastRecurrent.Samples.VoiceActivity;

/// <summary>
/// The same model in ONNX Runtime, through its C API with one thread and tensors that are made once, to compare with. The library is
/// optional: its path is an option of the program. What it holds lives as long as the process.
/// </summary>
internal sealed unsafe class OnnxRuntime
{
    // Places in the table of functions, which only ever grows at its end (onnxruntime_c_api.h).
    private const int GetErrorMessage = 2, CreateEnv = 3, CreateSession = 7, RunSession = 9, CreateSessionOptions = 10,
    SetIntraOpNumThreads = 24,
        CreateTensorWithData = 49, CreateCpuMemoryInfo = 69;

    private const uint ApiVersion = 17;
    private const int Float = 1, Int64 = 7, Warning = 2;

    private readonly nint* _api;
    private readonly nint _session;
    private readonly nint _memory;
    private readonly float[] _frame = GC.AllocateArray<float>(SileroStream.FrameSize, pinned: true);
    private readonly float[] _state = GC.AllocateArray<float>(256, pinned: true);
    private readonly float[] _nextState = GC.AllocateArray<float>(256, pinned: true);
    private readonly float[] _output = GC.AllocateArray<float>(1, pinned: true);
    private readonly long[] _rate = GC.AllocateArray<long>(1, pinned: true);
    private readonly nint[] _inputs;
    private readonly nint[] _outputs;
    private readonly nint[] _inputNames = [Text("input"), Text("state"), Text("sr")];
    private readonly nint[] _outputNames = [Text("output"), Text("stateN")];

    /// <summary>Loads the library and the model.</summary>
    /// <exception cref="DllNotFoundException">There is no such library.</exception>
    /// <exception cref="InvalidOperationException">The runtime refuses; the message is its own.</exception>
    public OnnxRuntime(string library, string model)
    {
        nint* apiBase = ((delegate* unmanaged<nint*>)NativeLibrary.GetExport(NativeLibrary.Load(library), "OrtGetApiBase"))();
        Version = Marshal.PtrToStringUTF8(((delegate* unmanaged<nint>)apiBase[1])()) ?? "";
        _api = (nint*)((delegate* unmanaged<uint, nint>)apiBase[0])(ApiVersion);
        if (_api is null)
        {
            throw new InvalidOperationException($"ONNX Runtime {Version} does not know version {ApiVersion} of its interface.");
        }

        nint environment, options, session, memory;
        Check(((delegate* unmanaged<int, nint, nint*, nint>)_api[CreateEnv])(Warning, Text("sample"), &environment));
        Check(((delegate* unmanaged<nint*, nint>)_api[CreateSessionOptions])(&options));
        Check(((delegate* unmanaged<nint, int, nint>)_api[SetIntraOpNumThreads])(options, 1));
        Check(((delegate* unmanaged<nint, nint, nint, nint*, nint>)_api[CreateSession])(environment, Text(model), options, &session));
        Check(((delegate* unmanaged<int, int, nint*, nint>)_api[CreateCpuMemoryInfo])(0, 0, &memory));
        (_session, _memory) = (session, memory);
        _rate[0] = SileroStream.SampleRate;
        _inputs = [Tensor(_frame, Float, 1, SileroStream.FrameSize), Tensor(_state, Float, 2, 1, 128), Tensor(_rate, Int64)];
        _outputs = [Tensor(_output, Float, 1, 1), Tensor(_nextState, Float, 2, 1, 128)];
    }

    /// <summary>Of the library.</summary>
    public string Version { get; }

    /// <summary>Forgets the sound so far.</summary>
    public void Reset() => _state.AsSpan().Clear();

    /// <summary>The probability of speech in a frame.</summary>
    public float Step(ReadOnlySpan<float> frame)
    {
        frame.CopyTo(_frame);
        fixed (nint* inputNames = _inputNames, inputs = _inputs, outputNames = _outputNames, outputs = _outputs)
        {
            Check(((delegate* unmanaged<nint, nint, nint*, nint*, nuint, nint*, nuint, nint*, nint>)_api[RunSession])(
                _session, 0, inputNames, inputs, 3, outputNames, 2, outputs));
        }

        _nextState.CopyTo(_state, 0);
        return _output[0];
    }

    private nint Tensor<T>(T[] pinned, int type, params long[] shape)
        where T : unmanaged
    {
        nint tensor;
        fixed (long* sizes = shape)
        {
            Check(((delegate* unmanaged<nint, nint, nuint, long*, nuint, int, nint*, nint>)_api[CreateTensorWithData])(
                _memory, Marshal.UnsafeAddrOfPinnedArrayElement(pinned, 0), (nuint)(pinned.Length * sizeof(T)), sizes, (nuint)shape.Length,
                type, &tensor));
        }

        return tensor;
    }

    private void Check(nint status)
    {
        if (status != 0)
        {
            throw new InvalidOperationException(Marshal.PtrToStringUTF8(((delegate* unmanaged<nint, nint>)_api[GetErrorMessage])(status)));
        }
    }

    private static nint Text(string text) => Marshal.StringToCoTaskMemUTF8(text);
}
