using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace FastRecurrent.Samples.SceneParsing;

/// <summary>Portable Network Graphics, as far as data sets of scenes use them: 8 bits a channel, grey or colour without transparency,
/// not interlaced.</summary>
internal static class Png
{
    private static readonly byte[] _signature = [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A];
    private static readonly uint[] _crc = [.. Enumerable.Range(0, 256).Select(CrcOf)];

    public static Picture Read(string path)
    {
        byte[] file = File.ReadAllBytes(path);
        if (!file.AsSpan().StartsWith(_signature))
        {
            throw new InvalidDataException($"{path} is no PNG file.");
        }

        byte[]? header = null;
        using MemoryStream packed = new();
        for (int at = _signature.Length; at + 12 <= file.Length;)
        {
            int length = BinaryPrimitives.ReadInt32BigEndian(file.AsSpan(at));
            if (length < 0 || length > file.Length - at - 12)
            {
                throw new InvalidDataException($"{path} ends within a chunk.");
            }

            string type = Encoding.ASCII.GetString(file, at + 4, 4);
            Span<byte> data = file.AsSpan(at + 8, length);
            if (type == "IHDR")
            {
                header = data.ToArray();
            }
            else if (type == "IDAT")
            {
                packed.Write(data);
            }

            at += length + 12;
        }

        // Depth, colour type, compression, filter, interlace.
        if (header is not [_, _, _, _, _, _, _, _, 8, 0 or 2, 0, 0, 0])
        {
            throw new InvalidDataException($"{path}: only 8 bits a channel, grey or RGB, not interlaced, are read.");
        }

        int width = BinaryPrimitives.ReadInt32BigEndian(header), height = BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(4)),
            channels = header[9] == 0 ? 1 : 3;
        packed.Position = 0;
        using ZLibStream stream = new(packed, CompressionMode.Decompress);
        return new Picture(width, height, channels, Unfilter(stream, width * channels, height, channels));
    }

    /// <summary>Writes the file, under a temporary name first.</summary>
    public static void Save(string path, Picture picture)
    {
        string temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        using (FileStream file = File.Create(temporary))
        {
            byte[] header = new byte[13];
            BinaryPrimitives.WriteInt32BigEndian(header, picture.Width);
            BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), picture.Height);
            header[8] = 8;
            header[9] = (byte)(picture.Channels == 1 ? 0 : 2);
            using MemoryStream packed = new();
            using (ZLibStream stream = new(packed, CompressionLevel.SmallestSize, leaveOpen: true))
            {
                foreach (byte[] row in picture.Values.Chunk(picture.Width * picture.Channels))
                {
                    stream.WriteByte(0);
                    stream.Write(row);
                }
            }

            file.Write(_signature);
            WriteChunk(file, "IHDR", header);
            WriteChunk(file, "IDAT", packed.ToArray());
            WriteChunk(file, "IEND", []);
        }

        File.Move(temporary, path, overwrite: true);
    }

    private static byte[] Unfilter(Stream stream, int rowLength, int height, int channels)
    {
        byte[] values = new byte[rowLength * height], above = new byte[rowLength];
        for (int y = 0; y < height; y++)
        {
            int filter = stream.ReadByte();
            Span<byte> row = values.AsSpan(y * rowLength, rowLength);
            stream.ReadExactly(row);
            for (int i = 0; i < rowLength; i++)
            {
                int left = i < channels ? 0 : row[i - channels], up = above[i], corner = i < channels ? 0 : above[i - channels];
                row[i] += (byte)(filter switch
                {
                    0 => 0,
                    1 => left,
                    2 => up,
                    3 => (left + up) / 2,
                    4 => Paeth(left, up, corner),
                    _ => throw new InvalidDataException($"There is no PNG filter {filter}."),
                });
            }

            row.CopyTo(above);
        }

        return values;
    }

    private static int Paeth(int left, int up, int corner)
    {
        int toLeft = Math.Abs(up - corner), toUp = Math.Abs(left - corner), toCorner = Math.Abs(left + up - 2 * corner);
        return toLeft <= toUp && toLeft <= toCorner ? left : toUp <= toCorner ? up : corner;
    }

    private static void WriteChunk(Stream file, string type, byte[] data)
    {
        byte[] body = [.. Encoding.ASCII.GetBytes(type), .. data];
        uint crc = ~body.Aggregate(uint.MaxValue, (sum, value) => _crc[(byte)(sum ^ value)] ^ (sum >> 8));
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
        file.Write(number);
        file.Write(body);
        BinaryPrimitives.WriteUInt32BigEndian(number, crc);
        file.Write(number);
    }

    private static uint CrcOf(int value)
    {
        uint crc = (uint)value;
        for (int bit = 0; bit < 8; bit++)
        {
            crc = (crc & 1) != 0 ? 0xEDB88320 ^ (crc >> 1) : crc >> 1;
        }

        return crc;
    }
}
