using System.Diagnostics;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace FastRecurrent.Cells;

/// <summary>
/// Notices two threads inside an object that belongs to one thread at a time. Off in an app built for release,
/// where the JIT leaves nothing of it.
/// </summary>
/// <param name="what">What the object is, for the message.</param>
internal struct ThreadCheck(string what)
{
    /// <summary>The runtime setting that switches the check on or off.</summary>
    public const string Switch = "FastRecurrent.CheckThreads";

    /// <summary>On where the setting says so, or, without it, where the app is a debug build:
    /// the library itself comes as a release build.</summary>
    public static readonly bool IsOn;

    private int _thread; // 0 for none
    private int _depth;

    // Not an initialiser of the field: an object's constructor, which makes its check,
    // shall run this before any method is compiled that asks.
    static ThreadCheck() => IsOn = AppContext.TryGetSwitch(Switch, out bool isOn) ? isOn : IsDebugBuild(Assembly.GetEntryAssembly());

    /// <summary>The calling thread goes in; it may be in already.</summary>
    /// <exception cref="InvalidOperationException">Another thread is in.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Enter()
    {
        if (IsOn)
        {
            Take();
        }
    }

    /// <summary>The calling thread goes out.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Leave()
    {
        if (IsOn && --_depth == 0)
        {
            Volatile.Write(ref _thread, 0);
        }
    }

    private void Take()
    {
        int thread = Environment.CurrentManagedThreadId, other = Interlocked.CompareExchange(ref _thread, thread, 0);
        if (other != 0 && other != thread)
        {
            throw new InvalidOperationException(
                $"Threads {other} and {thread} use one {what} at the same time; a {what} belongs to one thread at a time.");
        }

        _depth++;
    }

    private static bool IsDebugBuild(Assembly? app) => app?.GetCustomAttribute<DebuggableAttribute>() is { IsJITOptimizerDisabled: true };
}
