using FastRecurrent.Cells;
using FastRecurrent.Kernels;

namespace FastRecurrent.Tests.Support;

/// <summary>What a run has written: outputs, gradients of inputs and, in its parameters, theirs.</summary>
internal sealed record RunResults(ParameterSet<float>? Parameters, params float[][] Arrays);

/// <summary>Pools of two and of three threads that share however little work there is.</summary>
public sealed class SharedRuns : IDisposable
{
    /// <summary>The pools.</summary>
    public WorkerPool[] Pools { get; } = [new(2) { MinimumWork = 0 }, new(3) { MinimumWork = 0 }];

    /// <summary>Runs on one thread and on each pool, and compares all that has been written.</summary>
    internal void HaveTheBitsOfOneThread(Func<WorkerPool?, RunResults> run)
    {
        RunResults alone = run(null);
        foreach (WorkerPool pool in Pools)
        {
            RunResults shared = run(pool);
            for (int i = 0; i < alone.Arrays.Length; i++)
            {
                Numbers.AssertSameBits<float>(alone.Arrays[i], shared.Arrays[i], $"result {i} of {pool}");
            }

            foreach ((string name, Parameter<float> parameter) in alone.Parameters ?? [])
            {
                Numbers.AssertSameBits<float>(parameter.Gradient, shared.Parameters![name].Gradient, $"gradient of {name} of {pool}");
            }
        }
    }

    public void Dispose() => Array.ForEach(Pools, pool => pool.Dispose());
}
