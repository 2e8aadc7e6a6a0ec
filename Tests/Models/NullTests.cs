using FastRecurrent.Cells;
using FastRecurrent.Models;

namespace FastRecurrent.Tests.Models;

/// <summary>Null where something is needed: refused at once, by the parameter's name.</summary>
public class NullTests
{
    private static readonly Gru<float> _gru = new(new GruOptions { InputSize = 2, HiddenSize = 2 });
    private static readonly SafeTensorsFile _file =
        SafeTensorsFile.Read(SafeTensorsTests.Bytes(new SafeTensorsWriter().Add(_gru.Parameters)));
    private static readonly OnnxFile _model = OnnxFile.Read(OnnxBytes.Model(OnnxBytes.Graph([], [])));
    private static readonly TrainerOptions _options = new() { Epochs = 1 };

    private static readonly (string Name, Action Call)[] _calls =
    [
        ("parameters", () => new Sgd<float>(null!, 1)),
        ("parameters", () => new Momentum<float>(null!, 1)),
        ("parameters", () => new Nesterov<float>(null!, 1)),
        ("parameters", () => new Adam<float>(null!)),
        ("parameters", () => new AdamW<float>(null!)),
        ("writer", () => new Sgd<float>(_gru.Parameters, 1).Save(null!)),
        ("file", () => new Sgd<float>(_gru.Parameters, 1).Load(null!)),
        ("parameters", () => Gradients.Norm<float>(null!)),
        ("parameters", () => Gradients.ClipByNorm<float>(null!, 1)),
        ("parameters", () => Gradients.ClipByValue<float>(null!, 1)),
        ("optimiser", () => new Trainer<float>(null!, _gru.Pack, _options)),
        ("pack", () => new Trainer<float>(new Sgd<float>(_gru.Parameters, 1), null!, _options)),
        ("options", () => new Trainer<float>(new Sgd<float>(_gru.Parameters, 1), _gru.Pack, null!)),
        ("trainBatch", () => new Trainer<float>(new Sgd<float>(_gru.Parameters, 1), _gru.Pack, _options).Fit([1], null!, () => 1)),
        ("score", () => new Trainer<float>(new Sgd<float>(_gru.Parameters, 1), _gru.Pack, _options).Fit([1], (_, _) => 1, null!)),
        ("path", () => new Trainer<float>(new Sgd<float>(_gru.Parameters, 1), _gru.Pack, _options).LoadCheckpoint(null!)),
        ("parameters", () => ParameterFile.Load<float>(null!, _file)),
        ("file", () => _gru.Parameters.Load((SafeTensorsFile)null!)),
        ("parameters", () => ParameterFile.LoadCell<float>(null!, _file)),
        ("file", () => _gru.Parameters.LoadCell((SafeTensorsFile)null!)),
        ("parameters", () => ParameterFile.Load<float>(null!, _model)),
        ("file", () => _gru.Parameters.Load((OnnxFile)null!)),
        ("parameters", () => ParameterFile.LoadCell<float>(null!, _model)),
        ("file", () => _gru.Parameters.LoadCell((OnnxFile)null!)),
        ("parameters", () => ParameterFile.Load<float>(null!, "x")),
        ("path", () => _gru.Parameters.Load((string)null!)),
        ("writer", () => ParameterFile.Add(null!, _gru.Parameters)),
        ("parameters", () => new SafeTensorsWriter().Add<float>(null!)),
        ("parameters", () => ParameterFile.Save<float>(null!, "x")),
        ("path", () => _gru.Parameters.Save(null!)),
        ("path", () => new SafeTensorsWriter().Save(null!)),
        ("stream", () => new SafeTensorsWriter().Write(null!)),
        ("path", () => SafeTensorsFile.Open(null!)),
        ("stream", () => SafeTensorsFile.Read((Stream)null!)),
        ("name", () => _file.Contains(null!)),
        ("name", () => _ = _file[null!]),
        ("network", () => KerasWeights.LoadKeras((Lstm<float>)null!, _file)),
        ("network", () => KerasWeights.LoadKeras((Gru<float>)null!, _file)),
        ("network", () => KerasWeights.LoadKeras((Srn<float>)null!, _file)),
        ("file", () => _gru.LoadKeras(null!)),
        ("path", () => OnnxFile.Open(null!)),
        ("stream", () => OnnxFile.Read((Stream)null!)),
        ("name", () => _model.GetNode(null!)),
        ("name", () => _model.GetTensor(null!)),
        ("node", () => OnnxLayers.LoadLinear<float>(null!)),
        ("node", () => OnnxLayers.LoadConvolution<float>(null!)),
        ("node", () => OnnxRecurrent.Load<float>(null!)),
        ("file", () => OnnxRecurrent.Load<float>(null!, "x")),
        ("name", () => OnnxRecurrent.Load<float>(_model, null!)),
        ("file", () => OnnxRecurrent.Load<float>(null!, 0)),
        ("file", () => OnnxRecurrent.RecurrentNodes(null!)),
        ("options", () => new EncoderDecoder<float>(null!)),
        ("options", () => new HanDocument<float>(null!)),
        ("network", () => new BeamSearch<float>(null!, 1, 1, 1, 0, 0)),
        ("generator", () => new SequenceSampler<float>(null!, 1)),
        ("network", () => new SequenceClassifier<float>(null!, 2, SequencePooling.LastState)),
        ("network", () => new SequenceClassifier<float>(5, null!, 2, SequencePooling.LastState)),
        ("network", () => new SequenceTagger<float>([], null!, 2)),
        ("embeddings", () => new SequenceTagger<float>(null!, _gru, 2)),
        ("embeddings", () => new SequenceTagger<float>([null!], _gru, 2)),
        ("ids", () =>
        {
            SequenceTagger<float> tagger = new([new Embedding<float>(2, _gru.InputSize)], _gru, 2);
            tagger.Forward([null!], [1], new float[2], tagger.CreateTape(1, 1));
        }),
        ("network", () => new SequenceGenerator<float>(2, 2, null!, 0, 0)),
        ("threads", () => new ThreadClassifier<float>(null!, new Mlp<float>([2, 2]))),
        ("random", () => Prediction.Sample<float>([1], 1, null!)),
        ("Words", () => new DecodedSequence(null!, 0, true)),
    ];

    [Fact]
    public void Null_is_refused_by_name()
    {
        foreach ((string name, Action call) in _calls)
        {
            Assert.Throws<ArgumentNullException>(name, call);
        }
    }
}
