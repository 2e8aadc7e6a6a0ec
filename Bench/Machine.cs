using System.Globalization;
using System.Runtime;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace FastRecurrent.Bench;

/// <summary>What figures were measured on.</summary>
/// <param name="Processor">Its name as it gives it.</param>
/// <param name="Cores">Logical processors that this process may use.</param>
/// <param name="Caches">Of the first core, "L1d 48 KB, L2 1 MB, L3 32 MB"; empty where the system does not say.</param>
/// <param name="VectorBits">Bits of the widest vectors that are accelerated.</param>
/// <param name="Runtime">".NET 10.0.1".</param>
/// <param name="GarbageCollector">"workstation, not concurrent".</param>
/// <param name="OperatingSystem">The operating system.</param>
public sealed record Machine(string Processor, int Cores, string Caches, int VectorBits, string Runtime, string GarbageCollector,
    string OperatingSystem)
{
    /// <summary>Bits of the widest vectors that are accelerated here; 0 without any.</summary>
    public static int WidestVector =>
        Vector512.IsHardwareAccelerated ? 512
        : Vector256.IsHardwareAccelerated ? 256
        : Vector128.IsHardwareAccelerated ? 128
        : 0;

    /// <summary>This one.</summary>
    public static Machine Describe()
    {
        string processor = File.Exists("/proc/cpuinfo")
            ? File.ReadLines("/proc/cpuinfo")
                .FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':')[1].Trim() ?? ""
            : Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER") ?? RuntimeInformation.ProcessArchitecture.ToString();
        string collector = (GCSettings.IsServerGC ? "server, " : "workstation, ")
            + (GCSettings.LatencyMode == GCLatencyMode.Batch ? "not concurrent" : "concurrent");
        return new Machine(
            processor, Environment.ProcessorCount, DescribeCaches(), WidestVector, $".NET {Environment.Version}", collector,
            RuntimeInformation.OSDescription);
    }

    /// <summary>One line.</summary>
    public override string ToString() => $"{Processor}, {Cores} cores, {VectorBits}-bit vectors, {Runtime}, {OperatingSystem}";

    private static string DescribeCaches()
    {
        const string Folder = "/sys/devices/system/cpu/cpu0/cache";
        if (!Directory.Exists(Folder))
        {
            return "";
        }

        List<string> caches = [];
        foreach (string index in Directory.GetDirectories(Folder, "index*").Order(StringComparer.Ordinal))
        {
            string level = Read(index, "level"), type = Read(index, "type"), size = Read(index, "size");
            if (type != "Instruction" && size.EndsWith('K') && long.TryParse(size[..^1], CultureInfo.InvariantCulture, out long kilobytes))
            {
                caches.Add($"L{level}{(type == "Data" ? "d" : "")} {Units.Bytes(1024 * kilobytes)}");
            }
        }

        return string.Join(", ", caches);
    }

    private static string Read(string folder, string name)
    {
        string path = Path.Combine(folder, name);
        return File.Exists(path) ? File.ReadAllText(path).Trim() : "";
    }
}
