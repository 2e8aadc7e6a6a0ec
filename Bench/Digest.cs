using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Security.Cryptography;
using FastRecurrent.Bench.Rows;
using FastRecurrent.Cells;
using FastRecurrent.Kernels;

namespace FastRecurrent.Bench;

/// <summary>
/// The <c>digest</c> command: a hash of what every cell computes, forward and backward, for fixed inputs. The same on every machine and at
/// every vector width; a difference means that bits differ.
/// </summary>
public static class Digest
{
    private const int Steps = 6, Batch = 5, InputSize = 19;

    /// <summary>Prints a line a cell: precision, cell, SHA-256.</summary>
    public static int Run()
    {
        int bits = !Vector128.IsHardwareAccelerated ? 0 : Vector512.IsHardwareAccelerated ? 512 : Vector256.IsHardwareAccelerated ? 256 : 128;
        Console.Error.WriteLine($"vector width {bits}");
        foreach (int hiddenSize in new[] { 5, 16, 37 })
        {
            Print<float>(hiddenSize);
            Print<double>(hiddenSize);
        }

        return 0;
    }

    private static void Print<T>(int hiddenSize)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        foreach (RecurrentNetwork<T> network in Networks<T>(hiddenSize))
        {
            network.Initialise(1);
            Console.WriteLine($"{typeof(T).Name} {Hash(network)} {network}");
        }

        foreach (CellRun<T> run in CellRun<T>.All(nodes: 60, InputSize, hiddenSize))
        {
            run.Forward();
            run.Backward();
            Console.WriteLine($"{typeof(T).Name} {Hash(run.Results, run.Parameters)} {run.Name}, {run.Shape}");
        }
    }

    private static IEnumerable<RecurrentNetwork<T>> Networks<T>(int hiddenSize)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        foreach (Activation activation in Enum.GetValues<Activation>())
        {
            yield return new Srn<T>(new SrnOptions { InputSize = InputSize, HiddenSize = hiddenSize, Activation = activation });
        }

        foreach (SrnRecurrence recurrence in new[] { SrnRecurrence.Residual, SrnRecurrence.ResidualInput })
        {
            yield return new Srn<T>(new SrnOptions { InputSize = InputSize, HiddenSize = hiddenSize, Recurrence = recurrence });
        }

        yield return new Jordan<T>(new JordanOptions { InputSize = InputSize, HiddenSize = hiddenSize, OutputSize = 7 });
        yield return new PartLstm<T>(new LstmPart(4, hiddenSize), new LstmPart(InputSize - 4, 3));
        foreach (ForgetGate forget in Enum.GetValues<ForgetGate>())
        {
            foreach (Peephole peephole in Enum.GetValues<Peephole>())
            {
                yield return new Lstm<T>(new LstmOptions
                {
                    InputSize = InputSize,
                    HiddenSize = hiddenSize,
                    Layers = 2,
                    Bidirectional = true,
                    Forget = forget,
                    Peephole = peephole,
                    ProjectionSize = peephole == Peephole.None ? 0 : 3,
                });
            }
        }

        foreach (ResetGate reset in Enum.GetValues<ResetGate>())
        {
            foreach (UpdateGate update in Enum.GetValues<UpdateGate>())
            {
                yield return new Gru<T>(new GruOptions
                {
                    InputSize = InputSize,
                    HiddenSize = hiddenSize,
                    Bidirectional = true,
                    Reset = reset,
                    Update = update,
                });
            }
        }
    }

    private static string Hash<T>(RecurrentNetwork<T> network)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Tape<T> tape = network.CreateTape(Steps, Batch);
        T[] x = new T[Steps * Batch * InputSize], dx = new T[x.Length], y = new T[Steps * Batch * network.OutputSize];
        Random random = new(2);
        foreach (ref T value in x.AsSpan())
        {
            value = T.CreateTruncating(4 * random.NextDouble() - 2);
        }

        network.Run(
            new SequenceInput<T> { Steps = Steps, Batch = Batch, X = x, Lengths = [6, 1, 4, 0, 5] }, new SequenceOutput<T> { Y = y }, tape);
        network.Backward(new SequenceOutputGradient<T> { Y = y }, new SequenceInputGradient<T> { X = dx }, tape);
        return Hash([y, dx], network.Parameters);
    }

    private static string Hash<T>(T[][] results, ParameterSet<T> parameters)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (T[] result in results)
        {
            hash.AppendData(MemoryMarshal.AsBytes(result.AsSpan()));
        }

        foreach ((_, Parameter<T> parameter) in parameters)
        {
            hash.AppendData(MemoryMarshal.AsBytes(parameter.Gradient));
        }

        return Convert.ToHexString(hash.GetHashAndReset())[..16];
    }
}
