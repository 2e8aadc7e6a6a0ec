using System.ComponentModel;
using FastRecurrent.Bench.Results;

namespace FastRecurrent.Bench.Peers;

/// <summary>Where rivals are looked for.</summary>
internal sealed record PeerPlaces
{
    /// <summary>What <c>install.sh</c> made: ONNX Runtime, and the callers of oneDNN and Eigen.</summary>
    public string Folder { get; init; } = NativeLibraries.DefaultFolder;

    /// <summary>The library of OpenBLAS.</summary>
    public string OpenBlas { get; init; } = "libopenblas.so.0";

    /// <summary>Python programs, the first with PyTorch is taken: the one on the path may not be the one that packages belong to.</summary>
    public IReadOnlyList<string> Pythons { get; init; } = ["python3", "/usr/bin/python3"];
}

/// <summary>Finds the rivals, at run time: none has to be there.</summary>
internal static class PeerFinder
{
    /// <summary>Opens what there is.</summary>
    /// <param name="places">Where to look.</param>
    /// <param name="absent">Those that are not there, with the reason and how to get them.</param>
    /// <param name="only">The name of the only one wanted; null for all.</param>
    public static IReadOnlyList<Peer> Find(PeerPlaces places, out IReadOnlyList<AbsentPeer> absent, string? only = null)
    {
        NativeLibraries.SetVariables();
        List<Peer> peers = [];
        List<AbsentPeer> missing = [];
        Try(OnnxRuntimePeer.PeerName, OnnxRuntimeLibrary.HowToGet, () => new OnnxRuntimePeer(InFolder("libonnxruntime.so.1")));
        Try(OneDnnPeer.PeerName, OneDnnPeer.HowToGet, () => new OneDnnPeer(InFolder("libpeer_onednn.so")));
        Try(PyTorchPeer.PeerName, PyTorchPeer.HowToGet, () => FirstPython(places.Pythons));
        Try(OpenBlasPeer.PeerName, OpenBlasPeer.HowToGet, () => new OpenBlasPeer(places.OpenBlas));
        Try(SparsePeer.EigenName, SparsePeer.HowToGet, () => new SparsePeer(SparsePeer.EigenName, InFolder("libpeer_eigen.so")));
        Try(SparsePeer.CName, SparsePeer.HowToGet, () => new SparsePeer(SparsePeer.CName, InFolder("libpeer_c.so")));
        absent = missing;
        return peers;

        string InFolder(string file)
        {
            string path = Path.GetFullPath(Path.Combine(places.Folder, file));
            return File.Exists(path) ? path : throw new FileNotFoundException($"there is no {path}");
        }

        void Try(string name, string howToGet, Func<Peer> open)
        {
            if (only is not null && name != only)
            {
                return;
            }

            try
            {
                peers.Add(open());
            }
            catch (Exception exception) when (exception is DllNotFoundException or BadImageFormatException or EntryPointNotFoundException
                or IOException or InvalidOperationException or Win32Exception)
            {
                missing.Add(new AbsentPeer(name, $"{exception.Message.Split('\n')[0].TrimEnd('.', ' ')}; {howToGet}"));
            }
        }
    }

    private static PyTorchPeer FirstPython(IReadOnlyList<string> pythons)
    {
        List<string> reasons = [];
        foreach (string python in pythons)
        {
            try
            {
                return new PyTorchPeer(python);
            }
            catch (Exception exception) when (exception is Win32Exception or InvalidOperationException)
            {
                reasons.Add(exception.Message);
            }
        }

        throw new InvalidOperationException(string.Join("; ", reasons));
    }
}
