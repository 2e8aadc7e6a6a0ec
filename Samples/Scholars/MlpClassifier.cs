using FastRecurrent.Cells;
using FastRecurrent.Models;

namespace FastRecurrent.Samples.Scholars;

/// <summary>A perceptron on a paper's own words, as wide as the HAN's projection: what can be told without the graph.</summary>
internal sealed class MlpClassifier : IPaperClassifier
{
    private readonly AcademicGraph _graph;
    private readonly Mlp<float> _mlp;
    private readonly MlpTape<float> _tape;
    private float[] _x = [];

    public MlpClassifier(AcademicGraph graph, int seed)
    {
        _graph = graph;
        _mlp = new Mlp<float>([graph.WordCount, HanClassifier.Heads * HanClassifier.HeadSize, graph.ClassCount]);
        _mlp.Initialise(seed);
        _tape = _mlp.CreateTape(graph.PaperCount);
    }

    public ParameterSet<float> Parameters => _mlp.Parameters;

    public void Pack() => _mlp.Pack();

    public float[] Forward(int[] papers, int? seed)
    {
        double dropout = seed is null ? 0 : HanClassifier.Dropout;
        int words = _graph.WordCount;
        _x = new float[papers.Length * words];
        for (int i = 0; i < papers.Length; i++)
        {
            _graph.Words.AsSpan(papers[i] * words, words).CopyTo(_x.AsSpan(i * words));
        }

        // The hidden layer draws for its own number; the inputs take one that no layer has.
        Dropout.Forward<float>(_x, dropout, seed ?? 0, _x, step: -1);
        float[] logits = new float[papers.Length * _graph.ClassCount];
        _mlp.Forward(_x, logits, _tape, dropout, seed ?? 0);
        return logits;
    }

    public void Backward(ReadOnlySpan<float> gradient) => _mlp.Backward(_x, gradient, default, _tape);
}
