namespace FastRecurrent.Samples.SceneParsing;

/// <summary>A scene beside its classes: the picture, the truth, then each parse.</summary>
internal static class ParsePicture
{
    private const int LeastWidth = 320, Gap = 8;

    /// <summary>Writes the file, under a temporary name first.</summary>
    /// <param name="path">A PNG file.</param>
    /// <param name="scene">The scene.</param>
    /// <param name="parses">Labels of its superpixels, from left to right.</param>
    public static void Save(string path, SceneGraph scene, params int[][] parses)
    {
        Picture picture = scene.Scene.Picture;
        Picture[] panels =
        [
            picture,
            Scene.Paint(picture.Width, picture.Height, scene.Scene.Truth.Values.Select(label => (int)label)),
            .. parses.Select(labels => Scene.Paint(picture.Width, picture.Height, scene.Superpixels.Select(node => labels[node]))),
        ];
        Png.Save(path, Picture.Beside(panels, Math.Max(1, LeastWidth / picture.Width), Gap));
    }
}
