using FastRecurrent.Kernels;
using FastRecurrent.Models;
using FastRecurrent.Samples.Common;

namespace FastRecurrent.Samples.SceneParsing;

/// <summary>A perceptron that tells each superpixel's class from its features alone, whatever the others are.</summary>
internal sealed class ConfidenceMap
{
    private const int BatchSize = 256, HiddenSize = 128;
    private const double DropoutRate = 0.2;
    private readonly MlpTape<float> _tape;

    public ConfidenceMap(int maxNodes, int seed)
    {
        Model = new Mlp<float>([SuperpixelFeatures.Count, HiddenSize, HiddenSize, Scene.Classes]);
        Model.Initialise(seed);
        _tape = Model.CreateTape(Math.Max(BatchSize, maxNodes));
    }

    public Mlp<float> Model { get; }

    /// <summary>Trains on superpixels of all pictures mixed.</summary>
    public void Train(SceneGraph[] training, SceneGraph[] validation, WeightedLoss loss, int epochs, int seed,
        CancellationToken cancellation)
    {
        float[][] features = [.. training.SelectMany(scene => scene.Features.Chunk(SuperpixelFeatures.Count))];
        int[] targets = [.. training.SelectMany(scene => scene.Majority)];
        Trainer<float> trainer = new(
            new AdamW<float>(Model.Parameters, 2e-3, weightDecay: 0.05),
            Model.Pack,
            new TrainerOptions
            {
                Epochs = epochs,
                BatchSize = BatchSize,
                Seed = seed,
                ClipNorm = 1,
                Schedule = (step, total) => LearningRateSchedule.Cosine(step, total, 0.02)
            });
        TrainingView view = new("mIoU");
        view.Show(progress => trainer.Fit(new int[targets.Length], TrainBatch, () => Parse(validation).MeanIntersectionOverUnion, progress,
            cancellation));
        view.PrintEpochs();

        double TrainBatch(int[] examples, long step)
        {
            float[] x = [.. examples.SelectMany(example => features[example])], logits = new float[examples.Length * Scene.Classes];
            Model.Forward(x, logits, _tape, DropoutRate, unchecked((int)step));
            double mean = loss.Differentiate(logits, [.. examples.Select(example => targets[example])]);
            Model.Backward(x, logits, default, _tape);
            return mean;
        }
    }

    /// <summary>[nodes, classes], probabilities.</summary>
    public float[] Confidences(SceneGraph scene)
    {
        float[] confidences = new float[scene.Nodes * Scene.Classes];
        Model.Forward(scene.Features, confidences, _tape);
        for (int node = 0; node < scene.Nodes; node++)
        {
            Span<float> row = confidences.AsSpan(node * Scene.Classes, Scene.Classes);
            NeuralPrimitives.Softmax<float>(row, row);
        }

        return confidences;
    }

    public ConfusionMatrix Parse(SceneGraph[] scenes) =>
        ConfusionMatrix.Of(scenes.Select(scene => (scene, ConfusionMatrix.Labels(Confidences(scene)))));
}
