using System.Runtime.InteropServices;

namespace FastRecurrent.Bench.Soak;

/// <summary>Something that runs step by step over shared weights, and what each of its steps gives when it runs alone.</summary>
/// <param name="length">Steps from a reset to the end.</param>
/// <param name="reset">Back to the beginning.</param>
/// <param name="step">Takes step t and writes <paramref name="y"/>.</param>
/// <param name="y">Its output.</param>
internal sealed class SoakStream(int length, Action reset, Action<int> step, float[] y)
{
    private readonly float[] _alone = new float[length * y.Length];

    /// <summary>Steps from a reset to the end.</summary>
    public int Length => length;

    /// <summary>Runs to the end and keeps every output.</summary>
    public void Record()
    {
        reset();
        for (int t = 0; t < length; t++)
        {
            step(t);
            y.CopyTo(_alone, t * y.Length);
        }
    }

    /// <summary>Takes step <paramref name="t"/>, after a reset if it is the first.</summary>
    /// <returns>Whether every bit is as it was alone.</returns>
    public bool Step(int t)
    {
        if (t == 0)
        {
            reset();
        }

        step(t);
        return MemoryMarshal.AsBytes(y.AsSpan()).SequenceEqual(MemoryMarshal.AsBytes(_alone.AsSpan(t * y.Length, y.Length)));
    }
}
