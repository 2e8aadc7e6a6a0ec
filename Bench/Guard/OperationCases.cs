using System.Numerics;
using System.Security.Cryptography;
using FastRecurrent.Bench.Operations;
using FastRecurrent.Kernels;

namespace FastRecurrent.Bench.Guard;

/// <summary>Public operations, forward and backward, with all memory between closed pages: what a caller hands over, the packed weights,
/// parameters, gradients and tapes.</summary>
internal static class OperationCases
{
    // One unit, less and more than a block of them, blocks exactly, and one less with rows enough for threads to share.
    private static readonly Sizes[] _sizes =
        [new(1, 1, 1, 1, 1, 4), new(2, 17, 17, 33, 4, 6), new(4, 33, 9, 16, 2, 7), new(1, 66, 31, 15, 5, 8)];

    /// <summary>A hash of what it computes at several sizes.</summary>
    /// <exception cref="InvalidOperationException">It wrote to what it may only read.</exception>
    public static string Hash<T>(Operation<T> operation, GuardedBuffers buffers, WorkerPool? workers, bool atEnd)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (Sizes sizes in _sizes)
        {
            OperationRun<T> run = operation.Create(sizes with { Workers = workers });
            buffers.Move(run, atEnd);
            foreach (Operand operand in run.Operands)
            {
                operand.IsUsed = false;
            }

            run.Pack();
            run.Forward();
            run.Backward?.Invoke();
            foreach (Operand<T> operand in run.Numbers.Where(operand => operand.IsUsed))
            {
                Span<T> values = operand.Values.AsSpan(0, operand.Length);
                if (operand.Role is Role.Input or Role.Upstream && !operand.Span.SequenceEqual(values))
                {
                    throw new InvalidOperationException($"{operation}: {operand.Name} was written to.");
                }

                operand.Span.CopyTo(values);
            }

            Digest.Append(hash, run);
            buffers.Free();
        }

        return Convert.ToHexString(hash.GetHashAndReset())[..16];
    }
}
