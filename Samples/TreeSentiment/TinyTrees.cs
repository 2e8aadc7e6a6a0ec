namespace FastRecurrent.Samples.TreeSentiment;

/// <summary>Sentences about no film in particular, labelled like the real ones.</summary>
internal static class TinyTrees
{
    public static readonly string[] Training =
    [
        "(4 (2 (2 the) (2 film)) (4 (2 is) (4 wonderful)))",
        "(0 (2 (2 the) (2 film)) (0 (2 is) (0 awful)))",
        "(3 (2 (2 the) (2 story)) (3 (2 is) (3 good)))",
        "(1 (2 (2 the) (2 story)) (1 (2 is) (1 dull)))",
        "(2 (2 (2 the) (2 cast)) (2 (2 is) (2 large)))",
        "(4 (2 (2 the) (2 cast)) (4 (2 is) (4 (2 very) (3 good))))",
        "(0 (2 (2 the) (2 cast)) (0 (2 is) (0 (2 very) (1 dull))))",
        "(1 (2 (2 the) (2 film)) (1 (2 is) (1 (2 not) (3 good))))",
        "(3 (2 (2 the) (2 film)) (3 (2 is) (3 (2 not) (1 dull))))",
        "(2 (2 (2 a) (2 film)) (2 (2 about) (2 (2 a) (2 war))))",
        "(4 (4 (2 a) (4 (4 wonderful) (2 cast))) (2 !))",
        "(0 (0 (2 an) (0 (0 awful) (2 story))) (2 !))",
        "(1 (2 (2 the) (2 music)) (1 (2 is) (1 (2 not) (4 wonderful))))",
        "(3 (3 (3 good) (2 music)) (2 .))",
        "(1 (1 (1 dull) (2 music)) (2 .))",
        "(4 (4 (2 a) (4 (4 (2 very) (3 good)) (2 story))) (2 .))",
    ];

    public static readonly string[] Validation =
    [
        "(4 (2 (2 the) (2 music)) (4 (2 is) (4 wonderful)))",
        "(0 (2 (2 the) (2 story)) (0 (2 is) (0 awful)))",
        "(1 (2 (2 the) (2 story)) (1 (2 is) (1 (2 not) (3 good))))",
        "(2 (2 (2 a) (2 story)) (2 (2 about) (2 (2 the) (2 music))))",
    ];

    public static readonly string[] Test =
    [
        "(4 (2 (2 the) (2 music)) (4 (2 is) (4 (2 very) (3 good))))",
        "(0 (0 (2 an) (0 (0 awful) (2 film))) (2 .))",
        "(3 (2 (2 the) (2 story)) (3 (2 is) (3 (2 not) (1 dull))))",
        "(1 (1 (1 dull) (2 cast)) (2 .))",
    ];
}
