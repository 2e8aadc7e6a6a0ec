using System.Runtime.InteropServices;
using System.Security.Cryptography;
using FastRecurrent.Cells;

namespace FastRecurrent.Samples.Common;

/// <summary>A short text that differs as soon as a bit of the weights does.</summary>
public static class WeightsDigest
{
    /// <summary>64 bits of SHA-256 over all values in their order, in hexadecimal.</summary>
    public static string Of(ParameterSet<float> parameters)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach ((_, Parameter<float> parameter) in parameters)
        {
            hash.AppendData(MemoryMarshal.AsBytes(parameter.Value));
        }

        return Convert.ToHexString(hash.GetHashAndReset().AsSpan(0, 8));
    }
}
