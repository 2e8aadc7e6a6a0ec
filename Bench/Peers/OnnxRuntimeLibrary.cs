using System.Runtime.InteropServices;
using FastRecurrent.Kernels;

namespace FastRecurrent.Bench.Peers;

/// <summary>ONNX Runtime through its C interface: one thread, one node after another, every optimisation of graphs.</summary>
/// <remarks>The library, its environment and the options of sessions live as long as the process.</remarks>
internal sealed unsafe class OnnxRuntimeLibrary
{
    public const string HowToGet = "run Bench/Peers/install.sh, which takes it out of the npm package onnxruntime-node";

    private const uint ApiVersion = 17;
    private const int Warning = 2, AllOptimisations = 99, Sequential = 0, Float = 1;

    private readonly nint* _api;
    private readonly nint _environment;
    private readonly nint _options;
    private readonly nint _memory;

    /// <exception cref="DllNotFoundException">There is no such library.</exception>
    /// <exception cref="EntryPointNotFoundException">It is another.</exception>
    /// <exception cref="InvalidOperationException">The runtime refuses; the message is its own.</exception>
    public OnnxRuntimeLibrary(string path)
    {
        nint* apiBase = ((delegate* unmanaged<nint*>)NativeLibrary.GetExport(NativeLibrary.Load(path), "OrtGetApiBase"))();
        Version = Marshal.PtrToStringUTF8(((delegate* unmanaged<nint>)apiBase[1])()) ?? "";
        _api = (nint*)((delegate* unmanaged<uint, nint>)apiBase[0])(ApiVersion);
        if (_api is null)
        {
            throw new InvalidOperationException($"ONNX Runtime {Version} does not know version {ApiVersion} of its interface");
        }

        nint environment, options, memory;
        using Utf8 name = new("bench");
        Check(((delegate* unmanaged<int, nint, nint*, nint>)_api[Function.CreateEnv])(Warning, name, &environment));
        Check(((delegate* unmanaged<nint*, nint>)_api[Function.CreateSessionOptions])(&options));
        Check(((delegate* unmanaged<nint, int, nint>)_api[Function.SetSessionExecutionMode])(options, Sequential));
        Check(((delegate* unmanaged<nint, int, nint>)_api[Function.SetSessionGraphOptimizationLevel])(options, AllOptimisations));
        Check(((delegate* unmanaged<nint, int, nint>)_api[Function.SetIntraOpNumThreads])(options, 1));
        Check(((delegate* unmanaged<nint, int, nint>)_api[Function.SetInterOpNumThreads])(options, 1));
        Check(((delegate* unmanaged<int, int, nint*, nint>)_api[Function.CreateCpuMemoryInfo])(0, 0, &memory));
        (_environment, _options, _memory) = (environment, options, memory);
    }

    /// <summary>Of the library.</summary>
    public string Version { get; }

    /// <summary>A session over a model in memory; to be released.</summary>
    public nint CreateSession(ReadOnlySpan<byte> model)
    {
        nint session;
        fixed (byte* bytes = model)
        {
            Check(((delegate* unmanaged<nint, byte*, nuint, nint, nint*, nint>)_api[Function.CreateSessionFromArray])(
                _environment, bytes, (nuint)model.Length, _options, &session));
        }

        return session;
    }

    /// <summary>A tensor over memory that must live longer; to be released.</summary>
    public nint CreateTensor(AlignedBuffer<float> buffer, params ReadOnlySpan<long> shape)
    {
        nint tensor;
        fixed (long* sizes = shape)
        {
            Check(((delegate* unmanaged<nint, nint, nuint, long*, nuint, int, nint*, nint>)_api[Function.CreateTensorWithData])(
                _memory, (nint)buffer.Pointer(), (nuint)(buffer.Length * sizeof(float)), sizes, (nuint)shape.Length, Float, &tensor));
        }

        return tensor;
    }

    /// <summary>Inputs and outputs bound by name; to be released.</summary>
    public nint CreateBinding(nint session, ReadOnlySpan<nint> inputNames, ReadOnlySpan<nint> inputs, ReadOnlySpan<nint> outputNames,
        ReadOnlySpan<nint> outputs)
    {
        nint binding;
        Check(((delegate* unmanaged<nint, nint*, nint>)_api[Function.CreateIoBinding])(session, &binding));
        for (int i = 0; i < inputs.Length; i++)
        {
            Check(((delegate* unmanaged<nint, nint, nint, nint>)_api[Function.BindInput])(binding, inputNames[i], inputs[i]));
        }

        for (int i = 0; i < outputs.Length; i++)
        {
            Check(((delegate* unmanaged<nint, nint, nint, nint>)_api[Function.BindOutput])(binding, outputNames[i], outputs[i]));
        }

        return binding;
    }

    /// <summary>Runs a session from given inputs into given outputs.</summary>
    public void Run(nint session, nint* inputNames, nint* inputs, int inputCount, nint* outputNames, nint* outputs, int outputCount) =>
        Check(((delegate* unmanaged<nint, nint, nint*, nint*, nuint, nint*, nuint, nint*, nint>)_api[Function.Run])(
            session, 0, inputNames, inputs, (nuint)inputCount, outputNames, (nuint)outputCount, outputs));

    /// <summary>Runs a session over what is bound.</summary>
    public void Run(nint session, nint binding) =>
        Check(((delegate* unmanaged<nint, nint, nint, nint>)_api[Function.RunWithBinding])(session, 0, binding));

    public void ReleaseSession(nint session) => Release(Function.ReleaseSession, session);

    public void ReleaseTensor(nint tensor) => Release(Function.ReleaseValue, tensor);

    public void ReleaseBinding(nint binding) => Release(Function.ReleaseIoBinding, binding);

    private void Release(int function, nint item) => ((delegate* unmanaged<nint, void>)_api[function])(item);

    private void Check(nint status)
    {
        if (status != 0)
        {
            string message = Marshal.PtrToStringUTF8(((delegate* unmanaged<nint, nint>)_api[Function.GetErrorMessage])(status)) ?? "";
            Release(Function.ReleaseStatus, status);
            throw new InvalidOperationException($"ONNX Runtime refuses: {message}");
        }
    }

    /// <summary>Places in the table of functions, which only ever grows at its end (onnxruntime_c_api.h).</summary>
    private static class Function
    {
        public const int GetErrorMessage = 2, CreateEnv = 3, CreateSessionFromArray = 8, Run = 9, CreateSessionOptions = 10,
        SetSessionExecutionMode = 13,
            SetSessionGraphOptimizationLevel = 23, SetIntraOpNumThreads = 24, SetInterOpNumThreads = 25, CreateTensorWithData = 49,
            CreateCpuMemoryInfo = 69, ReleaseStatus = 93, ReleaseSession = 95, ReleaseValue = 96,
            RunWithBinding = 133, CreateIoBinding = 134, ReleaseIoBinding = 135, BindInput = 136, BindOutput = 137;
    }
}
