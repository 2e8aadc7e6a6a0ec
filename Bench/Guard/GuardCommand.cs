using System.Numerics;
using System.Runtime.Intrinsics;
using System.Security.Cryptography;
using FastRecurrent.Bench.Operations;
using FastRecurrent.Kernels;

namespace FastRecurrent.Bench.Guard;

/// <summary>
/// The <c>guard</c> command: runs every kernel with all operands next to pages that nobody may touch, at lengths 0 … 130 and odd strides,
/// on either side, and prints a hash of what each computes; and so every public operation, with its weights and tapes, on one thread and on
/// two. One that leaves its spans ends the process; its name is the last one told.
/// </summary>
public static class GuardCommand
{
    private const int Longest = 130;

    /// <summary>Prints a line each: precision, SHA-256, name. On the error stream the vectors' width,
    /// and each name before it runs.</summary>
    /// <param name="probe">Reads past the end of a span in place of all that, to see that it would be noticed.</param>
    /// <returns>0, or 1 where the hashes of the two sides or of the threads differ or the operating system is not Linux.</returns>
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

        Console.Error.WriteLine($"vector width {Machine.WidestVector}");
        using WorkerPool workers = new(2);
        return Run<float>(workers) && Run<double>(workers) ? 0 : 1;
    }

    private static bool Run<T>(WorkerPool workers)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        GuardedOperands<T> operands = new();
        bool all = true;
        foreach (GuardCase<T> @case in GuardCase<T>.Kernels())
        {
            Tell<T>(@case.Name);
            all &= AreSame<T>(@case.Name, Hash(operands, @case, atEnd: false), Hash(operands, @case, atEnd: true));
        }

        GuardedBuffers buffers = new();
        foreach (Operation<T> operation in Operation<T>.All)
        {
            Tell<T>(operation.Name);
            all &= AreSame<T>(
                operation.Name, OperationCases.Hash(operation, buffers, null, atEnd: false),
                OperationCases.Hash(operation, buffers, null, atEnd: true), OperationCases.Hash(operation, buffers, workers, atEnd: true));
        }

        return all;
    }

    private static void Tell<T>(string name) => Console.Error.WriteLine($"{typeof(T).Name} {name}");

    private static bool AreSame<T>(string name, params string[] hashes)
    {
        Console.WriteLine($"{typeof(T).Name} {hashes[0]} {name}");
        if (hashes.Distinct().Count() == 1)
        {
            return true;
        }

        Console.Error.WriteLine($"{name} computes something else after a closed page than before one, or on two threads.");
        return false;
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
