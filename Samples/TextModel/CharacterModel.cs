using FastRecurrent.Cells;
using FastRecurrent.Models;

namespace FastRecurrent.Samples.TextModel;

/// <summary>A character model: embedding → LSTM → linear → softmax. It is trained on chunks,
/// with the state carried from chunk to chunk.</summary>
internal sealed class CharacterModel
{
    private readonly Embedding<float> _embedding;
    private readonly Lstm<float> _lstm;
    private readonly Linear<float> _head;

    public CharacterModel(int vocabularySize, int embeddingSize, int hiddenSize, int layers)
    {
        _embedding = new Embedding<float>(vocabularySize, embeddingSize);
        _lstm = new Lstm<float>(new LstmOptions { InputSize = embeddingSize, HiddenSize = hiddenSize, Layers = layers });
        _head = new Linear<float>(hiddenSize, vocabularySize);
        Parameters = new ParameterSet<float>()
            .Join("embedding.", _embedding.Parameters).Join("lstm.", _lstm.Parameters).Join("head.", _head.Parameters);
    }

    public int VocabularySize => _embedding.VocabularySize;

    public ParameterSet<float> Parameters { get; }

    public void Initialise(int seed)
    {
        _embedding.Initialise(seed, deviation: 0.3);
        _lstm.Initialise(seed + 1);
        _head.Initialise(seed + 2);
    }

    /// <summary>After parameters have changed.</summary>
    public void Pack()
    {
        _lstm.Pack();
        _head.Pack();
    }

    /// <summary>Memory for chunks of T·B characters, and the state that is carried from one to the next.</summary>
    public sealed class Session
    {
        private readonly CharacterModel _model;
        private readonly int _steps;
        private readonly int _batch;
        private readonly bool _training;
        private readonly Tape<float> _tape;
        private readonly float[] _state;
        private readonly float[] _cellState;
        private readonly float[] _x;
        private readonly float[] _y;
        private readonly float[] _logits;
        private readonly float[] _dy;
        private readonly float[] _workspace;

        public Session(CharacterModel model, int steps, int batch, bool training)
        {
            _model = model;
            _steps = steps;
            _batch = batch;
            _training = training;
            _tape = training ? model._lstm.CreateTape(steps, batch) : model._lstm.CreateWorkspace(steps, batch);
            _state = new float[model._lstm.StateRows * batch * model._lstm.HiddenSize];
            _cellState = new float[_state.Length];
            _x = new float[steps * batch * model._embedding.EmbeddingSize];
            _y = new float[steps * batch * model._lstm.OutputSize];
            _logits = new float[steps * batch * model.VocabularySize];
            _dy = new float[_y.Length];
            _workspace = new float[model._head.WorkspaceLength];
        }

        /// <summary>Sets the state of one sequence of the batch back to zeros.</summary>
        public void Reset(int sequence)
        {
            int size = _model._lstm.HiddenSize;
            for (int row = sequence; row < _state.Length / size; row += _batch)
            {
                _state.AsSpan(row * size, size).Clear();
                _cellState.AsSpan(row * size, size).Clear();
            }
        }

        /// <summary>Runs a chunk and, in training, adds its gradients. States are carried on, gradients are not (truncated BPTT).</summary>
        /// <param name="ids">[T·B], time-major; a shorter chunk than the session's is allowed.</param>
        /// <param name="targets">[T·B], the next characters.</param>
        /// <param name="dropout">What is left out.</param>
        /// <returns>The mean loss of a character, in bits.</returns>
        public double Run(ReadOnlySpan<int> ids, ReadOnlySpan<int> targets, SequenceDropout dropout = default)
        {
            int count = ids.Length;
            Span<float> x = _x.AsSpan(0, count * _model._embedding.EmbeddingSize);
            Span<float> y = _y.AsSpan(0, count * _model._lstm.OutputSize), dy = _dy.AsSpan(0, y.Length);
            Span<float> logits = _logits.AsSpan(0, count * _model.VocabularySize);
            _model._embedding.Forward(ids, x);
            _model._lstm.Run(
                new SequenceInput<float> { Steps = count / _batch, Batch = _batch, X = x, H0 = _state, C0 = _cellState, Dropout = dropout },
                new SequenceOutput<float> { Y = y, H = _state, C = _cellState },
                _tape);
            _model._head.Forward(y, logits);
            float loss = Loss.CrossEntropy<float>(logits, targets, logits, Reduction.Mean);
            if (_training)
            {
                _model._head.Backward(y, logits, dy, _workspace);
                _model._lstm.Backward(new SequenceOutputGradient<float> { Y = dy }, new SequenceInputGradient<float> { X = x }, _tape);
                _model._embedding.Backward(ids, x);
            }

            return loss / Math.Log(2);
        }
    }

    /// <summary>Continues a text character by character on a stream.</summary>
    /// <param name="start">The first characters.</param>
    /// <param name="length">How many to add.</param>
    /// <param name="temperature">Below 1: safer, above: bolder.</param>
    /// <param name="seed">Of the draws.</param>
    public IEnumerable<int> Generate(IReadOnlyList<int> start, int length, float temperature, int seed)
    {
        Random random = new(seed);
        RecurrentStream<LstmCell<float>, float> stream = _lstm.CreateStream();
        float[] x = new float[_embedding.EmbeddingSize], logits = new float[VocabularySize];
        int next = 0;
        for (int i = 0; i < start.Count + length; i++)
        {
            int id = i < start.Count ? start[i] : next;
            if (i >= start.Count)
            {
                yield return id;
            }

            _embedding.Forward([id], x);
            stream.Step(x);
            _head.Forward(stream.Output, logits);
            next = Prediction.Sample<float>(logits, temperature, random);
        }
    }
}
