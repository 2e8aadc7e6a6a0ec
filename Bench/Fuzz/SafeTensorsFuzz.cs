using System.Buffers.Binary;
using System.Text;
using FastRecurrent.Cells;
using FastRecurrent.Models;

namespace FastRecurrent.Bench.Fuzz;

/// <summary>Safetensors files: the length in front, the JSON header, the data.</summary>
internal static class SafeTensorsFuzz
{
    private const int PrefixLength = 8, InputSize = 3, HiddenSize = 2;

    public static FuzzTarget Create() => new("safetensors", [.. Seeds()], Mutate, Read, Memory: 1 << 14);

    private static IEnumerable<byte[]> Seeds()
    {
        yield return Bytes(new SafeTensorsWriter().Add(Network().Parameters));
        yield return Bytes(new SafeTensorsWriter().Add(Network().Parameters, type: TensorType.BF16));
        yield return Bytes(new SafeTensorsWriter());
        yield return File(
            """
            {"__metadata__":{"format":"pt","a":"\u00e9"},
            "w":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},
            "i":{"dtype":"I64","shape":[2],"data_offsets":[24,40]},
            "e":{"dtype":"F16","shape":[0,5],"data_offsets":[40,40]},
            "s":{"dtype":"F64","shape":[],"data_offsets":[40,48]},
            "b":{"dtype":"BOOL","shape":[3],"data_offsets":[48,51]}}
            """,
            new byte[51]);
    }

    private static byte[] Bytes(SafeTensorsWriter writer)
    {
        using MemoryStream stream = new();
        writer.Write(stream);
        return stream.ToArray();
    }

    private static byte[] Mutate(Random random, byte[] file, byte[] other)
    {
        if (random.Next(3) == 0 || file.Length < PrefixLength)
        {
            return ByteMutator.Mutate(random, file, other);
        }

        int end = PrefixLength + (int)Math.Min(BinaryPrimitives.ReadUInt64LittleEndian(file), (ulong)(file.Length - PrefixLength));
        byte[] changed = File(JsonMutator.Mutate(random, Encoding.UTF8.GetString(file.AsSpan(PrefixLength..end))), file.AsSpan(end));
        return random.Next(16) == 0 ? ByteMutator.Mutate(random, changed[..PrefixLength], other).Concat(changed[PrefixLength..])
            .ToArray() : changed;
    }

    private static byte[] File(string header, ReadOnlySpan<byte> data)
    {
        byte[] json = Encoding.UTF8.GetBytes(header), prefix = new byte[PrefixLength];
        BinaryPrimitives.WriteInt64LittleEndian(prefix, json.Length);
        return [.. prefix, .. json, .. data];
    }

    private static Action? Read(byte[] bytes)
    {
        SafeTensorsFile? file = null;
        return FuzzTarget.Allow<InvalidDataException>(() => file = SafeTensorsFile.Read(bytes)) ? () => Use(file!, bytes) : null;
    }

    /// <summary>Every tensor can be copied, as its type and its shape say;
    /// a file with the parameters of a network makes one that runs.</summary>
    private static void Use(SafeTensorsFile file, byte[] bytes)
    {
        _ = file.ToString();
        foreach (TensorInfo tensor in file.Tensors)
        {
            byte[] raw = new byte[tensor.ByteLength];
            file.CopyBytesTo(tensor.Name, raw);
            if (file[tensor.Name] != tensor || !raw.AsSpan().SequenceEqual(bytes.AsSpan((int)tensor.Offset, raw.Length)))
            {
                throw new InvalidOperationException($"{tensor} is not what the file holds.");
            }

            bool floats = FuzzTarget.Allow<InvalidDataException>(() => file.CopyTo<float>(tensor.Name, new float[tensor.ElementCount]));
            if (floats != FuzzTarget.Allow<InvalidDataException>(() => file.CopyTo<double>(tensor.Name, new double[tensor.ElementCount])))
            {
                throw new InvalidOperationException($"{tensor} can be copied to one type only.");
            }

            FuzzTarget.Allow<InvalidDataException>(() => file.CopyTo(tensor.Name, new int[tensor.ElementCount]));
        }

        Lstm<float> network = Network();
        FuzzTarget.Allow<InvalidDataException>(() => network.Parameters.Load(file));
        network.Pack();
        network.CreateStream().Step(new float[InputSize], new float[HiddenSize]);
    }

    private static Lstm<float> Network()
    {
        Lstm<float> network = new(new LstmOptions { InputSize = InputSize, HiddenSize = HiddenSize });
        network.Initialise(1);
        return network;
    }
}
