using FastRecurrent.Kernels;

namespace FastRecurrent.Tests.Kernels;

public class ProcessorTests
{
    private const string FirstDataCache = "/sys/devices/system/cpu/cpu0/cache/index0/size";

    [Fact]
    public void The_first_cache_has_the_size_that_the_system_tells()
    {
        Assert.InRange(Processor.FirstCacheBytes, 8 * 1024, 1024 * 1024);
        if (File.Exists(FirstDataCache) && System.Runtime.Intrinsics.X86.X86Base.IsSupported)
        {
            Assert.Equal(File.ReadAllText(FirstDataCache).Trim(), $"{Processor.FirstCacheBytes / 1024}K");
        }
    }
}
