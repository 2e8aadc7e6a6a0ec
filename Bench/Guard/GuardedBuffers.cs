using System.Collections;
using System.Reflection;
using FastRecurrent.Bench.Operations;
using FastRecurrent.Kernels;

namespace FastRecurrent.Bench.Guard;

/// <summary>
/// Moves all memory that an object leads to next to closed pages: packed weights, parameters and their gradients, tapes, and the operands
/// of an operation. Room is lent, and lent again after <see cref="Free"/>.
/// </summary>
internal sealed class GuardedBuffers
{
    private const BindingFlags Fields = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    private readonly Dictionary<(Type Element, int Capacity), (List<object> Arrays, int Used)> _rooms = [];
    private readonly HashSet<object> _seen = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<object, (Array Array, int Shift)> _moved = new(ReferenceEqualityComparer.Instance);

    /// <summary>Buffers that have been moved since the last <see cref="Free"/>.</summary>
    public int Moved => _moved.Count;

    /// <summary>Moves what an object leads to by its fields, of types of these libraries and of closures.</summary>
    public void Move(object root, bool atEnd)
    {
        Stack<object> left = new([root]);
        while (left.TryPop(out object? item))
        {
            if (!_seen.Add(item))
            {
                continue;
            }

            switch (item)
            {
                case AlignedBuffer<float> buffer: MoveBuffer(buffer, atEnd); continue;
                case AlignedBuffer<double> buffer: MoveBuffer(buffer, atEnd); continue;
                case AlignedBuffer<int> buffer: MoveBuffer(buffer, atEnd); continue;
                case AlignedBuffer<sbyte> buffer: MoveBuffer(buffer, atEnd); continue;
                case AlignedBuffer<ushort> buffer: MoveBuffer(buffer, atEnd); continue;
                case Operand<float> operand: MoveOperand(operand, atEnd); break;
                case Operand<double> operand: MoveOperand(operand, atEnd); break;
                case Operand<int> operand: MoveOperand(operand, atEnd); break;
                case WorkerPool: continue; // remembers other runs
                case Delegate call when call.Target is not null: left.Push(call.Target); continue;
                case IEnumerable items when item is Array or IList or IDictionary:
                    foreach (object? element in items)
                    {
                        Follow(element, left);
                    }

                    continue;
            }

            for (Type? type = item.GetType(); type is not null && IsOurs(type); type = type.BaseType)
            {
                foreach (FieldInfo field in type.GetFields(Fields))
                {
                    Follow(field.GetValue(item), left);
                }
            }
        }

        foreach (object item in _seen)
        {
            MoveParts(item);
        }
    }

    /// <summary>Lends all room anew.</summary>
    public void Free()
    {
        foreach (((Type, int) size, (List<object> arrays, _)) in _rooms)
        {
            _rooms[size] = (arrays, 0);
        }

        _seen.Clear();
        _moved.Clear();
    }

    private static void Follow(object? value, Stack<object> left)
    {
        if (value is not null && (IsOurs(value.GetType()) || value is Delegate or IList or IDictionary)
            && !(value is Array && value.GetType().GetElementType()!.IsPrimitive))
        {
            left.Push(value);
        }
    }

    private static bool IsOurs(Type type) => type.FullName!.StartsWith(nameof(FastRecurrent), StringComparison.Ordinal)
        || type.Name.StartsWith("KeyValuePair", StringComparison.Ordinal);

    private void MoveBuffer<T>(AlignedBuffer<T> buffer, bool atEnd)
        where T : unmanaged
    {
        GuardedArray<T> room = Lend<T>(buffer.Length);
        int start = room.Start(buffer.Length, atEnd);
        buffer.Span.CopyTo(room.Span(buffer.Length, atEnd));
        FieldInfo array = Field(buffer, "_array"), first = Field(buffer, "_start");
        _moved.Add(array.GetValue(buffer)!, (room.Array, start - (int)first.GetValue(buffer)!));
        array.SetValue(buffer, room.Array);
        first.SetValue(buffer, start);
    }

    /// <summary>Moves the parts of buffers that an object keeps, as a stream does, after the buffers.</summary>
    private void MoveParts(object item)
    {
        if (item is Array items)
        {
            for (int i = 0; i < items.Length && HasParts(items.GetType().GetElementType()!); i++)
            {
                object part = items.GetValue(i)!;
                MovePart(part);
                items.SetValue(part, i);
            }

            return;
        }

        foreach (FieldInfo field in item.GetType().GetFields(Fields).Where(field => HasParts(field.FieldType)))
        {
            object part = field.GetValue(item)!;
            MovePart(part);
            field.SetValue(item, part);
        }
    }

    /// <summary>Of a value in a box: itself if it is memory, else its fields.</summary>
    private void MovePart(object part)
    {
        if (IsPart(part.GetType()))
        {
            FieldInfo array = Field(part, "_array"), first = Field(part, "_start");
            if (array.GetValue(part) is { } old && _moved.TryGetValue(old, out (Array Array, int Shift) place))
            {
                array.SetValue(part, place.Array);
                first.SetValue(part, (int)first.GetValue(part)! + place.Shift);
            }
        }
        else
        {
            MoveParts(part);
        }
    }

    private static bool IsPart(Type type) => type.IsGenericType && type.GetGenericTypeDefinition() == typeof(AlignedMemory<>);

    private static bool HasParts(Type type) => IsPart(type)
        || (type.IsValueType && !type.IsPrimitive && !type.IsByRefLike && IsOurs(type)
            && type.GetFields(Fields).Any(field => HasParts(field.FieldType)));

    private void MoveOperand<T>(Operand<T> operand, bool atEnd)
        where T : unmanaged
    {
        GuardedArray<T> room = Lend<T>(operand.Length);
        operand.Span.CopyTo(room.Span(operand.Length, atEnd));
        operand.Place = (room.Array, room.Start(operand.Length, atEnd));
    }

    private GuardedArray<T> Lend<T>(int length)
        where T : unmanaged
    {
        (Type, int Capacity) size = (typeof(T), (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Math.Max(length, 1024)));
        (List<object> arrays, int used) = _rooms.GetValueOrDefault(size, ([], 0));
        if (used == arrays.Count)
        {
            arrays.Add(new GuardedArray<T>(size.Capacity));
        }

        _rooms[size] = (arrays, used + 1);
        return (GuardedArray<T>)arrays[used];
    }

    private static FieldInfo Field(object owner, string name) =>
        owner.GetType().GetField(name, Fields) ?? throw new MissingFieldException(name);
}
