namespace FastRecurrent.Kernels;

/// <summary>Work that falls into parts which do not depend on each other; operands in its fields, as a kernel has them.</summary>
internal interface IWorkerJob
{
    /// <summary>Does one part; others may run at the same time on other threads.</summary>
    /// <param name="part">0 … parts − 1.</param>
    /// <param name="parts">Parts in all.</param>
    void Run(int part, int parts);
}

/// <summary>Work that stands ready and whose operands do not change, apart from one.</summary>
/// <typeparam name="T">An element of that one.</typeparam>
internal interface IStandingJob<T>
{
    /// <summary>Does one part; others may run at the same time on other threads.</summary>
    /// <param name="input">The operand that changes.</param>
    /// <param name="part">0 … parts − 1.</param>
    /// <param name="parts">Parts in all.</param>
    void Run(ReadOnlySpan<T> input, int part, int parts);
}
