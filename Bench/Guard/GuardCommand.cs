using System.Numerics;
using System.Runtime.Intrinsics;
using System.Security.Cryptography;

namespace FastRecurrent.Bench.Guard;

/// <summary>
/// The <c>guard</c> command: runs every kernel, and the networks, with all operands next to pages that nobody may touch, at lengths 0 … 130
/// and odd strides, on either side, and prints a hash of what each computes. One that leaves its spans ends the process;
/// its name is the last one told.
/// </summary>
public static class GuardCommand
{
    private const int Longest = 130;

    /// <summary>Prints a line each: precision, SHA-256, name. On the error stream the vectors' width,
    /// and each name before it runs.</summary>
    /// <param name="probe">Reads past the end of a span in place of all that, to see that it would be noticed.</param>
    /// <returns>0, or 1 where the hashes of the two sides differ or the operating system is not Linux.</returns>
    public static int Run(bool probe)
    {
        if (!OperatingSystem.IsLinux())
        {
            Console.Error.WriteLine("Closing pages is written for Linux only: nothing was run.");
            return 1;
        }

        if (probe)
        {
            Span<float> span = new GuardedArray<float>(1).Span(7, atEnd: true);
            Console.WriteLine(Vector256.LoadUnsafe(ref span[0])[7]);
            return 0;
        }

        int width = !Vector128.IsHardwareAccelerated ? 0
            : Vector512.IsHardwareAccelerated ? 512
            : Vector256.IsHardwareAccelerated ? 256
            : 128;
        Console.Error.WriteLine($"vector width {width}");
        return Run<float>() && Run<double>() ? 0 : 1;
    }

    private static bool Run<T>()
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        GuardedOperands<T> operands = new();
        bool all = true;
        foreach (GuardCase<T> @case in GuardCase<T>.Kernels().Concat(NetworkCases.All<T>()))
        {
            Console.Error.WriteLine($"{typeof(T).Name} {@case.Name}");
            string atStart = Hash(operands, @case, atEnd: false), atEnd = Hash(operands, @case, atEnd: true);
            Console.WriteLine($"{typeof(T).Name} {atEnd} {@case.Name}");
            if (atStart != atEnd)
            {
                Console.Error.WriteLine($"{@case.Name} computes something else after a closed page than before one.");
                all = false;
            }
        }

        return all;
    }

    private static string Hash<T>(GuardedOperands<T> operands, GuardCase<T> @case, bool atEnd)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        operands.AtEnd = atEnd;
        for (int n = 0; n <= Longest; n++)
        {
            @case.Run(operands, n);
            operands.Finish(hash);
        }

        return Convert.ToHexString(hash.GetHashAndReset())[..16];
    }
}
