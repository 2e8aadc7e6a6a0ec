using System.Buffers.Binary;
using System.Diagnostics;
using System.Text;
using FastRecurrent.Cells;
using FastRecurrent.Models;

namespace FastRecurrent.Tests.Models;

/// <summary>safetensors files that are cut, lie or are made to harm: refused with a message, never anything else.</summary>
public class HostileSafeTensorsTests
{
    public static TheoryData<string, string, int> HostileHeaders() => new()
    {
        { "[]", "byte 0x5B", 0 },
        { "{\"a\":1}", "not described by an object", 0 },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}", "not valid JSON", 4 },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}} x", "not valid JSON", 4 },
        { "{\"a\":{\"dtype\":\"F33\",\"shape\":[1],\"data_offsets\":[0,4]}}", "unknown dtype 'F33'", 4 },
        { "{\"a\":{\"dtype\":7,\"shape\":[1],\"data_offsets\":[0,4]}}", "unknown dtype", 4 },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[1]}}", "needs dtype, shape and two data_offsets", 4 },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4,8]}}", "data_offsets holds more than 2 numbers", 4 },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0]}}", "needs dtype, shape and two data_offsets", 4 },
        { "{\"a\":{\"shape\":[1],\"data_offsets\":[0,4]}}", "needs dtype, shape and two data_offsets", 4 },
        { "{\"a\":{\"dtype\":\"F32\",\"data_offsets\":[0,4]}}", "needs dtype, shape and two data_offsets", 4 },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4],\"extra\":1}}", "field 'extra'", 4 },
        { "{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", "field 'dtype'", 4 },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[-1],\"data_offsets\":[0,4]}}", "whole numbers", 4 },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[1.5],\"data_offsets\":[0,4]}}", "whole numbers", 4 },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[4294967296,4294967296],\"data_offsets\":[0,4]}}", "too large", 4 },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4]}}", "takes 8 bytes, its offsets 0 … 4 span 4", 4 },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,0]}}", "offsets 4 … 0", 4 },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", "ends at byte 8 of the data, which has 4", 4 },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[2,6]}}",
            "'b' begins at byte 2 of the data, but the one before ends at 4", 8 },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}",
            "begins at byte 4 of the data, but the one before ends at 0", 8 },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", "end at byte 4 of the data, which has 6", 6 },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}",
            "'a' appears twice", 8 },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},"
            + "\"\\u0061\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}",
            "'a' appears twice", 8 },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}",
            "'b' begins at byte 0 of the data, but the one before ends at 4", 4 },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},\"b\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[4,4]}}",
            "'b' begins at byte 4", 8 },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[9223372036854775803,9223372036854775807]}}",
            "'a' ends at byte 9223372036854775807 of the data, which has 4", 4 },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[9223372036854775808],\"data_offsets\":[0,4]}}",
            "shape holds something other than whole numbers", 4 },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[1e0],\"data_offsets\":[0,4]}}", "shape holds something other than whole numbers", 4 },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[\"1\"],\"data_offsets\":[0,4]}}", "shape holds something other than whole numbers", 4 },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":1,\"data_offsets\":[0,4]}}", "shape is not an array", 4 },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[1" + string.Concat(Enumerable.Repeat(",1", 64))
            + "],\"data_offsets\":[0,4]}}", "shape holds more than 64 numbers", 4 },
        { "{\"a\":{\"dtype\":\"F4\",\"shape\":[3],\"data_offsets\":[0,1]}}", "F4 [3] takes 12 bits", 1 },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},}", "not valid JSON", 4 },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}/**/}", "not valid JSON", 4 },
        { "{\"\\ud800\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}}", "not valid JSON", 0 },
        { "{\"a\":f\u0001\u0085alse}", "not valid JSON: 'f\uFFFD\uFFFDalse}'", 0 },
        { "{\"a\":f" + new string('x', 5000) + "}", "LineNumber: 0", 0 },
        { "{}", "end at byte 0 of the data, which has 1", 1 },
        { "{\"__metadata__\":{},\"__metadata__\":{}}", "'__metadata__' appears twice", 0 },
        { "{\"__metadata__\":null}", "not described by an object", 0 },
        { "{\"__metadata__\":{\"a\":{\"a\":{}}}}", "'a' is not a string", 0 },
        { "{\"__metadata__\":{\"a\":1}}", "'a' is not a string", 0 },
        { "{\"__metadata__\":{\"a\":\"1\",\"a\":\"2\"}}", "'a' appears twice", 0 },
        { "{\"a\":" + new string('[', 2000) + "}", "not described by an object", 0 },
        { "{\"a\":{\"shape\":" + new string('[', 2000) + "}", "whole numbers", 0 },
    };

    [Theory]
    [MemberData(nameof(HostileHeaders))]
    public void Headers_that_lie_are_refused(string header, string message, int dataLength)
    {
        byte[] bytes = Assemble(header, new byte[dataLength]);
        InvalidDataException error = Assert.Throws<InvalidDataException>(() => SafeTensorsFile.Read(bytes));
        Assert.True(error.Message.Contains(message), error.Message);
        Assert.InRange(error.Message.Length, 20, 700);
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

    [Theory]
    [InlineData("PK\u0003\u0004\u0014\u0000\u0008\u0008", "zip archive")]
    [InlineData("\u0089HDF\r\n\u001A\n", "HDF5")]
    [InlineData("version https://git-lfs.github.com/spec/v1\noid sha256:", "git lfs pull")]
    [InlineData("<!DOCTYPE html>", "web page")]
    [InlineData("<html><head>", "web page")]
    public void Other_files_are_recognised(string start, string message)
    {
        byte[] bytes = [.. Encoding.Latin1.GetBytes(start), .. new byte[100]];
        string text = Assert.Throws<InvalidDataException>(() => SafeTensorsFile.Read(bytes)).Message;
        Assert.Contains("no safetensors file", text);
        Assert.Contains(message, text);
        Assert.Contains("header claims",
            Assert.Throws<InvalidDataException>(() => SafeTensorsFile.Read("version of mine"u8.ToArray())).Message);
    }

    [Fact]
    public void A_file_on_disk_is_named_when_it_cannot_be_read()
    {
        string path = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.safetensors");
        try
        {
            File.WriteAllText(path, "PK");
            Linear<float> layer = new(2, 1);
            Assert.StartsWith(path, Assert.Throws<InvalidDataException>(() => SafeTensorsFile.Open(path)).Message);
            Assert.StartsWith(path, Assert.Throws<InvalidDataException>(() => layer.Parameters.Load(path)).Message);
            new SafeTensorsWriter().Add<float>("weight", [1, 2], [1, 2]).Save(path);
            string message = Assert.Throws<InvalidDataException>(() => layer.Parameters.Load(path)).Message;
            Assert.StartsWith(path, message);
            Assert.Contains("no tensor 'bias'", message);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void Invalid_utf8_is_refused()
    {
        byte[] bytes = Assemble("{\"??\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}}", []);
        bytes[10] = 0xFF;
        bytes[11] = 0xFE;
        Assert.Contains("not valid JSON", Assert.Throws<InvalidDataException>(() => SafeTensorsFile.Read(bytes)).Message);
    }

    [Fact]
    public void A_claim_costs_no_memory()
    {
        byte[] longHeader = new byte[100];
        BinaryPrimitives.WriteUInt64LittleEndian(longHeader, 100_000_000);
        byte[] largeShape = Assemble("{\"a\":{\"dtype\":\"F32\",\"shape\":[1000000000000],\"data_offsets\":[0,4000000000000]}}", []);
        byte[] longName = Assemble("{\"" + new string('x', 1_000_000) + "\":7}", []);
        foreach ((byte[] bytes, long limit) in new[] { (longHeader, 32_000L), (largeShape, 32_000L), (longName, 10_000_000L) })
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            InvalidDataException error = Assert.Throws<InvalidDataException>(() => SafeTensorsFile.Read(bytes));
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, limit);
            Assert.InRange(error.Message.Length, 20, 400);
        }
    }

    /// <summary>Another process may shorten a file that is open: an error to catch, not the end of the process.</summary>
    [Fact]
    public void A_file_that_is_cut_while_open_is_refused()
    {
        if (OperatingSystem.IsWindows())
        {
            Console.WriteLine("Not run: here a file that is open for reading cannot be cut.");
            return;
        }

        string path = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.safetensors");
        try
        {
            new SafeTensorsWriter().Add<float>("a", [100_000], new float[100_000]).Save(path);
            byte[] start = File.ReadAllBytes(path)[..1000];
            using SafeTensorsFile file = SafeTensorsFile.Open(path);
            using (Process cut = Process.Start("dd", ["if=/dev/null", $"of={path}", "bs=1", $"seek={start.Length}", "status=none"]))
            {
                cut.WaitForExit();
            }

            Assert.Equal(start, File.ReadAllBytes(path));
            Assert.Contains("shorter", Assert.Throws<InvalidDataException>(() => file.CopyTo<float>("a", new float[100_000])).Message);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void Every_type_of_the_format_can_be_there()
    {
        (string Name, int Bits)[] types =
        [
            ("BOOL", 8), ("F4", 4), ("F6_E2M3", 6), ("F6_E3M2", 6), ("U8", 8), ("I8", 8), ("F8_E5M2", 8), ("F8_E4M3", 8), ("F8_E8M0", 8),
            ("F8_E4M3FNUZ", 8), ("F8_E5M2FNUZ", 8), ("I16", 16), ("U16", 16), ("F16", 16), ("BF16", 16), ("I32", 32), ("U32", 32),
            ("F32", 32),
            ("C64", 64), ("F64", 64), ("I64", 64), ("U64", 64),
        ];
        Assert.Equal(types.Length, Enum.GetValues<TensorType>().Length);
        foreach ((string name, int bits) in types)
        {
            byte[] data = [.. Enumerable.Range(1, bits).Select(i => (byte)i)]; // 8 elements
            SafeTensorsFile file =
            SafeTensorsFile.Read(Assemble($"{{\"q\":{{\"dtype\":\"{name}\",\"shape\":[2,4],\"data_offsets\":[0,{data.Length}]}}}}", data));
            byte[] raw = new byte[file["q"].ByteLength];
            file.CopyBytesTo("q", raw);
            Assert.Equal(data, raw);
            Assert.Throws<ArgumentException>("destination", () => file.CopyBytesTo("q", new byte[raw.Length + 1]));
            Assert.Throws<ArgumentException>("destination", () => file.CopyTo<float>("q", new float[7]));
            bool isFloat = name is "F64" or "F32" or "F16" or "BF16", isInteger = name is "I64" or "I32";
            Refused(isFloat, () => file.CopyTo<float>("q", new float[8]));
            Refused(isFloat, () => file.CopyTo<double>("q", new double[8]));
            Refused(isInteger, () => file.CopyTo("q", new long[8]));

            void Refused(bool allowed, Action copy)
            {
                Exception? error = Record.Exception(copy);
                Assert.True(allowed ? error is null : error is InvalidDataException && error.Message.Contains($"q {name} [2, 4]"),
                    $"{name}: {error}");
            }
        }
    }

    [Fact]
    public void Every_cut_of_a_file_is_refused()
    {
        byte[] whole = SafeTensorsTests.Bytes(new SafeTensorsWriter().Add<float>("a", [2, 2], [1, 2, 3, 4]).Add("n", [1], [7L]));
        string path = Path.GetTempFileName();
        try
        {
            for (int length = 0; length < whole.Length; length++)
            {
                Assert.Throws<InvalidDataException>(() => SafeTensorsFile.Read(whole.AsMemory(0, length)));
                Assert.Throws<InvalidDataException>(() => SafeTensorsFile.Read(new MemoryStream(whole, 0, length)));
                File.WriteAllBytes(path, whole[..length]);
                Assert.Throws<InvalidDataException>(() => SafeTensorsFile.Open(path));
            }
        }
        finally
        {
            File.Delete(path);
        }
    }

    /// <summary>A file of that header and data.</summary>
    internal static byte[] Assemble(string header, ReadOnlySpan<byte> data)
    {
        byte[] json = Encoding.UTF8.GetBytes(header), bytes = new byte[8 + json.Length + data.Length];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, (ulong)json.Length);
        json.CopyTo(bytes, 8);
        data.CopyTo(bytes.AsSpan(8 + json.Length));
        return bytes;
    }
}
