using System.Runtime.CompilerServices;

namespace FastRecurrent.Kernels;

/// <summary>
/// A number as a type: a kernel with a <c>TWidth</c> parameter is compiled once a number, and every
/// <c>if (TWidth.Value &gt; n)</c> in it is decided by the JIT.
/// </summary>
internal interface IWidth
{
    static abstract int Value { get; }
}

internal readonly struct W1 : IWidth
{
    public static int Value { [MethodImpl(MethodImplOptions.AggressiveInlining)] get => 1; }
}

internal readonly struct W2 : IWidth
{
    public static int Value { [MethodImpl(MethodImplOptions.AggressiveInlining)] get => 2; }
}

internal readonly struct W3 : IWidth
{
    public static int Value { [MethodImpl(MethodImplOptions.AggressiveInlining)] get => 3; }
}

internal readonly struct W4 : IWidth
{
    public static int Value { [MethodImpl(MethodImplOptions.AggressiveInlining)] get => 4; }
}

internal readonly struct W5 : IWidth
{
    public static int Value { [MethodImpl(MethodImplOptions.AggressiveInlining)] get => 5; }
}

internal readonly struct W6 : IWidth
{
    public static int Value { [MethodImpl(MethodImplOptions.AggressiveInlining)] get => 6; }
}

internal readonly struct W7 : IWidth
{
    public static int Value { [MethodImpl(MethodImplOptions.AggressiveInlining)] get => 7; }
}

internal readonly struct W8 : IWidth
{
    public static int Value { [MethodImpl(MethodImplOptions.AggressiveInlining)] get => 8; }
}
