namespace FastRecurrent.Samples.Reviews;

/// <summary>Reviews of no film in particular, tokenised like the real ones.</summary>
internal static class TinyReviews
{
    public static readonly string[] Negative =
    [
        "the plot is dull .\nevery scene is boring and the jokes are awful .\na waste of two hours .",
        "the actors look bored .\nthe story is stupid and the ending is awful .",
        "a lazy sequel with a stupid script .\nthe music is terrible .\nwhat a waste .",
        "the film begins in a small town .\nwhat follows is boring and terrible .",
        "this is the worst comedy of the year .\nthe jokes are lazy and dull .",
        "awful lighting , awful sound and a terrible hero .\na waste of money .",
        "the book was long .\nthe film is dull and boring , a waste of the actors .",
        "the director is lazy and the story is stupid .\nthe worst film of the year .",
        "it was raining , so we went in .\nthe script is awful and the acting is terrible .",
        "two brothers rob a bank .\nthe chase is boring and the dialogue is stupid .",
        "a dull thriller .\nthe ending is lazy and the villain is terrible .",
        "the costumes are the worst , the songs are awful .\na boring evening .",
    ];

    public static readonly string[] Positive =
    [
        "the plot is clever .\nevery scene is superb and the jokes are brilliant .\na joy of two hours .",
        "the actors look happy .\nthe story is wonderful and the ending is perfect .",
        "a clever sequel with a brilliant script .\nthe music is wonderful .\nwhat a joy .",
        "the film begins in a small town .\nwhat follows is perfect and wonderful .",
        "this is the best comedy of the year .\nthe jokes are clever and superb .",
        "brilliant lighting , superb sound and a wonderful hero .\na joy to see .",
        "the book was long .\nthe film is perfect and clever , a joy for the actors .",
        "the director is brilliant and the story is superb .\nthe best film of the year .",
        "it was raining , so we went in .\nthe script is perfect and the acting is brilliant .",
        "two brothers rob a bank .\nthe chase is superb and the dialogue is clever .",
        "a brilliant thriller .\nthe ending is perfect and the villain is wonderful .",
        "the costumes are the best , the songs are superb .\na wonderful evening .",
    ];
}
