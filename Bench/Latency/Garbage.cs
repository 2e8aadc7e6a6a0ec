namespace FastRecurrent.Bench.Latency;

/// <summary>
/// A thread that allocates as fast as it can, until disposed: small arrays of which the last thousands are kept, so that collections of all
/// generations run and have something to mark and to move.
/// </summary>
public sealed class Garbage : IDisposable
{
    private const int Kept = 1 << 13;

    private readonly Thread _thread;
    private volatile bool _stop;

    /// <summary>Starts it, and returns once a collection has run.</summary>
    public Garbage()
    {
        _thread = new Thread(Allocate) { IsBackground = true, Name = "garbage" };
        int collections = GC.CollectionCount(0);
        _thread.Start();
        while (GC.CollectionCount(0) == collections)
        {
            Thread.Sleep(1);
        }
    }

    /// <summary>Ends it, and waits for its end.</summary>
    public void Dispose()
    {
        _stop = true;
        _thread.Join();
    }

    private void Allocate()
    {
        object[][] kept = new object[Kept][];
        for (uint i = 0; !_stop; i++)
        {
            object[] array = new object[16 + i % 239];
            if (i % 8 == 0)
            {
                // A reference across ages, to one that has none itself: chains would keep all there ever was.
                array[0] = kept[(i * 31 + 1) % Kept];
            }

            kept[i % Kept] = array;
        }
    }
}
