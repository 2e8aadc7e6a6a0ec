namespace FastRecurrent.Samples.SceneParsing;

/// <summary>A picture and the class of each of its pixels.</summary>
internal sealed record Scene(string Name, Picture Picture, Picture Truth)
{
    public const int Classes = 11;

    /// <summary>The class of pixels that count nowhere.</summary>
    public const int Void = Classes;

    public static readonly string[] ClassNames =
        ["sky", "building", "pole", "road", "pavement", "tree", "sign", "fence", "car", "pedestrian", "bicyclist"];

    // CamVid's own colours; void is black.
    private static readonly byte[][] _colours =
    [
        [128, 128, 128], [128, 0, 0], [192, 192, 128], [128, 64, 128], [60, 40, 222], [128, 128, 0], [192, 128, 128], [64, 64, 128],
        [64, 0, 128],
        [64, 64, 0], [0, 128, 192], [0, 0, 0],
    ];

    public Scene Mirror() => new($"{Name} in a mirror", Picture.Mirror(), Truth.Mirror());

    /// <summary>Classes of pixels as colours.</summary>
    public static Picture Paint(int width, int height, IEnumerable<int> classes) =>
        new(width, height, 3, [.. classes.SelectMany(label => _colours[label])]);
}
