using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace FastRecurrent.Kernels;

/// <summary>
/// Argument checks with the message a caller needs: the parameter, what was expected, what came. Cheap enough for a step.
/// </summary>
public static class Require
{
    /// <summary>Throws unless a span has exactly <paramref name="expected"/> elements.</summary>
    /// <exception cref="ArgumentException">It has not.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Length(int actual, long expected, [CallerArgumentExpression(nameof(actual))] string name = "", string? shape = null)
    {
        if (actual != expected)
        {
            ThrowLength(actual, expected, name, shape);
        }
    }

    /// <summary>Throws unless a span that may be left out is empty or has exactly <paramref name="expected"/> elements.</summary>
    /// <exception cref="ArgumentException">It has another number.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void LengthOrEmpty(int actual, long expected, [CallerArgumentExpression(nameof(actual))] string name = "",
        string? shape = null)
    {
        if (actual != 0)
        {
            Length(actual, expected, name, shape);
        }
    }

    /// <summary>Throws unless a span has at least <paramref name="expected"/> elements.</summary>
    /// <exception cref="ArgumentException">It has not.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void AtLeast(int actual, long expected, [CallerArgumentExpression(nameof(actual))] string name = "", string? shape = null)
    {
        if (actual < expected)
        {
            ThrowAtLeast(actual, expected, name, shape);
        }
    }

    /// <summary>Throws unless a span that may be left out is empty or has at least <paramref name="expected"/> elements.</summary>
    /// <exception cref="ArgumentException">It has fewer, but some.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void AtLeastOrEmpty(int actual, long expected, [CallerArgumentExpression(nameof(actual))] string name = "",
        string? shape = null)
    {
        if (actual != 0)
        {
            AtLeast(actual, expected, name, shape);
        }
    }

    /// <summary>Throws unless a span's length is a whole multiple of <paramref name="factor"/>, and returns how often it holds it;
    /// <paramref name="what"/> is counted.</summary>
    /// <exception cref="ArgumentException">It is not.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int MultipleOf(int actual, int factor, [CallerArgumentExpression(nameof(actual))] string name = "",
        string what = "elements")
    {
        int rows = factor == 0 ? 0 : actual / factor;
        if ((long)rows * factor != actual)
        {
            ThrowMultiple(actual, factor, name, what);
        }

        return rows;
    }

    /// <summary>Throws unless an array can have as many elements as sizes, each ≥ 0, multiply to, and returns how many they are. A few
    /// elements fewer than <see cref="Array.MaxLength"/>, so that what adds some for its own ends finds room.</summary>
    /// <exception cref="ArgumentOutOfRangeException">No array can.</exception>
    internal static int Product(string name, params ReadOnlySpan<int> sizes)
    {
        const int Room = 64;
        long product = 1;
        foreach (int size in sizes)
        {
            product = Math.Min(product, Array.MaxLength) * size; // what is too much stays so, but for a factor of zero
        }

        return product <= Array.MaxLength - Room
            ? (int)product
            : throw new ArgumentOutOfRangeException(name,
                $"{name} makes for {string.Join("·", sizes.ToArray())} elements, which are more than an array has.");
    }

    /// <summary>Throws unless the memory of a run was made by what is to use it.</summary>
    /// <param name="maker">What made it.</param>
    /// <param name="user">What is to use it.</param>
    /// <param name="kind">What the user is: "network".</param>
    /// <param name="memory">What the memory is called.</param>
    /// <exception cref="ArgumentException">Another made it.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void MadeBy(object? maker, object user, string kind, string memory = "tape")
    {
        if (!ReferenceEquals(maker, user))
        {
            ThrowMadeBy(kind, memory);
        }
    }

    /// <summary>Throws unless weights have been packed: zeros would be computed without a word.</summary>
    /// <exception cref="InvalidOperationException">They have not.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Packed(bool isPacked)
    {
        if (!isPacked)
        {
            ThrowUnpacked();
        }
    }

    /// <summary>Throws if memory that is written is also memory of what is read, or written, beside it.</summary>
    /// <exception cref="ArgumentException">It is.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Apart<T>(ReadOnlySpan<T> written, ReadOnlySpan<T> other,
        [CallerArgumentExpression(nameof(written))] string name = "", [CallerArgumentExpression(nameof(other))] string otherName = "")
    {
        if (written.Overlaps(other))
        {
            ThrowOverlap(name, otherName);
        }
    }

    /// <summary>Throws if memory that is written overlaps memory that is read, unless it is all of it, element by element.</summary>
    /// <exception cref="ArgumentException">It does.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void ApartOrSame<T>(ReadOnlySpan<T> written, ReadOnlySpan<T> read,
        [CallerArgumentExpression(nameof(written))] string name = "", [CallerArgumentExpression(nameof(read))] string otherName = "")
    {
        if (written != read)
        {
            Apart(written, read, name, otherName);
        }
    }

    /// <summary>Throws unless a range lies in memory of <paramref name="total"/> elements.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It does not.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Range(int start, int length, int total)
    {
        if ((ulong)(uint)start + (uint)length > (uint)total)
        {
            ThrowRange(start, length, total);
        }
    }

    /// <summary>Throws unless an index is one of <paramref name="count"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Index(int index, int count, [CallerArgumentExpression(nameof(index))] string name = "")
    {
        if ((uint)index >= (uint)count)
        {
            ThrowIndex(index, count, name);
        }
    }

    /// <summary>Throws unless there is a value, and returns it.</summary>
    /// <exception cref="ArgumentNullException">There is none.</exception>
    public static T NotNull<T>([NotNull] T? value, [CallerArgumentExpression(nameof(value))] string name = "")
        where T : class
    {
        ArgumentNullException.ThrowIfNull(value, name);
        return value;
    }

    /// <summary>Throws unless a value is one of those its type names.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is none.</exception>
    public static void Defined<TEnum>(TEnum value, [CallerArgumentExpression(nameof(value))] string name = "")
        where TEnum : struct, Enum
    {
        if (!Enum.IsDefined(value))
        {
            throw new ArgumentOutOfRangeException(name, value, $"{name} must be one of {string.Join(", ", Enum.GetNames<TEnum>())}.");
        }
    }

    /// <summary>Throws unless a size is 1 or more, and returns it.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Positive(int value, [CallerArgumentExpression(nameof(value))] string name = "")
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value, name);
        return value;
    }

    /// <summary>Throws unless <typeparamref name="T"/> is <see cref="float"/> or <see cref="double"/>, which alone have kernels.</summary>
    /// <exception cref="NotSupportedException">It is neither.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Supported<T>()
    {
        if (typeof(T) != typeof(float) && typeof(T) != typeof(double))
        {
            ThrowUnsupported(typeof(T));
        }
    }

    [DoesNotReturn]
    private static void ThrowLength(int actual, long expected, string name, string? shape) =>
        throw new ArgumentException($"{Strip(name)} needs {expected} elements{Describe(shape)}, but has {actual}.", Strip(name));

    [DoesNotReturn]
    private static void ThrowAtLeast(int actual, long expected, string name, string? shape) =>
        throw new ArgumentException($"{Strip(name)} needs at least {expected} elements{Describe(shape)}, but has {actual}.", Strip(name));

    [DoesNotReturn]
    private static void ThrowMultiple(int actual, int factor, string name, string what) =>
        throw new ArgumentException($"{Strip(name)} needs a multiple of {factor} {what}, but has {actual}.", Strip(name));

    [DoesNotReturn]
    private static void ThrowOverlap(string name, string otherName) =>
        throw new ArgumentException($"{name} lies in memory of {otherName}, which is needed beside it.", name);

    [DoesNotReturn]
    private static void ThrowUnpacked() => throw new InvalidOperationException(
        "The weights have never been packed: Initialise what they belong to, or load its parameters and call Pack.");

    [DoesNotReturn]
    private static void ThrowMadeBy(string kind, string memory) =>
        throw new ArgumentException($"The {memory} was made by another {kind}.", memory);

    [DoesNotReturn]
    private static void ThrowRange(int start, int length, int total) =>
        throw new ArgumentOutOfRangeException(nameof(start),
            $"{length} elements from {start} on do not lie in memory of {total} elements.");

    [DoesNotReturn]
    private static void ThrowIndex(int index, int count, string name) =>
        throw new ArgumentOutOfRangeException(name, index,
            count > 0 ? $"{name} must be 0 … {count - 1}." : $"{name} cannot be: there are none.");

    [DoesNotReturn]
    private static void ThrowUnsupported(Type type) =>
        throw new NotSupportedException($"Kernels exist for float and double, not for {type.Name}.");

    private static string Describe(string? shape) => shape is null ? "" : $" ({shape})";

    private static string Strip(string name) => name.EndsWith(".Length", StringComparison.Ordinal) ? name[..^".Length".Length] : name;
}
