using FastRecurrent.Cells;

namespace FastRecurrent.Tests.Cells;

/// <summary>
/// Two threads in one stream, pool or tape are noticed. The check is on where an app is a debug build or asks for it, as this project does
/// in its project file: that no other test trips over it shows that it wrongs nobody.
/// </summary>
public class ThreadTests
{
    private static readonly Lstm<float> _lstm = CreateLstm();

    public static TheoryData<string> Uses => new("stream", "pool", "tape", "delay line", "NARX");

    [Theory]
    [MemberData(nameof(Uses))]
    public void Two_threads_at_the_same_time_are_noticed(string use)
    {
        Action call = Create(use);
        call(); // one thread may
        using Barrier start = new(2);
        using CancellationTokenSource noticed = new(TimeSpan.FromSeconds(60));
        List<Exception> exceptions = [];
        Thread[] threads = [.. Enumerable.Range(0, 2).Select(_ => new Thread(Run))];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        Assert.NotEmpty(exceptions);
        Assert.All(exceptions,
            exception => Assert.Contains("belongs to one thread at a time", Assert.IsType<InvalidOperationException>(exception).Message));
        call(); // and it is not the worse for it

        void Run()
        {
            start.SignalAndWait();
            while (!noticed.IsCancellationRequested)
            {
                try
                {
                    call();
                }
                catch (Exception exception)
                {
                    lock (exceptions)
                    {
                        exceptions.Add(exception);
                    }

                    noticed.Cancel();
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Uses))]
    public void One_thread_after_another_may(string use)
    {
        Action call = Create(use);
        object turn = new();
        Parallel.For(0, 200, new ParallelOptions { MaxDegreeOfParallelism = 8 }, _ =>
        {
            lock (turn)
            {
                call();
            }
        });
    }

    private static Lstm<float> CreateLstm()
    {
        Lstm<float> lstm = new(new LstmOptions { InputSize = 64, HiddenSize = 64, Layers = 2 });
        lstm.Initialise(1);
        return lstm;
    }

    private static Action Create(string use)
    {
        float[] x = new float[256], y = new float[256];
        switch (use)
        {
            case "stream":
                RecurrentStream<LstmCell<float>, float> stream = _lstm.CreateStream();
                float[] state = new float[stream.StateLength];
                return () =>
                {
                    stream.Step(x.AsSpan(0, 64), y.AsSpan(0, 64));
                    stream.Save(state);
                    stream.Restore(state);
                    stream.Fork();
                    stream.Reset();
                };
            case "pool":
                StreamPool<LstmCell<float>, float> pool = _lstm.CreateStreamPool(8);
                int[] sessions = [pool.Open(), pool.Open(), pool.Open(), pool.Open()];
                float[] saved = new float[pool.StateLength];
                return () =>
                {
                    pool.Step(sessions, x, y);
                    pool.Save(sessions[0], saved);
                    pool.Restore(sessions[1], saved);
                    pool.Reset(sessions[2]);
                };
            case "tape":
                Tape<float> tape = _lstm.CreateWorkspace(2, 2);
                return () => _lstm.Run(new SequenceInput<float> { Steps = 2, Batch = 2, X = x }, new SequenceOutput<float> { Y = y }, tape);
            case "NARX":
                Narx<float> narx = new(
                    new NarxOptions { InputSize = 64, OutputSize = 64, HiddenSize = 64, InputDelays = 1, OutputDelays = 2 });
                narx.Initialise(1);
                NarxStream<float> fed = narx.CreateStream();
                float[] past = new float[fed.StateLength];
                return () =>
                {
                    fed.Step(x.AsSpan(0, 64), y.AsSpan(0, 64));
                    fed.Step(x.AsSpan(0, 64), x.AsSpan(64, 64), y.AsSpan(0, 64));
                    fed.Save(past);
                    fed.Restore(past);
                    fed.Fork();
                    fed.Reset();
                };
            default:
                Tdnn<float> tdnn = new(new TdnnOptions { InputSize = 64, OutputSize = 64, Delays = 4 });
                tdnn.Initialise(1);
                TdnnStream<float> line = tdnn.CreateStream();
                float[] samples = new float[line.StateLength];
                return () =>
                {
                    line.Step(x.AsSpan(0, 64), y.AsSpan(0, 64));
                    line.Save(samples);
                    line.Restore(samples);
                    line.Fork();
                    line.Reset();
                };
        }
    }
}
