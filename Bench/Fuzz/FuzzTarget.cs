namespace FastRecurrent.Bench.Fuzz;

/// <summary>A reader or builder of what others have made.</summary>
/// <param name="Name">What it reads.</param>
/// <param name="Seeds">Valid files, from which mutations start.</param>
/// <param name="Mutate">One random change to a file; the second one is another file, to take pieces from.</param>
/// <param name="Read">Reads a file, and returns what uses all that it gives, or null if it was refused with a documented exception.
/// Others pass through.</param>
/// <param name="Memory">The most bytes that reading may allocate whatever the file's length, besides 64 for each byte of it.</param>
internal sealed record FuzzTarget(
    string Name, byte[][] Seeds, Func<Random, byte[], byte[], byte[]> Mutate, Func<byte[], Action?> Read, int Memory)
{
    private const int LongestFile = 1 << 16, LongestMessage = 700;

    /// <summary>Every reader.</summary>
    public static FuzzTarget[] All() =>
        [SafeTensorsFuzz.Create(), OnnxFuzz.Create(), OnnxExternalFuzz.Create(), TreeFuzz.Create(), GraphFuzz.Create()];

    /// <summary>Calls what may refuse in either of two ways. False if it did; its message must be one to read, whatever the file.</summary>
    /// <exception cref="InvalidOperationException">The message is none, too long, or has control characters.</exception>
    public static bool Allow<TFirst, TSecond>(Action call)
        where TFirst : Exception
        where TSecond : Exception
    {
        try
        {
            call();
            return true;
        }
        catch (Exception refusal) when (refusal is TFirst or TSecond)
        {
            return refusal.Message.Length is > 10 and < LongestMessage
                && !refusal.Message.Any(letter => char.IsControl(letter) && letter != '\n' && letter != '\r')
                ? false
                : throw new InvalidOperationException("A refusal cannot be read.", refusal);
        }
    }

    /// <summary>Calls what may refuse in one way.</summary>
    public static bool Allow<TRefusal>(Action call)
        where TRefusal : Exception => Allow<TRefusal, TRefusal>(call);

    /// <summary>The file of a number: the same for the same seed.</summary>
    public byte[] CreateFile(int seed, int number)
    {
        Random random = new(unchecked(seed * 1_000_003 + number));
        byte[] file = Seeds[random.Next(Seeds.Length)];
        do
        {
            file = Mutate(random, file, Seeds[random.Next(Seeds.Length)]);
        }
        while (random.Next(2) == 0);

        return file.Length <= LongestFile ? file : file[..LongestFile];
    }
}
