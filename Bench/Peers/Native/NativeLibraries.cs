using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using FastRecurrent.Kernels;

namespace FastRecurrent.Bench.Peers;

/// <summary>What all native rivals need: where they lie,
/// and an environment that gives them one thread and the right instructions.</summary>
internal static unsafe class NativeLibraries
{
    /// <summary>Of the variable that names the folder with what <c>install.sh</c> made.</summary>
    public const string FolderVariable = "FASTRECURRENT_PEERS";

    /// <summary>
    /// Read by OpenMP and OpenBLAS when they are loaded. An OpenBLAS that does not know the processor yet takes the kernels of an old one;
    /// chosen by the widest instruction set they are its best.
    /// </summary>
    public static IReadOnlyList<(string Name, string Value)> Variables { get; } =
    [
        ("OMP_NUM_THREADS", "1"),
        ("OPENBLAS_NUM_THREADS", "1"),
        .. RuntimeInformation.ProcessArchitecture == Architecture.X64 && Vector256.IsHardwareAccelerated
            ? new[] { ("OPENBLAS_CORETYPE", Vector512.IsHardwareAccelerated ? "SkylakeX" : "Haswell") }
            : [],
    ];

    /// <summary>What the environment may say about rivals: a choice of kernels or of cache sizes left there would handicap them.</summary>
    public static IEnumerable<string> Handicaps { get; } =
        [.. Environment.GetEnvironmentVariables().Keys.Cast<string>()
            .Where(name => name.StartsWith("OPENBLAS_", StringComparison.Ordinal) || name.StartsWith("DNNL_", StringComparison.Ordinal))];

    /// <summary>Where <c>install.sh</c> puts what it makes.</summary>
    public static string DefaultFolder =>
        Environment.GetEnvironmentVariable(FolderVariable) is { Length: > 0 } folder
            ? folder
            : Path.Combine(
                Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } cache
                    ? cache
                    : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache"),
                "fastrecurrent-peers");

    /// <summary>Sets <see cref="Variables"/> and takes <see cref="Handicaps"/> away where native code of this process sees them, which
    /// Environment.SetEnvironmentVariable does not on Unix.</summary>
    public static void SetVariables()
    {
        if (NativeLibrary.TryLoad("libc.so.6", out nint libc) && NativeLibrary.TryGetExport(libc, "setenv", out nint setenv))
        {
            nint unsetenv = NativeLibrary.GetExport(libc, "unsetenv");
            foreach (string name in Handicaps)
            {
                using Utf8 nativeName = new(name);
                ((delegate* unmanaged<nint, int>)unsetenv)(nativeName);
            }

            foreach ((string name, string value) in Variables)
            {
                using Utf8 nativeName = new(name), nativeValue = new(value);
                ((delegate* unmanaged<nint, nint, int, int>)setenv)(nativeName, nativeValue, 1);
            }
        }
    }

    /// <summary>Memory that neither moves nor splits a cache line, with a copy of some numbers.</summary>
    public static AlignedBuffer<T> Copy<T>(ReadOnlySpan<T> values)
        where T : unmanaged
    {
        AlignedBuffer<T> buffer = new(values.Length);
        values.CopyTo(buffer.Span);
        return buffer;
    }

    /// <summary>Where it lies; valid while the buffer is alive.</summary>
    public static T* Pointer<T>(this AlignedBuffer<T> buffer)
        where T : unmanaged => (T*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(buffer.Span));
}
