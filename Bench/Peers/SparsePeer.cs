using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FastRecurrent.Kernels;

namespace FastRecurrent.Bench.Peers;

/// <summary>A product of a sparse and a dense matrix in native code: Eigen's, or loops in C. The two have one interface.</summary>
internal sealed unsafe class SparsePeer : Peer
{
    public const string EigenName = "Eigen";
    public const string CName = "C loops";
    public const string HowToGet = "run Bench/Peers/install.sh, which compiles it (packages g++ and libeigen3-dev)";

    private readonly string _name;
    private readonly nint _multiply;

    /// <exception cref="DllNotFoundException">There is no such library.</exception>
    /// <exception cref="EntryPointNotFoundException">It is another.</exception>
    public SparsePeer(string name, string library)
    {
        _name = name;
        nint handle = NativeLibrary.Load(library);
        _multiply = NativeLibrary.GetExport(handle, "csr_multiply");
        int version = ((delegate* unmanaged<int>)NativeLibrary.GetExport(handle, "csr_version"))();
        string number = string.Create(CultureInfo.InvariantCulture, $"{version / 10000}.{version / 100 % 100}.{version % 100}");
        Description = name == CName ? $"{name}, compiled by GCC {number}" : $"{name} {number}";
    }

    public override string Description { get; }

    public override IEnumerable<Contestant> Enter(PeerTask task) =>
        task is SparseTask sparse ? [new Product(_name, _multiply, sparse)] : [];

    private sealed class Product(string name, nint multiply, SparseTask task) : Contestant(name)
    {
        private readonly AlignedBuffer<int> _offsets = NativeLibraries.Copy(task.Graph.Offsets);
        private readonly AlignedBuffer<int> _indices = NativeLibraries.Copy(task.Graph.Sources);
        private readonly AlignedBuffer<float> _values = NativeLibraries.Copy<float>(task.Values);
        private readonly AlignedBuffer<float> _x = NativeLibraries.Copy<float>(task.X);
        private readonly AlignedBuffer<float> _y = new(task.X.Length);

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public override void Run(int repeat) => ((delegate* unmanaged<int, int*, int*, float*, float*, int, float*, int, void>)multiply)(
            task.Nodes, _offsets.Pointer(), _indices.Pointer(), _values.Pointer(), _x.Pointer(), task.Features, _y.Pointer(), repeat);

        public override IReadOnlyList<PeerOutput> GetOutputs() => [new("y", _y.Span.ToArray())];
    }
}
