namespace FastRecurrent.Models;

/// <summary>Files that are often taken for safetensors files, told by how they begin.</summary>
internal static class OtherFormats
{
    /// <summary>As many bytes as the longest beginning has.</summary>
    public const int Length = 24;

    /// <summary>What a file looks like, and what to do about it; null if it is unknown.</summary>
    /// <param name="start">Its first bytes, up to <see cref="Length"/>.</param>
    public static string? Describe(ReadOnlySpan<byte> start)
    {
        if (start.StartsWith("PK"u8))
        {
            return "a zip archive, as PyTorch's .pt, NumPy's .npz and Keras's .keras are: load it there and write its arrays with "
                + "safetensors' save_file";
        }

        if (start.StartsWith((ReadOnlySpan<byte>)[0x89, (byte)'H', (byte)'D', (byte)'F']))
        {
            return "HDF5, as Keras's .h5 is: load it there and write its arrays with safetensors' save_file";
        }

        if (start.StartsWith("version https://git-lfs"u8))
        {
            return "a pointer of Git LFS, which stands for the file: 'git lfs pull' fetches that";
        }

        return start.Length > 1 && start[0] == '<' && (char.IsAsciiLetter((char)start[1]) || start[1] is (byte)'!' or (byte)'?')
            ? "a web page: the download gave a page in place of the file"
            : null;
    }
}
