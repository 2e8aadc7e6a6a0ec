using System.Buffers.Binary;
using System.Text.Json;

namespace FastRecurrent.Models;

/// <summary>Reads and checks the header of a safetensors file. Whatever the bytes, the outcome is a header or
/// <see cref="InvalidDataException"/>.</summary>
internal sealed class SafeTensorsHeader
{
    /// <summary>Bytes in front of the header: its length.</summary>
    public const int PrefixLength = 8;

    /// <summary>The format's limit on the header.</summary>
    public const long MaxLength = 100_000_000;

    /// <summary>The entry of the header that is no tensor.</summary>
    public const string MetadataName = "__metadata__";

    /// <summary>More dimensions than any framework has; without a limit a header of a few megabytes could take gigabytes.</summary>
    private const int MaxRank = 64;

    private readonly Dictionary<string, string> _metadata = new(StringComparer.Ordinal);
    private readonly OrderedDictionary<string, TensorInfo> _tensors = new(StringComparer.Ordinal);
    private readonly long _dataOffset;

    private SafeTensorsHeader(long dataOffset) => _dataOffset = dataOffset;

    public IReadOnlyDictionary<string, string> Metadata => _metadata;

    /// <summary>In the order of the header.</summary>
    public IReadOnlyList<TensorInfo> Tensors => _tensors.Values;

    /// <summary>The tensor of a name, or null.</summary>
    public TensorInfo? Find(string name) => _tensors.GetValueOrDefault(name);

    /// <summary>The length of the header, checked against that of the file.</summary>
    /// <param name="start">The file's first bytes, <see cref="PrefixLength"/> or more; some more tell what it is if it is another.</param>
    /// <param name="fileLength">All its bytes.</param>
    public static int CheckLength(ReadOnlySpan<byte> start, long fileLength)
    {
        ulong headerLength = BinaryPrimitives.ReadUInt64LittleEndian(start);
        if (headerLength > MaxLength || (long)headerLength > fileLength - PrefixLength)
        {
            if (OtherFormats.Describe(start) is { } description)
            {
                throw new InvalidDataException($"This is no safetensors file; it looks like {description}.");
            }

            throw new InvalidDataException(
                $"Offset 0: the header claims {headerLength} bytes; the file has {fileLength - PrefixLength} left and the format allows "
                + $"{MaxLength}.");
        }

        if (headerLength < 2)
        {
            throw new InvalidDataException($"Offset 0: a header of {headerLength} bytes is too short to be one.");
        }

        return (int)headerLength;
    }

    /// <summary>Parses the header of a file that is <paramref name="fileLength"/> bytes long.</summary>
    public static SafeTensorsHeader Parse(ReadOnlySpan<byte> json, long fileLength)
    {
        if (json[0] != (byte)'{')
        {
            throw new InvalidDataException($"Offset {PrefixLength}: the header begins with byte 0x{json[0]:X2}, not with '{{'.");
        }

        SafeTensorsHeader header = new(PrefixLength + json.Length);
        Utf8JsonReader reader = new(json);
        try
        {
            header.ReadEntries(ref reader);
            if (reader.Read())
            {
                throw new InvalidDataException(
                    $"Offset {PrefixLength + reader.TokenStartIndex}: something follows the header's closing brace.");
            }
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or FormatException)
        {
            throw new InvalidDataException(
                $"Offset {PrefixLength + reader.TokenStartIndex}: the header is not valid JSON: "
                + $"{Quoting.Ends(exception.Message)}", exception);
        }

        header.CheckCoverage(fileLength - header._dataOffset);
        return header;
    }

    private void ReadEntries(ref Utf8JsonReader reader)
    {
        bool hasMetadata = false;
        reader.Read();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            string name = reader.GetString()!;
            if (name == MetadataName ? hasMetadata : _tensors.ContainsKey(name))
            {
                throw new InvalidDataException($"The name '{Quoting.Clip(name)}' appears twice in the header.");
            }

            reader.Read();
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                throw new InvalidDataException($"'{Quoting.Clip(name)}' is not described by an object.");
            }

            if (name == MetadataName)
            {
                hasMetadata = true;
                ReadMetadata(ref reader);
            }
            else
            {
                _tensors.Add(name, ReadTensor(ref reader, name));
            }
        }
    }

    private void ReadMetadata(ref Utf8JsonReader reader)
    {
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            string key = reader.GetString()!;
            reader.Read();
            if (reader.TokenType != JsonTokenType.String)
            {
                throw new InvalidDataException($"The metadata '{Quoting.Clip(key)}' is not a string.");
            }

            if (!_metadata.TryAdd(key, reader.GetString()!))
            {
                throw new InvalidDataException($"The metadata '{Quoting.Clip(key)}' appears twice.");
            }
        }
    }

    private TensorInfo ReadTensor(ref Utf8JsonReader reader, string name)
    {
        TensorType? type = null;
        long[]? shape = null, offsets = null;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            string field = reader.GetString()!;
            reader.Read();
            switch (field)
            {
                case "dtype" when type is null:
                    string? text = reader.TokenType == JsonTokenType.String ? reader.GetString() : null;
                    type = TensorTypes.TryParse(text, out TensorType parsed)
                        ? parsed
                        : throw new InvalidDataException(
                            $"Tensor '{Quoting.Clip(name)}' has the unknown dtype '{Quoting.Clip(text ?? "")}'.");
                    break;
                case "shape" when shape is null:
                    shape = ReadNumbers(ref reader, name, field, MaxRank);
                    break;
                case "data_offsets" when offsets is null:
                    offsets = ReadNumbers(ref reader, name, field, 2);
                    break;
                default:
                    throw new InvalidDataException(
                        $"Tensor '{Quoting.Clip(name)}' has the field '{Quoting.Clip(field)}', which is unknown or repeated.");
            }
        }

        if (type is null || shape is null || offsets is not [long begin, long end])
        {
            throw new InvalidDataException($"Tensor '{Quoting.Clip(name)}' needs dtype, shape and two data_offsets.");
        }

        long count = 1;
        try
        {
            foreach (long size in shape)
            {
                count = checked(count * size);
            }

            long bits = checked(count * TensorTypes.BitsOf(type.Value));
            if (begin > end || bits % 8 != 0 || bits / 8 != end - begin)
            {
                throw new InvalidDataException(
                    $"Tensor '{Quoting.Clip(name)}': {TensorTypes.NameOf(type.Value)} [{string.Join(", ", shape)}] takes "
                    + $"{(bits % 8 == 0 ? $"{bits / 8} bytes" : $"{bits} bits")}, its offsets {begin} … {end} span "
                    + $"{(decimal)end - begin}.");
            }
        }
        catch (OverflowException)
        {
            throw new InvalidDataException(
                $"Tensor '{Quoting.Clip(name)}': the shape [{string.Join(", ", shape)}] is too large for any file.");
        }

        return new TensorInfo(name, type.Value, shape, count, begin, end, _dataOffset);
    }

    private static long[] ReadNumbers(ref Utf8JsonReader reader, string name, string field, int most)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            throw new InvalidDataException($"Tensor '{Quoting.Clip(name)}': {field} is not an array.");
        }

        List<long> numbers = [];
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt64(out long number) || number < 0)
            {
                throw new InvalidDataException(
                    $"Tensor '{Quoting.Clip(name)}': {field} holds something other than whole numbers from 0 to {long.MaxValue}.");
            }

            if (numbers.Count == most)
            {
                throw new InvalidDataException($"Tensor '{Quoting.Clip(name)}': {field} holds more than {most} numbers.");
            }

            numbers.Add(number);
        }

        return [.. numbers];
    }

    /// <summary>The tensors must cover the data without holes and overlaps.</summary>
    private void CheckCoverage(long dataLength)
    {
        long position = 0;
        foreach (TensorInfo tensor in _tensors.Values.OrderBy(tensor => tensor.Begin).ThenBy(tensor => tensor.End))
        {
            if (tensor.End > dataLength)
            {
                throw new InvalidDataException(
                    $"Tensor '{Quoting.Clip(tensor.Name)}' ends at byte {tensor.End} of the data, which has {dataLength}.");
            }

            if (tensor.Begin != position)
            {
                throw new InvalidDataException(
                    $"Tensor '{Quoting.Clip(tensor.Name)}' begins at byte {tensor.Begin} of the data, but the one before ends at "
                    + $"{position}.");
            }

            position = tensor.End;
        }

        if (position != dataLength)
        {
            throw new InvalidDataException($"The tensors end at byte {position} of the data, which has {dataLength}.");
        }
    }
}
