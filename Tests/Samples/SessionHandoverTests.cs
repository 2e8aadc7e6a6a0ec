using FastRecurrent.Samples.SessionHandover;
using FastRecurrent.Tests.Support;
using StackExchange.Redis;

namespace FastRecurrent.Tests.Samples;

/// <summary>Live sequences that move between machines through Redis.</summary>
public class SessionHandoverTests
{
    private const string Weights = "these weights";

    [RedisFact]
    public void A_session_moves_to_another_process_without_a_changed_bit()
    {
        (int code, string output, string errors) = Programs.Run("dotnet", typeof(SessionStore).Assembly.Location, "--steps", "61",
            "--every", "7");
        Assert.True(code == 0, output + errors);
        Assert.Contains("steps 31 … 61", output);
        Assert.EndsWith("the same bits\n", output);
        Assert.DoesNotContain("NOT", output);
    }

    [RedisFact]
    public void A_session_belongs_to_one_machine_at_a_time_and_a_stale_owner_writes_nothing()
    {
        using LocalRedis server = LocalRedis.Start();
        using ConnectionMultiplexer connection = SessionStore.Connect(server.Address);
        IDatabase redis = connection.GetDatabase();
        SessionStore a = new(redis, lease: TimeSpan.FromHours(1), expiry: TimeSpan.FromHours(2)),
            b = new(redis, TimeSpan.FromHours(1), TimeSpan.FromHours(2));
        float[] state = [1, 2, 3], found = new float[3];

        SessionLease first = Assert.IsType<SessionLease>(a.Acquire("s", Weights, found));
        Assert.Null(first.Step);
        Assert.Equal([0, 0, 0], found);
        Assert.Null(b.Acquire("s", Weights, found));
        first = Assert.IsType<SessionLease>(a.Save(first, 5, Weights, state));
        Assert.InRange(redis.KeyTimeToLive("session:{s}")!.Value, TimeSpan.FromHours(1.9), TimeSpan.FromHours(2));
        Assert.NotNull(redis.KeyTimeToLive("session:{s}:owner"));

        Assert.True(redis.KeyDelete("session:{s}:owner")); // its lease runs out while it is cut off
        SessionLease second = Assert.IsType<SessionLease>(b.Acquire("s", Weights, found));
        Assert.Equal(5, second.Step);
        Assert.Equal(state, found);
        Assert.Null(a.Save(first, 6, Weights, [9, 9, 9]));
        Assert.False(a.Release(first));
        second = Assert.IsType<SessionLease>(b.Save(second, 6, Weights, [4, 5, float.NaN]));
        Assert.Null(b.Save(second with { Step = 5 }, 6, Weights, [9, 9, 9]));
        Assert.True(b.Release(second));

        Assert.Equal(6, Assert.IsType<SessionLease>(a.Acquire("s", Weights, found)).Step);
        Assert.Equal([4, 5, float.NaN], found);
    }

    [RedisFact]
    public void A_state_of_other_weights_or_length_is_refused_and_left_free()
    {
        using LocalRedis server = LocalRedis.Start();
        using ConnectionMultiplexer connection = SessionStore.Connect(server.Address);
        SessionStore store = new(connection.GetDatabase(), TimeSpan.FromHours(1), TimeSpan.FromHours(2));
        float[] state = [1, 2, 3];
        Assert.True(
            store.Release(
            Assert.IsType<SessionLease>(store.Save(Assert.IsType<SessionLease>(store.Acquire("s", Weights, state)), 1, Weights, state))));
        Assert.Throws<InvalidDataException>(() => store.Acquire("s", "other weights", state));
        Assert.Throws<InvalidDataException>(() => store.Acquire("s", Weights, new float[4]));
        Assert.IsType<SessionLease>(store.Acquire("s", Weights, state));
    }
}
