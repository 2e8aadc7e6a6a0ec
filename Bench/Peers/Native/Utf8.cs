using System.Runtime.InteropServices;

namespace FastRecurrent.Bench.Peers;

/// <summary>A text as native code takes it, until disposed of.</summary>
internal sealed class Utf8(string text) : IDisposable
{
    private nint _pointer = Marshal.StringToCoTaskMemUTF8(text);

    public static implicit operator nint(Utf8 text) => text._pointer;

    public void Dispose()
    {
        Marshal.FreeCoTaskMem(_pointer);
        _pointer = 0;
    }
}
