namespace FastRecurrent.Distributed;

/// <summary>MPI has refused a call or lost a process.</summary>
/// <param name="code">What the call returned.</param>
/// <param name="message">MPI's words for it.</param>
public sealed class MpiException(int code, string message) : Exception($"MPI error {code}: {message}")
{
    /// <summary>What the call returned.</summary>
    public int Code { get; } = code;
}
