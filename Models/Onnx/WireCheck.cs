using Google.Protobuf.Reflection;

namespace FastRecurrent.Models;

/// <summary>Checks the lengths in a protobuf message against what is there, before the parser sees it.</summary>
/// <remarks>
/// The parser adds a claimed length to its position without looking for overflow: seven bytes that claim almost 2³¹ more make it allocate
/// those, or read past its end. Only tags and lengths are looked at here, so that even a large model takes no time worth telling.
/// </remarks>
internal static class WireCheck
{
    /// <summary>The parser's own limit.</summary>
    private const int MaxDepth = 100;

    private const int Varint = 0, Fixed64 = 1, Delimited = 2, Fixed32 = 5;

    /// <summary>Throws unless all fields, and those of the messages within, end where their message does or before.</summary>
    /// <exception cref="InvalidDataException">They do not; the message tells the offset.</exception>
    public static void Check(ReadOnlySpan<byte> bytes, MessageDescriptor message) => Check(bytes, 0, bytes.Length, message, 0);

    private static void Check(ReadOnlySpan<byte> bytes, int position, int end, MessageDescriptor message, int depth)
    {
        if (depth > MaxDepth)
        {
            throw Invalid(position, $"messages lie more than {MaxDepth} deep in one another");
        }

        while (position < end)
        {
            int start = position;
            ulong tag = ReadVarint(bytes, ref position, end);
            switch (tag & 7)
            {
                case Varint:
                    ReadVarint(bytes, ref position, end);
                    break;
                case Fixed64:
                    Skip(ref position, 8, end, start);
                    break;
                case Fixed32:
                    Skip(ref position, 4, end, start);
                    break;
                case Delimited:
                    ulong length = ReadVarint(bytes, ref position, end);
                    int content = position;
                    Skip(ref position, length, end, start);
                    FieldDescriptor? field = tag >> 3 <= int.MaxValue ? message.FindFieldByNumber((int)(tag >> 3)) : null;
                    if (field?.FieldType == FieldType.Message)
                    {
                        Check(bytes, content, position, field.MessageType, depth + 1);
                    }

                    break;
                default:
                    throw Invalid(start, $"wire type {tag & 7} does not occur in models");
            }
        }
    }

    private static void Skip(ref int position, ulong length, int end, int start)
    {
        if (length > (ulong)(end - position))
        {
            throw Invalid(start, $"a field claims {length} bytes where its message has {end - position} left");
        }

        position += (int)length;
    }

    private static ulong ReadVarint(ReadOnlySpan<byte> bytes, ref int position, int end)
    {
        int start = position;
        ulong value = 0;
        for (int shift = 0; shift < 70; shift += 7)
        {
            if (position == end)
            {
                throw Invalid(start, "a number is cut");
            }

            byte next = bytes[position++];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }

        throw Invalid(start, "a number has more than ten bytes");
    }

    private static InvalidDataException Invalid(int position, string fault) =>
        new($"Offset {position}: {fault}; the file is no ONNX model, or it is cut.");
}
