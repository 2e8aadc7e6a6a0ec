using System.Buffers.Binary;
using System.Text;
using FastRecurrent.Cells;
using FastRecurrent.Models;
using FastRecurrent.Tests.Support;
using FsCheck;
using FsCheck.Fluent;

namespace FastRecurrent.Tests.Models;

/// <summary>The safetensors reader and writer: round trips, conversions, and files that lie.</summary>
public class SafeTensorsTests
{
    private sealed record Content(string[] Names, int Rank, int Size, int Seed);

    private static readonly Gen<Content> _contents =
        from count in Gen.Choose(0, 5)
        from rank in Gen.Choose(0, 4)
        from size in Gen.Choose(0, 4)
        from seed in Gen.Choose(0, 1000)
        select new Content([.. Enumerable.Range(0, count).Select(i => $"tensor {i} \"ü\\\u4e16{seed}")], rank, size, seed);

    [Fact]
    public void What_is_written_is_read() => RandomCases.Hold(
        _contents,
        content => RandomCases.Smaller(content.Size, 0).Select(n => content with { Size = n }),
        content =>
        {
            long[] shape = [.. Enumerable.Repeat((long)content.Size, content.Rank)];
            long length = shape.Aggregate(1L, (product, size) => product * size);
            SafeTensorsWriter writer = new SafeTensorsWriter().SetMetadata("key", "välue");
            double[] doubles = Numbers.Random<double>(content.Seed, length);
            float[] floats = Numbers.Random<float>(content.Seed, length);
            long[] integers = [.. floats.Select(value => (long)(value * 1e9))];
            for (int i = 0; i < content.Names.Length; i++)
            {
                _ = (i % 3) switch
                {
                    0 => writer.Add<float>(content.Names[i], shape, floats),
                    1 => writer.Add<double>(content.Names[i], shape, doubles),
                    _ => writer.Add(content.Names[i], shape, integers),
                };
            }

            SafeTensorsFile file = SafeTensorsFile.Read(Bytes(writer));
            Assert.Equal("välue", file.Metadata["key"]);
            Assert.Equal(content.Names.Order(), file.Tensors.Select(tensor => tensor.Name).Order());
            for (int i = 0; i < content.Names.Length; i++)
            {
                Assert.Equal(shape, file[content.Names[i]].Shape.ToArray());
                if (i % 3 == 2)
                {
                    long[] read = new long[length];
                    file.CopyTo(content.Names[i], read);
                    Assert.Equal(integers, read);
                }
                else
                {
                    double[] read = new double[length];
                    file.CopyTo<double>(content.Names[i], read);
                    Assert.Equal(i % 3 == 0 ? floats.Select(value => (double)value) : doubles, read);
                }
            }
        });

    [Fact]
    public void Half_and_bfloat16_widen_exactly_and_round_back()
    {
        ushort[] bits = [.. Enumerable.Range(0, 65536).Select(i => (ushort)i)];
        float[] halves = [.. bits.Select(value => (float)BitConverter.UInt16BitsToHalf(value))];
        float[] brains = [.. bits.Select(value => BitConverter.UInt32BitsToSingle((uint)value << 16))];
        SafeTensorsFile file = SafeTensorsFile.Read(Bytes(new SafeTensorsWriter()
            .Add<float>("half", [65536], halves, TensorType.F16).Add<float>("brain", [65536], brains, TensorType.BF16)));
        float[] read = new float[65536];
        file.CopyTo<float>("half", read);
        Assert.All(halves.Zip(read), pair => Assert.True(pair.First.Equals(pair.Second)));
        file.CopyTo<float>("brain", read);
        Assert.All(brains.Zip(read), pair => Assert.True(pair.First.Equals(pair.Second)));

        float tie = BitConverter.UInt32BitsToSingle(0x3F808000), above = BitConverter.UInt32BitsToSingle(0x3F808001);
        file = SafeTensorsFile.Read(Bytes(new SafeTensorsWriter().Add<float>("r", [3], [tie, above, 3.4e38f], TensorType.BF16)));
        file.CopyTo("r", read.AsSpan(0, 3));
        Assert.Equal([1f, BitConverter.UInt32BitsToSingle(0x3F810000), BitConverter.UInt32BitsToSingle(0x7F800000)], read[..3]);
    }

    [Fact]
    public void Files_are_written_whole_or_not_at_all()
    {
        string folder = Directory.CreateTempSubdirectory().FullName, path = Path.Combine(folder, "model.safetensors");
        try
        {
            new SafeTensorsWriter().Add<float>("a", [2], [1, 2]).Save(path);
            byte[] old = File.ReadAllBytes(path);
            Lstm<float> lstm = new(new LstmOptions { InputSize = 3, HiddenSize = 2 });
            lstm.Initialise(1);
            lstm.Parameters.Save(path);
            Lstm<double> copy = new(new LstmOptions { InputSize = 3, HiddenSize = 2 });
            copy.Parameters.Load(path);
            Assert.Equal(lstm.Parameters["weight_hh_l0"].Value.ToArray().Select(value => (double)value), copy.Parameters["weight_hh_l0"].Value.ToArray());
            Assert.Equal([path], Directory.GetFiles(folder));

            string blocked = Path.Combine(folder, "blocked");
            Directory.CreateDirectory(blocked); // a folder of that name: the move fails
            Assert.ThrowsAny<Exception>(() => lstm.Parameters.Save(blocked));
            Assert.Equal([path], Directory.GetFiles(folder));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void Loading_checks_everything_before_it_changes_anything()
    {
        Gru<float> gru = new(new GruOptions { InputSize = 3, HiddenSize = 2 });
        gru.Initialise(1);
        float[] before = gru.Parameters["weight_ih_l0"].Value.ToArray();
        SafeTensorsWriter writer = new();
        writer.Add<float>("m.weight_ih_l0", [6, 3], new float[18]).Add<float>("m.weight_hh_l0", [6, 3], new float[18]);
        SafeTensorsFile file = SafeTensorsFile.Read(Bytes(writer));
        InvalidDataException error = Assert.Throws<InvalidDataException>(() => gru.Parameters.Load(file, "m."));
        Assert.Equal("Tensor m.weight_hh_l0 F32 [6, 3] in the file, but the network has weight_hh_l0 [6, 2].", error.Message);
        error = Assert.Throws<InvalidDataException>(() => gru.Parameters.Load(file));
        Assert.StartsWith("The file has no tensor 'weight_ih_l0'; it has m.weight_ih_l0", error.Message);
        Assert.Equal(before, gru.Parameters["weight_ih_l0"].Value.ToArray());
    }

    public static TheoryData<string, string, int> HostileHeaders() => new()
    {
        { "[]", "byte 0x5B", 0 },
        { "{\"a\":1}", "not described by an object", 0 },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}", "not valid JSON", 4 },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}} x", "not valid JSON", 4 },
        { "{\"a\":{\"dtype\":\"F33\",\"shape\":[1],\"data_offsets\":[0,4]}}", "unknown dtype 'F33'", 4 },
        { "{\"a\":{\"dtype\":7,\"shape\":[1],\"data_offsets\":[0,4]}}", "unknown dtype", 4 },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[1]}}", "needs dtype, shape and two data_offsets", 4 },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4,8]}}", "needs dtype, shape and two data_offsets", 4 },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4],\"extra\":1}}", "field 'extra'", 4 },
        { "{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", "field 'dtype'", 4 },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[-1],\"data_offsets\":[0,4]}}", "whole numbers", 4 },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[1.5],\"data_offsets\":[0,4]}}", "whole numbers", 4 },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[4294967296,4294967296],\"data_offsets\":[0,4]}}", "too large", 4 },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4]}}", "takes 8 bytes, its offsets 0 … 4 span 4", 4 },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,0]}}", "offsets 4 … 0", 4 },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", "ends at byte 8 of the data, which has 4", 4 },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[2,6]}}", "'b' begins at byte 2 of the data, but the one before ends at 4", 8 },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}", "begins at byte 4 of the data, but the one before ends at 0", 8 },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", "end at byte 4 of the data, which has 6", 6 },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}", "'a' appears twice", 8 },
        { "{\"__metadata__\":{\"a\":1}}", "'a' is not a string", 0 },
        { "{\"__metadata__\":{\"a\":\"1\",\"a\":\"2\"}}", "'a' appears twice", 0 },
        { "{\"a\":" + new string('[', 2000) + "}", "not described by an object", 0 },
        { "{\"a\":{\"shape\":" + new string('[', 2000) + "}", "whole numbers", 0 },
    };

    [Theory]
    [MemberData(nameof(HostileHeaders))]
    public void Headers_that_lie_are_refused(string header, string message, int dataLength)
    {
        byte[] json = Encoding.UTF8.GetBytes(header), bytes = new byte[8 + json.Length + dataLength];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, (ulong)json.Length);
        json.CopyTo(bytes, 8);
        InvalidDataException error = Assert.Throws<InvalidDataException>(() => SafeTensorsFile.Read(bytes));
        Assert.True(error.ToString().Contains(message), error.Message);
    }

    [Theory]
    [InlineData(ulong.MaxValue)]
    [InlineData(100_000_001UL)]
    [InlineData(1000UL)]
    [InlineData(1UL)]
    [InlineData(0UL)]
    public void Header_lengths_that_lie_are_refused(ulong length)
    {
        byte[] bytes = new byte[20];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, length);
        bytes[8] = (byte)'{';
        bytes[9] = (byte)'}';
        Assert.StartsWith("Offset 0", Assert.Throws<InvalidDataException>(() => SafeTensorsFile.Read(bytes)).Message);
    }

    [Fact]
    public void Invalid_utf8_is_refused()
    {
        byte[] json = [.. "{\""u8, 0xFF, 0xFE, .. "\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}}"u8], bytes = new byte[8 + json.Length];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, (ulong)json.Length);
        json.CopyTo(bytes, 8);
        Assert.Throws<InvalidDataException>(() => SafeTensorsFile.Read(bytes));
    }

    [Fact]
    public void Every_cut_of_a_file_is_refused()
    {
        byte[] whole = Bytes(new SafeTensorsWriter().Add<float>("a", [2, 2], [1, 2, 3, 4]).Add("n", [1], [7L]));
        string path = Path.GetTempFileName();
        try
        {
            for (int length = 0; length < whole.Length; length++)
            {
                Assert.Throws<InvalidDataException>(() => SafeTensorsFile.Read(whole.AsMemory(0, length)));
                File.WriteAllBytes(path, whole[..length]);
                Assert.Throws<InvalidDataException>(() => SafeTensorsFile.Open(path));
            }
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void Mutated_files_are_read_or_refused_and_nothing_else()
    {
        const int Seed = 20261121, Count = 20_000;
        byte[] whole = Bytes(new SafeTensorsWriter().SetMetadata("k", "v").Add<float>("a", [2, 2], [1, 2, 3, 4]).Add("n", [1], [7L]).Add<double>("d", [0, 3], []));
        Random random = new(Seed);
        int refused = 0;
        for (int i = 0; i < Count; i++)
        {
            byte[] mutated = [.. whole];
            for (int change = random.Next(1, 4); change > 0; change--)
            {
                mutated[random.Next(mutated.Length)] = random.Next(3) == 0 ? (byte)"{}[]\",:0123456789-eE"[random.Next(20)] : (byte)random.Next(256);
            }

            try
            {
                SafeTensorsFile file = SafeTensorsFile.Read(mutated);
                foreach (TensorInfo tensor in file.Tensors.Where(tensor => tensor.Type is TensorType.F32 or TensorType.F64))
                {
                    file.CopyTo(tensor.Name, new double[tensor.ElementCount].AsSpan());
                }
            }
            catch (InvalidDataException)
            {
                refused++;
            }
        }

        Assert.InRange(refused, Count / 2, Count - 1);
    }

    [Fact]
    public void Tensors_of_other_types_can_be_there_but_not_be_converted()
    {
        byte[] json = Encoding.UTF8.GetBytes("{\"q\":{\"dtype\":\"I8\",\"shape\":[3],\"data_offsets\":[0,3]}}"), bytes = new byte[8 + json.Length + 3];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, (ulong)json.Length);
        json.CopyTo(bytes, 8);
        SafeTensorsFile file = SafeTensorsFile.Read(bytes);
        Assert.Equal(TensorType.I8, file["q"].Type);
        Assert.Contains("q I8 [3]", Assert.Throws<InvalidDataException>(() => file.CopyTo<float>("q", new float[3])).Message);
        Assert.Throws<ArgumentException>(() => file.CopyTo<float>("q", new float[2]));
    }

    private static byte[] Bytes(SafeTensorsWriter writer)
    {
        using MemoryStream stream = new();
        writer.Write(stream);
        return stream.ToArray();
    }
}
