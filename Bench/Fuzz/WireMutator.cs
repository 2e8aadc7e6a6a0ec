using Google.Protobuf;

namespace FastRecurrent.Bench.Fuzz;

/// <summary>Changes to protobuf messages field by field, with the lengths around them put right,
/// so that they reach what lies behind the parser.</summary>
internal static class WireMutator
{
    private static readonly int[] _depths = [2, 20, 40, 99, 101, 300];

    /// <summary>A field: a number, or bytes that may be a message.</summary>
    private sealed class Field
    {
        public required uint Tag { get; set; }

        public ulong Number { get; set; }

        public byte[]? Bytes { get; set; }

        public List<Field>? Message { get; set; }

        public Field Copy() => new() { Tag = Tag, Number = Number, Bytes = Bytes, Message = Message?.ConvertAll(field => field.Copy()) };
    }

    /// <summary>One random change.</summary>
    public static byte[] Mutate(Random random, byte[] file, byte[] other)
    {
        if (Parse(file) is not { } message)
        {
            return ByteMutator.Mutate(random, file, other);
        }

        List<(List<Field> Owner, int Place)> places = [.. Places(message)];
        (List<Field> owner, int at) = places[random.Next(places.Count)];
        Field field = owner[at], another = places[random.Next(places.Count)] is (var list, var place) ? list[place] : field;
        switch (random.Next(9))
        {
            case 0: owner.RemoveAt(at); break;
            case 1: owner.Insert(random.Next(owner.Count + 1), field.Copy()); break;
            case 2: owner.Insert(at, another.Copy()); break;
            case 3: field.Tag = field.Tag & 7 | (uint)random.Next(1, 22) << 3; break;
            case 4: field.Tag = field.Tag & ~7u | (uint)random.Next(8); break;
            case 5: (field.Bytes, field.Message, field.Number) = (another.Bytes, another.Copy().Message, another.Number); break;
            case 6: Nest(random, field); break;
            default: ChangeValue(random, field, another); break;
        }

        return Serialise(message);
    }

    private static void ChangeValue(Random random, Field field, Field another)
    {
        if (field.Bytes is null && field.Message is null)
        {
            field.Number = (ulong)ByteMutator.Edge(random);
            return;
        }

        byte[] bytes = field.Bytes ?? Serialise(field.Message!);
        field.Message = null;
        field.Bytes = random.Next(4) == 0
            ? new OnnxBytes().Packed(1, Enumerable.Range(0, random.Next(1, 5)).Select(_ => ByteMutator.Edge(random))).ToArray()[2..]
            : ByteMutator.Mutate(random, bytes, another.Bytes ?? bytes);
    }

    /// <summary>The field within itself, again and again: where a message may hold its own kind, a deep one.</summary>
    private static void Nest(Random random, Field field)
    {
        if (field.Message is null)
        {
            return;
        }

        Field outer = field.Copy();
        for (int depth = _depths[random.Next(_depths.Length)]; depth > 0; depth--)
        {
            outer = new Field { Tag = field.Tag, Message = [outer] };
        }

        field.Message = outer.Message;
    }

    private static IEnumerable<(List<Field> Owner, int Place)> Places(List<Field> message)
    {
        for (int i = 0; i < message.Count; i++)
        {
            yield return (message, i);
            foreach ((List<Field>, int) inner in message[i].Message is { } fields ? Places(fields) : [])
            {
                yield return inner;
            }
        }
    }

    /// <summary>The fields, or null if this is no message. What might be text or a message is taken for a message.</summary>
    private static List<Field>? Parse(byte[] bytes, int depth = 0)
    {
        List<Field> fields = [];
        CodedInputStream input = new(bytes);
        try
        {
            for (uint tag = input.ReadTag(); tag != 0; tag = input.ReadTag())
            {
                Field field = new() { Tag = tag };
                switch (tag & 7)
                {
                    case 0: field.Number = input.ReadUInt64(); break;
                    case 1: field.Number = input.ReadFixed64(); break;
                    case 5: field.Number = input.ReadFixed32(); break;
                    case 2 when tag >> 3 < 64:
                        field.Bytes = input.ReadBytes().ToByteArray();
                        field.Message = depth < 50 ? Parse(field.Bytes, depth + 1) : null;
                        break;
                    default: return null;
                }

                fields.Add(field);
            }
        }
        catch (InvalidProtocolBufferException)
        {
            return null;
        }

        return fields.Count > 0 ? fields : null;
    }

    private static byte[] Serialise(List<Field> message)
    {
        using MemoryStream stream = new();
        CodedOutputStream output = new(stream);
        foreach (Field field in message)
        {
            output.WriteTag(field.Tag);
            switch (field.Tag & 7)
            {
                case 1: output.WriteFixed64(field.Number); break;
                case 5: output.WriteFixed32((uint)field.Number); break;
                case 2: output.WriteBytes(ByteString.CopyFrom(field.Message is { } inner ? Serialise(inner) : field.Bytes ?? [])); break;
                default: output.WriteUInt64(field.Number); break;
            }
        }

        output.Flush();
        return stream.ToArray();
    }
}
