using System.Runtime.InteropServices;
using StackExchange.Redis;

namespace FastRecurrent.Samples.SessionHandover;

/// <summary>
/// States of live sequences in Redis, each owned by at most one machine: a key of the owner that expires if it goes silent, and a hash of
/// the state, its step and the weights it belongs to.
/// </summary>
/// <remarks>
/// Every write is a transaction (WATCH, MULTI, EXEC) that is done only if the machine still owns the session and the stored step is the one
/// it last knew. A machine that was cut off until its lease ran out can therefore not overwrite what its successor has written.
/// </remarks>
internal sealed class SessionStore(IDatabase redis, TimeSpan lease, TimeSpan expiry)
{
    private const string State = "state", Step = "step", Weights = "weights";
    private const int SyncTimeout = 30_000; // milliseconds; the library's own one second is short for a busy machine

    /// <summary>A connection that any number of stores may share.</summary>
    /// <param name="address">Host and port, and whatever else StackExchange.Redis understands.</param>
    /// <exception cref="IOException">Nobody answers there.</exception>
    public static ConnectionMultiplexer Connect(string address)
    {
        ConfigurationOptions options = ConfigurationOptions.Parse(address);
        options.SyncTimeout = SyncTimeout;
        try
        {
            return ConnectionMultiplexer.Connect(options);
        }
        catch (RedisConnectionException exception)
        {
            throw new IOException($"No Redis server answers at {address}.", exception);
        }
    }

    /// <summary>Takes a session over, or begins it, at the state it was left in.</summary>
    /// <param name="session">Its name.</param>
    /// <param name="weights">A digest of the network's weights: another network's state would be nonsense.</param>
    /// <param name="state">Written with the stored state; left alone if the session is new.</param>
    /// <returns>What this machine holds; null if another machine owns the session.</returns>
    /// <exception cref="InvalidDataException">The stored state belongs to other weights or has another length;
    /// the session is free again.</exception>
    public SessionLease? Acquire(string session, string weights, Span<float> state)
    {
        string owner = Guid.NewGuid().ToString("N");
        if (!redis.StringSet(OwnerKey(session), owner, lease, When.NotExists))
        {
            return null;
        }

        HashEntry[] entries = redis.HashGetAll(StateKey(session));
        if (entries.Length == 0)
        {
            return new SessionLease(session, owner, null);
        }

        Dictionary<string, RedisValue> stored = entries.ToDictionary(entry => (string)entry.Name!, entry => entry.Value);
        byte[] bytes = (byte[]?)stored.GetValueOrDefault(State) ?? [];
        string storedWeights = (string?)stored.GetValueOrDefault(Weights) ?? "";
        if (storedWeights != weights || bytes.Length != state.Length * sizeof(float)
            || !stored.GetValueOrDefault(Step).TryParse(out long step))
        {
            Release(new SessionLease(session, owner, null));
            throw new InvalidDataException(
                $"Session '{session}' has a state of {bytes.Length} bytes over weights {storedWeights}; {state.Length * sizeof(float)} "
                + $"over {weights} are needed.");
        }

        MemoryMarshal.Cast<byte, float>(bytes).CopyTo(state);
        return new SessionLease(session, owner, step);
    }

    /// <summary>Stores the state after a step, and renews the lease.</summary>
    /// <returns>What this machine holds now; null if it does not own the session any more, and nothing was stored.</returns>
    public SessionLease? Save(SessionLease held, long step, string weights, ReadOnlySpan<float> state)
    {
        ITransaction transaction = redis.CreateTransaction();
        transaction.AddCondition(Condition.StringEqual(OwnerKey(held.Session), held.Owner));
        transaction.AddCondition(held.Step is { } last
            ? Condition.HashEqual(StateKey(held.Session), Step, last)
            : Condition.KeyNotExists(StateKey(held.Session)));
        _ = transaction.HashSetAsync(
            StateKey(held.Session),
            [new(State, MemoryMarshal.AsBytes(state).ToArray()), new(Step, step), new(Weights, weights)]);
        _ = transaction.KeyExpireAsync(StateKey(held.Session), expiry);
        _ = transaction.KeyExpireAsync(OwnerKey(held.Session), lease);
        return transaction.Execute() ? held with { Step = step } : null;
    }

    /// <summary>Lets another machine take the session over at once.</summary>
    /// <returns>Whether this machine still owned it.</returns>
    public bool Release(SessionLease held)
    {
        ITransaction transaction = redis.CreateTransaction();
        transaction.AddCondition(Condition.StringEqual(OwnerKey(held.Session), held.Owner));
        _ = transaction.KeyDeleteAsync(OwnerKey(held.Session));
        return transaction.Execute();
    }

    // The braces keep both keys of a session on one node of a cluster, which transactions need.
    private static string OwnerKey(string session) => $"session:{{{session}}}:owner";

    private static string StateKey(string session) => $"session:{{{session}}}";
}

/// <summary>A session that this machine owns.</summary>
/// <param name="Session">Its name.</param>
/// <param name="Owner">A token of this ownership alone.</param>
/// <param name="Step">The last stored step; null if nothing has been stored.</param>
internal sealed record SessionLease(string Session, string Owner, long? Step);
