using System.Globalization;
using System.IO.Compression;
using FastRecurrent.Samples.Common;

namespace FastRecurrent.Samples.Citations;

/// <summary>Papers of the ACM digital library as HeCo has them (Wang et al. 2021, data/acm): linked if they share an author.</summary>
internal static class Acm
{
    public static Papers Load(string path)
    {
        int[] classes = ReadFile("labels.npy");
        Split split = new(ReadFile("train_20.npy"), ReadFile("val_20.npy"), ReadFile("test_20.npy"));
        using ZipArchive features = ZipFile.OpenRead(Path.Combine(path, "p_feat.npz"));
        int[] indices = ReadEntry("indices.npy"), offsets = ReadEntry("indptr.npy");
        int[][] words = [.. Enumerable.Range(0, classes.Length).Select(paper => indices[offsets[paper]..offsets[paper + 1]])];
        IEnumerable<IGrouping<int, int>> papersOfAuthors = File.ReadLines(Path.Combine(path, "pa.txt"))
            .Select(line => Array.ConvertAll(line.Split('\t'), number => int.Parse(number, CultureInfo.InvariantCulture)))
            .GroupBy(pair => pair[1], pair => pair[0]);
        return new Papers
        {
            Name = "ACM",
            Graph = Papers.GraphOf(classes.Length,
                papersOfAuthors.SelectMany(papers => papers.SelectMany(from => papers.Select(to => (from, to))))),
            Words = Papers.Normalise(words, ReadEntry("shape.npy")[1]),
            Classes = classes,
            Split = _ => split,
            SplitName = "HeCo's split with 20 labelled a class, another seed every run",
            Published = [("Wang et al. 2021: HeCo, contrastive, by authors and subjects, micro F1 (which is accuracy)", "88.1 ± 0.8 %")],
        };

        int[] ReadFile(string name)
        {
            using FileStream file = File.OpenRead(Path.Combine(path, name));
            return NumpyArray.Read(file, name);
        }

        int[] ReadEntry(string name)
        {
            using Stream entry = features.GetEntry(name)?.Open() ?? throw new InvalidDataException($"p_feat.npz holds no {name}.");
            return NumpyArray.Read(entry, name);
        }
    }
}
