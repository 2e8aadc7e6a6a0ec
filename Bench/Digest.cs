using System.Numerics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using FastRecurrent.Bench.Operations;
using FastRecurrent.Cells;

namespace FastRecurrent.Bench;

/// <summary>
/// The <c>digest</c> command: a hash of what every public operation computes, forward and backward, for fixed inputs of many sizes. The
/// same on every machine and at every vector width; a difference means that bits differ.
/// </summary>
public static class Digest
{
    /// <summary>Prints a line an operation: precision, SHA-256, name.</summary>
    public static int Run()
    {
        Console.Error.WriteLine($"vector width {Machine.WidestVector}");
        Print<float>();
        Print<double>();
        return 0;
    }

    private static void Print<T>()
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        foreach (Operation<T> operation in Operation<T>.All)
        {
            using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            foreach (Sizes sizes in Sizes.Edges)
            {
                OperationRun<T> run = operation.Create(sizes);
                run.Pack();
                run.Forward();
                run.Backward?.Invoke();
                Append(hash, run);
            }

            Console.WriteLine($"{typeof(T).Name} {Convert.ToHexString(hash.GetHashAndReset())[..16]} {operation.Name}");
        }
    }

    /// <summary>Adds what a run has computed, and its operands.</summary>
    internal static void Append<T>(IncrementalHash hash, OperationRun<T> run)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        foreach (Operand operand in run.Operands.Where(operand => operand.Role != Role.Workspace))
        {
            hash.AppendData(operand.Bytes);
        }

        foreach ((_, Parameter<T> parameter) in run.Parameters ?? Enumerable.Empty<KeyValuePair<string, Parameter<T>>>())
        {
            hash.AppendData(MemoryMarshal.AsBytes(parameter.Gradient));
        }
    }
}
