using StackExchange.Redis;

namespace FastRecurrent.Samples.SessionHandover;

/// <summary>One machine: takes a session over, streams some steps of it, and leaves it for the next.</summary>
internal static class Machine
{
    private static readonly TimeSpan _lease = TimeSpan.FromSeconds(30), _expiry = TimeSpan.FromMinutes(10);

    /// <summary>Streams until a step, storing the state every few.</summary>
    /// <returns>0; 1 if another machine owns the session, or has taken it over since.</returns>
    public static int Run(string redis, string session, string name, long until, int every, CancellationToken cancellation)
    {
        using ConnectionMultiplexer connection = SessionStore.Connect(redis);
        SessionStore store = new(connection.GetDatabase(), _lease, _expiry);
        LiveStream live = new();
        if (store.Acquire(session, live.Weights, live.State) is not { } held)
        {
            Console.Error.WriteLine($"machine {name}: another machine owns session '{session}'");
            return 1;
        }

        live.RestoreState(); // zeros, if it is new
        long first = (held.Step ?? 0) + 1;
        string outputs;
        try
        {
            outputs = live.Run(first, until, step =>
            {
                cancellation.ThrowIfCancellationRequested();
                if (step % every == 0 || step == until)
                {
                    live.SaveState();
                    held = store.Save(held, step, live.Weights, live.State)
                        ?? throw new InvalidOperationException(
                            $"machine {name}: session '{session}' has been taken over; step {step} was not stored.");
                }
            });
        }
        finally
        {
            store.Release(held);
        }

        Console.WriteLine($"machine {name}, process {Environment.ProcessId}: steps {first} … {until}, outputs {outputs}");
        return 0;
    }
}
