using System.Globalization;
using FastRecurrent.Models.Onnx;
using Microsoft.Win32.SafeHandles;

namespace FastRecurrent.Models;

/// <summary>Where the numbers of a tensor lie outside the model: a file of the model's folder, never any other.</summary>
/// <remarks>The keys are those of <see href="https://github.com/onnx/onnx/blob/main/docs/ExternalData.md"/>;
/// a checksum is not looked at.</remarks>
internal sealed class OnnxExternalData
{
    private readonly OnnxFolder? _folder;
    private readonly string _location;
    private readonly long _length;

    private OnnxExternalData(OnnxFolder? folder, string location, long offset, long length) =>
        (_folder, _location, Offset, _length) = (folder, location, offset, length);

    /// <summary>Offset of the first byte from the beginning of the file.</summary>
    public long Offset { get; }

    /// <summary>Checks what the model says; <paramref name="folder"/> is null for a model that did not come from a folder.</summary>
    public static OnnxExternalData Parse(OnnxTensor tensor, IEnumerable<StringStringEntryProto> entries, OnnxFolder? folder)
    {
        string location = "";
        long offset = 0;
        int size = OnnxElementTypes.SizeOf(tensor.Type);
        Int128 needed = (Int128)tensor.ElementCount * size;
        foreach (StringStringEntryProto entry in entries)
        {
            switch (entry.Key)
            {
                case "location":
                    location = entry.Value;
                    break;
                case "offset":
                    offset = ParseNumber(tensor, entry);
                    break;
                case "length" when size > 0 && ParseNumber(tensor, entry) != needed:
                    throw new InvalidDataException(
                        $"Tensor {tensor} takes {needed} bytes, but its external data has length '{Quoting.Clip(entry.Value)}'.");
            }
        }

        // POSIX paths, so only '/' separates. On Windows '\' would too, and ':' would name a drive or a stream.
        if (location.Length == 0 || location.IndexOfAny(['\\', ':', '\0']) >= 0
            || location.Split('/').Any(part => part is "" or "." or ".."))
        {
            throw new InvalidDataException(
                $"Tensor {tensor}: the external location '{Quoting.Clip(location)}' is no plain path inside the model's folder.");
        }

        if (needed + offset > long.MaxValue)
        {
            throw new InvalidDataException($"Tensor {tensor}: the external data ends past any file.");
        }

        return new OnnxExternalData(folder, location, offset, (long)needed);
    }

    /// <summary>Opens the file and makes sure that the numbers are there.</summary>
    public OnnxExternalFile Open(OnnxTensor tensor)
    {
        if (_folder is null)
        {
            throw new InvalidDataException(
                $"Tensor {tensor} lies in the file '{Quoting.Clip(_location)}', but the model was not opened from a folder.");
        }

        SafeFileHandle handle;
        try
        {
            handle = File.OpenHandle(_folder.Resolve(_location)
                ?? throw new InvalidDataException(
                    $"Tensor {tensor}: the external file '{Quoting.Clip(_location)}' is a link that leaves the model's folder."));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new InvalidDataException($"Tensor {tensor}: the external file '{Quoting.Clip(_location)}' cannot be opened.", exception);
        }

        long length = RandomAccess.GetLength(handle);
        if (length < Offset + _length)
        {
            handle.Dispose();
            throw new InvalidDataException(
                $"Tensor {tensor} ends at byte {Offset + _length} of the external file '{Quoting.Clip(_location)}', which has {length}.");
        }

        return new OnnxExternalFile(handle, _location);
    }

    private static long ParseNumber(OnnxTensor tensor, StringStringEntryProto entry) =>
        long.TryParse(entry.Value, NumberStyles.None, CultureInfo.InvariantCulture, out long number)
            ? number
            : throw new InvalidDataException(
                $"Tensor {tensor}: the external data's {entry.Key} '{Quoting.Clip(entry.Value)}' is no whole number.");
}

/// <summary>The folder of a model, out of which its data may come.</summary>
internal sealed class OnnxFolder
{
    private readonly string _path;
    private readonly string? _linkedPath;

    public OnnxFolder(string modelPath)
    {
        _path = Path.GetDirectoryName(Path.GetFullPath(modelPath))!;
        _linkedPath = Path.GetDirectoryName(new FileInfo(modelPath).ResolveLinkTarget(returnFinalTarget: true)?.FullName);
    }

    /// <summary>
    /// The path of a file of the folder, links followed to their ends, or null if it has left the folder. It may also lie beside the end of
    /// the model's own link: caches keep a model and its data as links to files of one other folder.
    /// </summary>
    public string? Resolve(string location)
    {
        string current = _path;
        foreach (string part in location.Split('/'))
        {
            current = Path.Combine(current, part);
            FileSystemInfo info = Directory.Exists(current) ? new DirectoryInfo(current) : new FileInfo(current);
            current = info.LinkTarget is null ? current : info.ResolveLinkTarget(returnFinalTarget: true)!.FullName;
        }

        return IsInside(current, _path) || (_linkedPath is not null && IsInside(current, _linkedPath)) ? current : null;
    }

    private static bool IsInside(string path, string folder) =>
        Path.GetFullPath(path).StartsWith(
            Path.EndsInDirectorySeparator(folder) ? folder : folder + Path.DirectorySeparatorChar, // a root ends in one
            StringComparison.Ordinal);
}

/// <summary>An open file of external data.</summary>
internal sealed class OnnxExternalFile(SafeFileHandle handle, string location) : IByteSource, IDisposable
{
    public void Read(long position, Span<byte> destination)
    {
        while (destination.Length > 0)
        {
            int count = RandomAccess.Read(handle, destination, position);
            if (count == 0)
            {
                throw new InvalidDataException(
                    $"The external file '{Quoting.Clip(location)}' ends at byte {position}; it has become shorter.");
            }

            position += count;
            destination = destination[count..];
        }
    }

    public void Dispose() => handle.Dispose();
}
