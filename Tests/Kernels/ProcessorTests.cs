using System.Runtime.Intrinsics.X86;
using FastRecurrent.Kernels;

namespace FastRecurrent.Tests.Kernels;

public class ProcessorTests
{
    [Fact]
    public void Caches_have_the_sizes_that_the_system_tells()
    {
        Assert.InRange(Processor.FirstCacheBytes, 8 * 1024, 1024 * 1024);
        Assert.InRange(Processor.SecondCacheBytes, 64 * 1024, 64 * 1024 * 1024);
        for (int i = 0; X86Base.IsSupported && Directory.Exists(Folder(i)); i++)
        {
            string size = Read(i, "size");
            if (Read(i, "type") != "Instruction" && Read(i, "level") is "1" or "2")
            {
                int bytes = Read(i, "level") == "1" ? Processor.FirstCacheBytes : Processor.SecondCacheBytes;
                Assert.Equal(size, $"{bytes / 1024}K");
            }
        }

        static string Folder(int cache) => $"/sys/devices/system/cpu/cpu0/cache/index{cache}";
        static string Read(int cache, string what) => File.ReadAllText(Path.Combine(Folder(cache), what)).Trim();
    }
}
