using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FastRecurrent.Kernels;

namespace FastRecurrent.Bench.Peers;

/// <summary>OpenBLAS's <c>sgemm</c>, on one thread and the kernels of the widest instruction set.</summary>
internal sealed unsafe class OpenBlasPeer : Peer
{
    public const string PeerName = "OpenBLAS";
    public const string HowToGet = "install the package libopenblas0-pthread (Bench/Peers/install.sh does)";

    private readonly nint _gemm;

    /// <exception cref="DllNotFoundException">There is no such library.</exception>
    /// <exception cref="EntryPointNotFoundException">It is another.</exception>
    public OpenBlasPeer(string library = "libopenblas.so.0")
    {
        nint handle = NativeLibrary.Load(library);
        _gemm = NativeLibrary.GetExport(handle, "cblas_sgemm");
        ((delegate* unmanaged<int, void>)NativeLibrary.GetExport(handle, "openblas_set_num_threads"))(1);
        string config = Text(NativeLibrary.GetExport(handle, "openblas_get_config"));
        string core = Text(NativeLibrary.GetExport(handle, "openblas_get_corename"));
        Description = $"{string.Join(' ', config.Split(' ').Take(2))}, kernels for {core}";
    }

    public override string Description { get; }

    public override IEnumerable<Contestant> Enter(PeerTask task) => task is MatrixTask matrix ? [new Product(_gemm, matrix)] : [];

    private static string Text(nint function) => Marshal.PtrToStringUTF8(((delegate* unmanaged<nint>)function)()) ?? "";

    private sealed class Product(nint gemm, MatrixTask task) : Contestant(PeerName)
    {
        private const int RowMajor = 101, NoTranspose = 111;

        private readonly AlignedBuffer<float> _a = NativeLibraries.Copy<float>(task.A);
        private readonly AlignedBuffer<float> _b = NativeLibraries.Copy<float>(task.B);
        private readonly AlignedBuffer<float> _c = new(task.Rows * task.Columns);

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public override void Run(int repeat)
        {
            var function = (delegate* unmanaged<int, int, int, int, int, int, float, float*, int, float*, int, float,
                float*, int, void>)gemm;
            (int m, int n, int k) = (task.Rows, task.Columns, task.Depth);
            for (int i = 0; i < repeat; i++)
            {
                function(RowMajor, NoTranspose, NoTranspose, m, n, k, 1, _a.Pointer(), k, _b.Pointer(), n, 0, _c.Pointer(), n);
            }
        }

        public override IReadOnlyList<PeerOutput> GetOutputs() => [new("y", _c.Span.ToArray())];
    }
}
