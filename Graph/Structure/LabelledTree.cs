using System.Globalization;

namespace FastRecurrent.Graph;

/// <summary>
/// A tree whose nodes have a label and whose leaves have a word, as in the Stanford Sentiment Treebank: <c>(3 (2 It) (4 (2 's) (3
/// fine)))</c>. Nodes are numbered as they open: the root is node 0 and a child has a higher number than its parent.
/// </summary>
public sealed class LabelledTree
{
    private readonly int[] _parent;
    private readonly string[] _labels;
    private readonly string?[] _words;

    private LabelledTree(List<int> parent, List<string> labels, List<string?> words)
    {
        _parent = [.. parent];
        _labels = [.. labels];
        _words = [.. words];
    }

    /// <summary>N.</summary>
    public int NodeCount => _parent.Length;

    /// <summary>[N], −1 for the root.</summary>
    public ReadOnlySpan<int> Parent => _parent;

    /// <summary>[N].</summary>
    public ReadOnlySpan<string> Labels => _labels;

    /// <summary>[N], null for inner nodes.</summary>
    public ReadOnlySpan<string?> Words => _words;

    /// <summary>Reads one tree in labelled parentheses. No recursion: the depth is bounded by the text alone.</summary>
    /// <param name="text">One tree.</param>
    /// <exception cref="InvalidDataException">It is none; the message gives the place in the text.</exception>
    public static LabelledTree Parse(ReadOnlySpan<char> text)
    {
        List<int> parent = [];
        List<string> labels = [];
        List<string?> words = [];
        List<bool> hasChildren = [];
        int open = -1, at = 0;
        while (true)
        {
            at = SkipSpace(text, at);
            if (at == text.Length)
            {
                break;
            }

            if (text[at] == '(')
            {
                if (open < 0 && parent.Count > 0)
                {
                    throw Bad(at, "a second tree begins");
                }

                if (open >= 0)
                {
                    if (words[open] is not null)
                    {
                        throw Bad(at, "a node has both a word and children");
                    }

                    hasChildren[open] = true;
                }

                int start = SkipSpace(text, at + 1);
                at = EndOfToken(text, start);
                if (at == start)
                {
                    throw Bad(start, "a node has no label");
                }

                parent.Add(open);
                labels.Add(text[start..at].ToString());
                words.Add(null);
                hasChildren.Add(false);
                open = parent.Count - 1;
            }
            else if (open < 0)
            {
                throw Bad(at, parent.Count == 0 ? "a tree begins with '('" : "there is text after the tree");
            }
            else if (text[at] == ')')
            {
                if (!hasChildren[open] && words[open] is null)
                {
                    throw Bad(at, "a node has neither a word nor children");
                }

                open = parent[open];
                at++;
            }
            else
            {
                if (hasChildren[open] || words[open] is not null)
                {
                    throw Bad(at, hasChildren[open] ? "a node has both a word and children" : "a leaf has two words");
                }

                int start = at;
                at = EndOfToken(text, start);
                words[open] = text[start..at].ToString();
            }
        }

        if (open >= 0 || parent.Count == 0)
        {
            throw Bad(at, parent.Count == 0 ? "there is no tree" : "a ')' is missing");
        }

        return new LabelledTree(parent, labels, words);

        static InvalidDataException Bad(int at, string what) =>
            new(string.Create(CultureInfo.InvariantCulture, $"At character {at}: {what}."));
    }

    /// <summary>The graph child → parent.</summary>
    public CsrGraph ToGraph() => Forest.FromParents(_parent);

    /// <inheritdoc/>
    public override string ToString() => string.Join(' ', _words.Where(word => word is not null));

    private static int SkipSpace(ReadOnlySpan<char> text, int at)
    {
        while (at < text.Length && IsSpace(text[at]))
        {
            at++;
        }

        return at;
    }

    private static int EndOfToken(ReadOnlySpan<char> text, int at)
    {
        while (at < text.Length && !IsSpace(text[at]) && text[at] is not ('(' or ')'))
        {
            at++;
        }

        return at;
    }

    /// <summary>Only ASCII's: the Stanford Sentiment Treebank has words that hold a no-break space.</summary>
    private static bool IsSpace(char letter) => letter is ' ' or (>= '\t' and <= '\r');
}
