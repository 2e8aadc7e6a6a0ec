using FastRecurrent.Cells;
using FastRecurrent.Graph;

namespace FastRecurrent.Samples.Scholars;

/// <summary>Heterogeneous graph attention over papers, then a linear layer to the classes, of the sizes of Wang et al. 2019.</summary>
internal sealed class HanClassifier : IPaperClassifier
{
    public const int Heads = 8, HeadSize = 8;
    public const double Dropout = 0.6;
    private const int SemanticSize = 128;
    private readonly AcademicGraph _graph;
    private readonly MetaPath[] _paths;
    private readonly Han<float> _han;
    private readonly HanTape<float> _tape;
    private readonly Linear<float> _classes;
    private readonly float[] _z, _dz, _beta, _workspace;
    private int[] _papers = [];
    private float[] _rows = [];

    public HanClassifier(AcademicGraph graph, MetaPath[] paths, int seed)
    {
        _graph = graph;
        _paths = paths;
        _han = new Han<float>(new HanOptions
        {
            InputSizes = [graph.WordCount],
            Heads = Heads,
            HeadSize = HeadSize,
            Paths = paths.Length,
            SemanticSize = SemanticSize,
            InputDropout = Dropout,

            // One path through middles rules it out for all: its coefficients never stand anywhere.
            AttentionDropout = paths.All(path => path.IsListed) ? Dropout : 0,
        });
        _classes = new Linear<float>(_han.Options.OutputSize, graph.ClassCount);
        Parameters = new ParameterSet<float>().Join("han.", _han.Parameters).Join("classes.", _classes.Parameters);
        _tape = _han.CreateTape([graph.PaperCount], paths);
        _z = new float[graph.PaperCount * _han.Options.OutputSize];
        _dz = new float[_z.Length];
        _beta = new float[paths.Length];
        _workspace = new float[_classes.WorkspaceLength];
        _han.Initialise(seed);
        _classes.Initialise(seed);
    }

    public ParameterSet<float> Parameters { get; }

    /// <summary>β of the last run: how much each meta-path counts.</summary>
    public ReadOnlySpan<float> Beta => _beta;

    public void Pack()
    {
        _han.Pack();
        _classes.Pack();
    }

    public float[] Forward(int[] papers, int? seed)
    {
        int width = _han.Options.OutputSize;
        _han.Forward(_graph.Words, [_graph.PaperCount], _paths, _z, _beta, _tape, seed);
        _papers = papers;
        _rows = new float[papers.Length * width];
        for (int i = 0; i < papers.Length; i++)
        {
            _z.AsSpan(papers[i] * width, width).CopyTo(_rows.AsSpan(i * width));
        }

        float[] logits = new float[papers.Length * _graph.ClassCount];
        _classes.Forward(_rows, logits);
        return logits;
    }

    public void Backward(ReadOnlySpan<float> gradient)
    {
        int width = _han.Options.OutputSize;
        float[] slopes = new float[_rows.Length];
        _classes.Backward(_rows, gradient, slopes, _workspace);
        Array.Clear(_dz);
        for (int i = 0; i < _papers.Length; i++)
        {
            slopes.AsSpan(i * width, width).CopyTo(_dz.AsSpan(_papers[i] * width));
        }

        _han.Backward(_dz, default, default, _tape);
    }

    public override string ToString() => _han.ToString();
}
