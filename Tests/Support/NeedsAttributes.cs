using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace FastRecurrent.Tests.Support;

/// <summary>A test that starts processes under mpirun; skipped where Open MPI is absent.</summary>
internal sealed class MpiTheoryAttribute : TheoryAttribute
{
    public MpiTheoryAttribute([CallerMemberName] string test = "")
    {
        Skip = !Programs.Exists("mpirun") ? "mpirun is not installed (Debian: openmpi-bin)"
            : !NativeLibrary.TryLoad("libmpi.so.40", out _) ? "libmpi.so.40, Open MPI's library, is not installed (Debian: libopenmpi3)"
            : null;
        DisplayName = Skip is null ? null : $"{test}: {Skip}"; // the runner prints names, not reasons
    }
}

/// <summary>A test that starts a Redis server of its own; skipped where there is none.</summary>
internal sealed class RedisFactAttribute : FactAttribute
{
    public RedisFactAttribute([CallerMemberName] string test = "")
    {
        Skip = Programs.Exists("redis-server") ? null : "redis-server is not installed (Debian: redis-server)";
        DisplayName = Skip is null ? null : $"{test}: {Skip}";
    }
}

/// <summary>A test on guard pages, which are closed by calls that only Linux has.</summary>
internal sealed class LinuxFactAttribute : FactAttribute
{
    public LinuxFactAttribute() => Skip = OperatingSystem.IsLinux() ? null : "Guard pages are written for Linux only.";
}
