using System.Globalization;
using System.IO.Compression;
using FastRecurrent.Samples.Common;

namespace FastRecurrent.Samples.Scholars;

/// <summary>Papers of the ACM digital library in the files of HeCo (Wang et al. 2021), folder data/acm.</summary>
internal static class HeCoFolder
{
    /// <param name="path">The folder.</param>
    /// <param name="labels">Which split: 20, 40 or 60 labelled papers a class.</param>
    public static AcademicGraph Load(string path, int labels)
    {
        int[] classes = Read("labels.npy");
        using ZipArchive features = ZipFile.OpenRead(Path.Combine(path, "p_feat.npz"));
        int[] indices = ReadEntry("indices.npy"), offsets = ReadEntry("indptr.npy"), shape = ReadEntry("shape.npy");
        if (shape.Length != 2 || shape[0] != classes.Length || offsets.Length != classes.Length + 1)
        {
            throw new InvalidDataException($"{path}: the features in p_feat.npz are not those of {classes.Length} papers.");
        }

        // The file has each word at 1 / (the paper's number of words); Wang et al. 2019 had it at 1.
        float[] words = new float[checked(shape[0] * shape[1])];
        for (int paper = 0; paper < classes.Length; paper++)
        {
            foreach (int word in indices.AsSpan(offsets[paper]..offsets[paper + 1]))
            {
                words[paper * shape[1] + word] = 1;
            }
        }

        return new AcademicGraph
        {
            Name = $"ACM, split of {labels} a class",
            Words = words,
            Classes = classes,
            Authors = AcademicGraph.PatternOf(classes.Length, Pairs("pa.txt")),
            Subjects = AcademicGraph.PatternOf(classes.Length, Pairs("ps.txt")),
            Training = Read($"train_{labels}.npy"),
            Validation = Read($"val_{labels}.npy"),
            Test = Read($"test_{labels}.npy"),
        };

        int[] Read(string name)
        {
            using FileStream file = File.OpenRead(Path.Combine(path, name));
            return NumpyArray.Read(file, name);
        }

        int[] ReadEntry(string name)
        {
            using Stream entry = features.GetEntry(name)?.Open() ?? throw new InvalidDataException($"p_feat.npz holds no {name}.");
            return NumpyArray.Read(entry, name);
        }

        IEnumerable<(int, int)> Pairs(string name) => File.ReadLines(Path.Combine(path, name)).Where(line => line.Length > 0).Select(line =>
            line.Split((char[])['\t', ' '], StringSplitOptions.RemoveEmptyEntries) is [string paper, string other]
                && int.TryParse(paper, CultureInfo.InvariantCulture, out int row)
                && int.TryParse(other, CultureInfo.InvariantCulture, out int column)
                && (uint)row < (uint)classes.Length && column >= 0
                ? (row, column)
                : throw new InvalidDataException($"{name}: '{line}' is not a paper and another number."));
    }
}
