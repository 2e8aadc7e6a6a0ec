namespace FastRecurrent.Samples.SceneParsing;

/// <summary>
/// Street scenes in the layout of the CamVid data set (Brostow et al. 2008) with 11 classes: folders train, val and test of PNG pictures,
/// and trainannot, valannot and testannot of grey ones of the same names, whose pixels are classes.
/// </summary>
internal sealed record SceneData(Scene[] Training, Scene[] Validation, Scene[] Test)
{
    public static SceneData Load(string? path) => path is null
        ? SyntheticScenes.Draw()
        : new SceneData(LoadSplit(path, "train"), LoadSplit(path, "val"), LoadSplit(path, "test"));

    private static Scene[] LoadSplit(string path, string split)
    {
        string[] files = [.. Directory.GetFiles(Path.Combine(path, split), "*.png").Order(StringComparer.Ordinal)];
        return files.Length > 0
            ? [.. files.Select(file => LoadScene(file, Path.Combine(path, $"{split}annot", Path.GetFileName(file))))]
            : throw new InvalidDataException($"{Path.Combine(path, split)} holds no PNG pictures.");
    }

    private static Scene LoadScene(string file, string annotation)
    {
        Picture picture = Png.Read(file), truth = Png.Read(annotation);
        if (picture.Channels != 3 || truth.Channels != 1 || (picture.Width, picture.Height) != (truth.Width, truth.Height))
        {
            throw new InvalidDataException($"{file} must be RGB, and {annotation} grey and of the same size.");
        }

        return truth.Values.Max() <= Scene.Void
            ? new Scene(Path.GetFileNameWithoutExtension(file), picture, truth)
            : throw new InvalidDataException($"{annotation} has class {truth.Values.Max()}; there are 0 … {Scene.Void}, the last is void.");
    }
}
