namespace FastRecurrent.Samples.TreeSentiment;

/// <summary>Sentences of no text in particular: word, part of speech, head and relation.</summary>
internal static class TinyTreebank
{
    public static readonly string[] Training =
    [
        "the/DET/2/det cat/NOUN/3/nsubj sleeps/VERB/0/root ./PUNCT/3/punct",
        "a/DET/2/det dog/NOUN/3/nsubj sees/VERB/0/root the/DET/5/det cat/NOUN/3/obj ./PUNCT/3/punct",
        "she/PRON/2/nsubj reads/VERB/0/root a/DET/5/det long/ADJ/5/amod book/NOUN/2/obj ./PUNCT/2/punct",
        "they/PRON/2/nsubj walk/VERB/0/root to/ADP/5/case the/DET/5/det house/NOUN/2/obl ./PUNCT/2/punct",
        "the/DET/2/det bird/NOUN/3/nsubj sings/VERB/0/root in/ADP/6/case a/DET/6/det tree/NOUN/3/obl ./PUNCT/3/punct",
        "he/PRON/2/nsubj sees/VERB/0/root the/DET/5/det small/ADJ/5/amod bird/NOUN/2/obj ./PUNCT/2/punct",
        "we/PRON/2/nsubj sleep/VERB/0/root in/ADP/6/case the/DET/6/det old/ADJ/6/amod house/NOUN/2/obl ./PUNCT/2/punct",
        "the/DET/3/det old/ADJ/3/amod man/NOUN/4/nsubj walks/VERB/0/root to/ADP/7/case a/DET/7/det river/NOUN/4/obl ./PUNCT/4/punct",
        "the/DET/2/det dog/NOUN/3/nsubj walks/VERB/0/root slowly/ADV/3/advmod ./PUNCT/3/punct",
        "she/PRON/2/nsubj sings/VERB/0/root loudly/ADV/2/advmod ./PUNCT/2/punct",
    ];

    public static readonly string[] Validation =
    [
        "the/DET/2/det man/NOUN/3/nsubj reads/VERB/0/root in/ADP/6/case the/DET/6/det tree/NOUN/3/obl ./PUNCT/3/punct",
        "they/PRON/2/nsubj see/VERB/0/root a/DET/4/det dog/NOUN/2/obj ./PUNCT/2/punct",
    ];

    public static readonly string[] Test =
    [
        "the/DET/2/det cat/NOUN/3/nsubj walks/VERB/0/root to/ADP/7/case the/DET/7/det small/ADJ/7/amod bird/NOUN/3/obl ./PUNCT/3/punct",
        "she/PRON/2/nsubj sees/VERB/0/root the/DET/5/det old/ADJ/5/amod house/NOUN/2/obj ./PUNCT/2/punct",
    ];
}
