using FastRecurrent.Cells;
using FastRecurrent.Models;
using FastRecurrent.Tests.Support;
using FsCheck;
using FsCheck.Fluent;

namespace FastRecurrent.Tests.Models;

/// <summary>The safetensors reader and writer: round trips, conversions, files on disk.</summary>
public class SafeTensorsTests
{
    private sealed record Tensor(string Name, TensorType Type, int[] Shape, int Seed)
    {
        public int Length => Shape.Aggregate(1, (product, size) => product * size);
    }

    private static readonly Gen<string> _names =
        from parts in Gen.Elements("weight_ih_l0", ".", " ", "ü", "\u4e16", "\U0001F600", "\"", "\\", "/", "\n", "\0", "__metadata__", "é",
            "e\u0301", "").ListOf()
        select string.Concat(parts);

    private static readonly Gen<List<Tensor>> _contents =
        from tensors in (
            from name in _names
            from type in Gen.Elements(TensorType.F64, TensorType.F32, TensorType.F16, TensorType.BF16, TensorType.I64)
            from rank in Gen.Choose(0, 4)
            from shape in Gen.Choose(0, 4).ArrayOf(rank)
            from seed in Gen.Choose(0, 100_000)
            select new Tensor(name, type, shape, seed)).ListOf()
        select tensors.DistinctBy(tensor => tensor.Name).Where(tensor => tensor.Name != "__metadata__").ToList();

    /// <summary>Whatever the names, shapes and bits: infinities, NaN of any payload, denormals, tensors without elements.</summary>
    [Fact]
    public void What_is_written_is_read_bit_for_bit() => RandomCases.Hold(
        _contents,
        tensors => Enumerable.Range(0, tensors.Count).Select(i => tensors.Where((_, other) => other != i).ToList()),
        tensors =>
        {
            SafeTensorsWriter writer = new();
            foreach (Tensor tensor in tensors)
            {
                writer.SetMetadata(tensor.Name, tensor.Name + tensor.Seed);
                long[] shape = Array.ConvertAll(tensor.Shape, size => (long)size), bits = Bits(tensor);
                _ = tensor.Type switch
                {
                    TensorType.I64 => writer.Add(tensor.Name, shape, bits),
                    TensorType.F64 => writer.Add<double>(tensor.Name, shape, Array.ConvertAll(bits, BitConverter.Int64BitsToDouble)),
                    TensorType.F32 =>
                        writer.Add<float>(tensor.Name, shape, Array.ConvertAll(bits, value => BitConverter.Int32BitsToSingle((int)value))),
                    TensorType.F16 =>
                        writer.Add<Half>(tensor.Name, shape, Array.ConvertAll(bits, value => BitConverter.Int16BitsToHalf((short)value))),
                    _ => writer.Add<float>(tensor.Name, shape, Array.ConvertAll(bits, value => QuietBFloat16((ushort)value)),
                        TensorType.BF16),
                };
            }

            byte[] bytes = Bytes(writer);
            Assert.Equal(0, BitConverter.ToInt64(bytes) % 8);
            Assert.Equal(bytes, Bytes(writer));
            SafeTensorsFile file = SafeTensorsFile.Read(bytes);
            Assert.Equal(tensors.OrderByDescending(tensor => ByteSize(tensor.Type)).Select(tensor => tensor.Name),
                file.Tensors.Select(tensor => tensor.Name));
            Assert.Equal(tensors.Count, file.Metadata.Count);
            foreach (Tensor tensor in tensors)
            {
                TensorInfo info = file[tensor.Name];
                Assert.Equal(tensor.Name + tensor.Seed, file.Metadata[tensor.Name]);
                Assert.Equal(tensor.Type, info.Type);
                Assert.Equal(Array.ConvertAll(tensor.Shape, size => (long)size), info.Shape);
                Assert.Equal(0, info.Offset % ByteSize(tensor.Type));
                Assert.Equal(Stored(tensor), bytes[(int)info.Offset..(int)(info.Offset + info.ByteLength)]);
                byte[] raw = new byte[info.ByteLength];
                file.CopyBytesTo(tensor.Name, raw);
                Assert.Equal(Stored(tensor), raw);
                AssertReadsBack(file, tensor);
            }
        });

    /// <summary>Every half and every bfloat16, to float and to double, and back.</summary>
    [Fact]
    public void Half_and_bfloat16_widen_exactly_and_round_back()
    {
        ushort[] bits = [.. Enumerable.Range(0, 65536).Select(i => (ushort)i)];
        double[] halves = Array.ConvertAll(bits, ExactHalf),
            brains = Array.ConvertAll(bits, value => (double)BitConverter.UInt32BitsToSingle((uint)value << 16));
        foreach ((double[] exact, TensorType type) in new[] { (halves, TensorType.F16), (brains, TensorType.BF16) })
        {
            SafeTensorsFile file = SafeTensorsFile.Read(Bytes(new SafeTensorsWriter()
                .Add<float>("from float", [65536], Array.ConvertAll(exact, value => (float)value), type)
                .Add<double>("from double", [256, 256], exact, type)));
            foreach (string name in new[] { "from float", "from double" })
            {
                double[] doubles = new double[65536];
                float[] floats = new float[65536];
                ushort[] raw = new ushort[65536];
                file.CopyTo<double>(name, doubles);
                file.CopyTo<float>(name, floats);
                file.CopyBytesTo(name, System.Runtime.InteropServices.MemoryMarshal.AsBytes(raw.AsSpan()));
                for (int i = 0; i < 65536; i++)
                {
                    Assert.True(doubles[i].Equals(exact[i]) && ((double)floats[i]).Equals(exact[i]),
                        $"{type} 0x{i:X4}: {doubles[i]}, {floats[i]}, not {exact[i]}");
                    Assert.True(double.IsNaN(exact[i]) || raw[i] == i, $"{type} 0x{i:X4} came back as 0x{raw[i]:X4}");
                }
            }
        }
    }

    /// <summary>
    /// Between all neighbours: the tie goes to the even one, whatever lies beside it, by however little, to the nearer one. The smallest
    /// distance is lost where a double becomes a float first.
    /// </summary>
    [Theory]
    [InlineData(TensorType.F16, 0x7BFF)]
    [InlineData(TensorType.BF16, 0x7F7F)]
    public void Rounding_is_to_the_nearest_and_to_even(TensorType type, int largest)
    {
        List<double> values = [];
        List<int> expected = [];
        for (int low = 0; low <= largest; low++)
        {
            // Halfway is exact in double.
            double below = Exact(low), above = low < largest ? Exact(low + 1) : 2 * below - Exact(low - 1), tie = (below + above) / 2;
            foreach (
                (double value,
                int bits) in new[] { (Math.BitDecrement(tie), low), (tie, low + (low & 1)), (Math.BitIncrement(tie), low + 1) })
            {
                values.AddRange(value, -value);
                expected.AddRange(bits, bits | 0x8000);
            }
        }

        values.AddRange(double.MaxValue, double.PositiveInfinity, double.Epsilon, -double.Epsilon);
        expected.AddRange(largest + 1, largest + 1, 0, 0x8000);
        ushort[] raw = new ushort[values.Count];
        SafeTensorsFile.Read(Bytes(new SafeTensorsWriter().Add<double>("r", [values.Count], values.ToArray(), type)))
            .CopyBytesTo("r", System.Runtime.InteropServices.MemoryMarshal.AsBytes(raw.AsSpan()));
        for (int i = 0; i < raw.Length; i++)
        {
            Assert.True(raw[i] == expected[i], $"{values[i]:R}: 0x{raw[i]:X4}, not 0x{expected[i]:X4}");
        }

        double Exact(int bits) => type == TensorType.F16 ? ExactHalf((ushort)bits) : BitConverter.UInt32BitsToSingle((uint)bits << 16);
    }

    [Fact]
    public void Doubles_round_to_floats_and_floats_widen_to_doubles()
    {
        double[] values = [.. Numbers.Random<double>(7, 20_000), double.MaxValue, double.NegativeInfinity, double.Epsilon, -0.0];
        SafeTensorsFile file = SafeTensorsFile.Read(Bytes(new SafeTensorsWriter()
            .Add<double>("d", [values.Length], values).Add<double>("f", [values.Length], values, TensorType.F32)));
        float[] rounded = new float[values.Length];
        double[] widened = new double[values.Length];
        file.CopyTo<float>("d", rounded);
        Numbers.AssertSameBits<float>(Array.ConvertAll(values, value => (float)value), rounded, "rounded");
        file.CopyTo<double>("f", widened);
        Numbers.AssertSameBits<double>(Array.ConvertAll(rounded, value => (double)value), widened, "widened");
    }

    [Fact]
    public void Whole_numbers_are_checked_when_they_are_narrowed()
    {
        long[] values = [.. Enumerable.Range(-5000, 10_000), int.MinValue, int.MaxValue];
        SafeTensorsFile file =
            SafeTensorsFile.Read(
                Bytes(new SafeTensorsWriter().Add("n", [values.Length], values).Add("large", [2], [1L, int.MaxValue + 1L])));
        int[] narrow = new int[values.Length];
        file.CopyTo("n", narrow);
        Assert.Equal(values, Array.ConvertAll(narrow, value => (long)value));
        Assert.Equal("Tensor large I64 [2]: element 1 is 2147483648, which does not fit 32 bits.",
            Assert.Throws<InvalidDataException>(() => file.CopyTo("large", new int[2])).Message);

        file = SafeTensorsFile.Read(HostileSafeTensorsTests.Assemble("{\"i\":{\"dtype\":\"I32\",\"shape\":[3],\"data_offsets\":[0,12]}}",
            [1, 0, 0, 0, 255, 255, 255, 255, 0, 0, 0, 128]));
        long[] wide = new long[3];
        file.CopyTo("i", wide);
        Assert.Equal([1, -1, int.MinValue], wide);
        file.CopyTo("i", narrow.AsSpan(0, 3));
        Assert.Equal([1, -1, int.MinValue], narrow[..3]);
    }

    [Fact]
    public void What_cannot_be_stored_is_refused_when_it_is_added()
    {
        SafeTensorsWriter writer = new SafeTensorsWriter().Add<float>("a", [1], [1]);
        byte[] before = Bytes(writer);
        Assert.Throws<ArgumentNullException>("name", () => writer.Add<float>(null!, [0], []));
        Assert.Throws<ArgumentException>("name", () => writer.Add<float>("a", [0], []));
        Assert.Throws<ArgumentException>("name", () => writer.Add<float>("__metadata__", [0], []));
        Assert.Throws<ArgumentException>("name", () => writer.Add<float>("half \ud800", [0], []));
        Assert.Throws<ArgumentNullException>("value", () => writer.SetMetadata("k", null!));
        Assert.Throws<ArgumentException>("key", () => writer.SetMetadata("\udfff", "v"));
        Assert.Throws<ArgumentException>("values", () => writer.Add<float>("b", [2, 2], [1, 2, 3]));
        Assert.Throws<ArgumentOutOfRangeException>("shape", () => writer.Add<float>("b", [-1], []));
        Assert.Throws<ArgumentOutOfRangeException>("shape", () => writer.Add<float>("b", [long.MaxValue, 4], []));
        Assert.Throws<ArgumentException>("type", () => writer.Add<float>("b", [0], [], TensorType.I64));
        Assert.Equal(before, Bytes(writer));
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
            Assert.Equal(lstm.Parameters["weight_hh_l0"].Value.ToArray().Select(value => (double)value),
                copy.Parameters["weight_hh_l0"].Value.ToArray());
            Assert.Equal([path], Directory.GetFiles(folder));

            string longest = Path.Combine(folder, new string('a', 255)); // as much as most systems allow
            lstm.Parameters.Save(longest);
            copy.Parameters.Load(longest);
            File.Delete(longest);
            if (!OperatingSystem.IsWindows()) // where making links needs a privilege
            {
                // A link to a link, and one whose end is yet to be written: links stay, their end is written.
                string target = Path.Combine(folder, "in", "target"), link = Path.Combine(folder, "link");
                Directory.CreateDirectory(Path.Combine(folder, "in"));
                File.CreateSymbolicLink(Path.Combine(folder, "in", "link"), "target");
                File.CreateSymbolicLink(link, "in/link");
                foreach (string round in new[] { "new", "old" })
                {
                    lstm.Parameters.Save(link);
                    Assert.Equal("in/link", new FileInfo(link).LinkTarget);
                    Assert.True(new FileInfo(target) is { Exists: true, LinkTarget: null }, round);
                    copy.Parameters.Load(link);
                }

                Assert.Equal(2, Directory.GetFiles(Path.Combine(folder, "in")).Length);
                Directory.Delete(Path.Combine(folder, "in"), recursive: true);
                File.Delete(link);
            }

            string blocked = Path.Combine(folder, "blocked");
            Directory.CreateDirectory(blocked); // a folder of that name: the move fails
            Assert.ThrowsAny<Exception>(() => lstm.Parameters.Save(blocked));
            Assert.Equal([path], Directory.GetFiles(folder));

            byte[] saved = File.ReadAllBytes(path);
            Assert.NotEqual(old, saved);
            // Six characters each in the header.
            SafeTensorsWriter tooLong = new SafeTensorsWriter().SetMetadata("k", new string('\u0001', 17_000_000));
            Assert.Throws<InvalidOperationException>(() => tooLong.Save(path));
            Assert.Equal(saved, File.ReadAllBytes(path));
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

    /// <summary>Tensors that begin and end past 4 GB, in a file with holes on disk: little is stored.</summary>
    [Fact]
    public void Files_of_more_than_4_GB_are_read()
    {
        const long Gap = 4_500_000_000;
        string path = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.safetensors");
        try
        {
            byte[] start = HostileSafeTensorsTests.Assemble(
                $"{{\"gap\":{{\"dtype\":\"U8\",\"shape\":[{Gap}],\"data_offsets\":[0,{Gap}]}},"
                + $"\"a\":{{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[{Gap},{Gap + 8}]}}}}", []);
            using (FileStream stream = new(path, FileMode.CreateNew))
            {
                if (OperatingSystem.IsWindows())
                {
                    Console.WriteLine("Not run: this file system would store all 4.5 GB.");
                    return;
                }

                stream.Write(start);
                stream.Position = start.Length + Gap;
                stream.Write([0, 0, 128, 63, 0, 0, 0, 64]);
            }

            using SafeTensorsFile file = SafeTensorsFile.Open(path);
            float[] read = new float[2];
            file.CopyTo<float>("a", read);
            Assert.Equal([1f, 2f], read);
            Assert.Equal(start.Length + Gap, file["a"].Offset);
            Assert.Throws<ArgumentException>("destination", () => file.CopyBytesTo("gap", new byte[8]));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void A_closed_file_says_so()
    {
        string path = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.safetensors");
        try
        {
            new SafeTensorsWriter().Add<float>("a", [2], [1, 2]).Save(path);
            SafeTensorsFile file = SafeTensorsFile.Open(path);
            file.Dispose();
            file.Dispose();
            Assert.Equal("a", file.Tensors.Single().Name);
            Assert.Throws<ObjectDisposedException>(() => file.CopyTo<float>("a", new float[2]));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void A_missing_name_is_answered_with_the_nearest()
    {
        SafeTensorsWriter writer = new();
        for (int i = 0; i < 40; i++)
        {
            writer.Add<float>($"layer.{i}.bias", [0], []);
        }

        SafeTensorsFile file = SafeTensorsFile.Read(Bytes(writer.Add<float>("encoder.lstm.weight_ih_l0", [0], [])));
        Assert.False(file.Contains("weight_ih_l0"));
        string message = Assert.Throws<InvalidDataException>(() => file["weight_ih_l0"]).Message;
        Assert.StartsWith("The file has no tensor 'weight_ih_l0'; the nearest of its 41 are encoder.lstm.weight_ih_l0, ", message);
        message = Assert.Throws<InvalidDataException>(() => file["layer.7.bais"]).Message;
        Assert.StartsWith("The file has no tensor 'layer.7.bais'; the nearest of its 41 are layer.7.bias, ", message);
        Assert.Equal("The file has no tensor 'a'; it has none.",
            Assert.Throws<InvalidDataException>(() => SafeTensorsFile.Read(Bytes(new SafeTensorsWriter()))["a"]).Message);
    }

    internal static byte[] Bytes(SafeTensorsWriter writer)
    {
        using MemoryStream stream = new();
        writer.Write(stream);
        return stream.ToArray();
    }

    /// <summary>Random bits, of which a third have all exponent bits of every type set: infinities and NaN.</summary>
    private static long[] Bits(Tensor tensor)
    {
        Random random = new(tensor.Seed);
        return [.. Enumerable.Range(0, tensor.Length).Select(_ => random.Next(3) == 0
            ? (tensor.Type switch { TensorType.F64 => 0x7FF0L << 48, TensorType.F32 => 0x7F800000, TensorType.F16 => 0x7C00, _ =>
                0x7F80 }) | (random.Next(2) == 0 ? 0 : random.NextInt64())
            : random.NextInt64(long.MinValue, long.MaxValue))];
    }

    /// <summary>Rounding makes signalling NaN quiet, as all hardware does: that bit is the only one that may change.</summary>
    private static float QuietBFloat16(ushort bits)
    {
        float value = BitConverter.UInt32BitsToSingle((uint)bits << 16);
        return float.IsNaN(value) ? BitConverter.UInt32BitsToSingle((uint)(bits | 0x40) << 16) : value;
    }

    private static int ByteSize(TensorType type) => type switch { TensorType.F64 or TensorType.I64 => 8, TensorType.F32 => 4, _ => 2 };

    private static byte[] Stored(Tensor tensor) => [.. Bits(tensor).SelectMany(bits =>
        tensor.Type == TensorType.BF16
        ? BitConverter.GetBytes(BitConverter.SingleToUInt32Bits(QuietBFloat16((ushort)bits)))[2..]
        : BitConverter.GetBytes(bits)[..ByteSize(tensor.Type)])];

    private static void AssertReadsBack(SafeTensorsFile file, Tensor tensor)
    {
        long[] integers = new long[tensor.Length];
        double[] doubles = new double[tensor.Length];
        float[] floats = new float[tensor.Length];
        switch (tensor.Type)
        {
            case TensorType.I64:
                file.CopyTo(tensor.Name, integers);
                Assert.Equal(Bits(tensor), integers);
                break;
            case TensorType.F64:
                file.CopyTo<double>(tensor.Name, doubles);
                Assert.Equal(Bits(tensor), Array.ConvertAll(doubles, BitConverter.DoubleToInt64Bits));
                break;
            case TensorType.F32:
                file.CopyTo<float>(tensor.Name, floats);
                Assert.Equal(Array.ConvertAll(Bits(tensor), bits => (int)bits), Array.ConvertAll(floats, BitConverter.SingleToInt32Bits));
                break;
            case TensorType.BF16:
                file.CopyTo<float>(tensor.Name, floats);
                Assert.Equal(Array.ConvertAll(Bits(tensor), bits => BitConverter.SingleToInt32Bits(QuietBFloat16((ushort)bits))),
                    Array.ConvertAll(floats, BitConverter.SingleToInt32Bits));
                break;
        }
    }

    /// <summary>A half from its fields, independent of the conversions of <see cref="Half"/>.</summary>
    private static double ExactHalf(ushort bits)
    {
        int exponent = (bits >> 10) & 31, mantissa = bits & 1023;
        double magnitude = exponent switch
        {
            0 => Math.ScaleB(mantissa, -24),
            31 => mantissa == 0 ? double.PositiveInfinity : double.NaN,
            _ => Math.ScaleB(mantissa + 1024, exponent - 25),
        };
        return bits >= 0x8000 ? -magnitude : magnitude;
    }
}
