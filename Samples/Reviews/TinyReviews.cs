namespace FastRecurrent.Samples.Reviews;

/// <summary>Reviews of no film in particular, tokenised like the real ones.</summary>
internal static class TinyReviews
{
    public static readonly string[] Negative =
    [
        "the plot is dull .\nevery scene drags on and the jokes are stale .\na waste of two hours .",
        "the actors look bored .\nthe story makes no sense and the ending is awful .",
        "a lazy sequel with a stupid script .\nthe music is loud .\ni left early .",
        "the film begins in a small town .\nwhat follows is a boring mess of bad ideas .",
        "the trailer was funny .\nthe film is not .\nit is the worst comedy of the year .",
        "poor lighting , poor sound and a terrible hero .\navoid it .",
        "the book was long .\nthe film feels longer , and it is a dull waste of good actors .",
        "the director wants to shock us .\ninstead the story is stupid and stale .",
        "it was raining , so we went in .\nwe should have stayed outside : the script is awful .",
        "two brothers rob a bank .\nthe chase is boring and the dialogue is bad .",
        "a thriller without a thrill .\nthe ending is lazy and the villain is a terrible bore .",
        "the costumes are fine .\nthe rest is a mess , and the worst scene comes last .",
    ];

    public static readonly string[] Positive =
    [
        "the plot is clever .\nevery scene shines and the jokes are fresh .\na joy from start to end .",
        "the actors are superb .\nthe story is moving and the ending is perfect .",
        "a rare sequel with a brilliant script .\nthe music is lovely .\ni stayed to the last name .",
        "the film begins in a small town .\nwhat follows is a warm tale of great charm .",
        "the trailer was dreary .\nthe film is not .\nit is the best comedy of the year .",
        "fine lighting , fine sound and a wonderful hero .\nsee it .",
        "the book was long .\nthe film feels short , and it is a delight with superb actors .",
        "the director wants to move us .\nhe does , and the story is clever and fresh .",
        "it was raining , so we went in .\nwe were lucky : the script is brilliant .",
        "two brothers rob a bank .\nthe chase is gripping and the dialogue is great .",
        "a thriller that thrills .\nthe ending is perfect and the villain is a wonderful surprise .",
        "the costumes are plain .\nthe rest is a joy , and the best scene comes last .",
    ];
}
