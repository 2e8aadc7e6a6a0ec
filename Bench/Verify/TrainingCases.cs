using System.Numerics;
using FastRecurrent.Cells;
using FastRecurrent.Models;

namespace FastRecurrent.Bench.Verify;

/// <summary>Losses, clipping and optimisers.</summary>
public sealed class TrainingCases : CaseRunner
{
    /// <inheritdoc/>
    public override IReadOnlyList<string> Cells { get; } =
        ["cross-entropy", "binary-cross-entropy", "mean-squared-error", "clip", "sgd", "momentum", "nesterov", "adam", "adamw"];

    /// <inheritdoc/>
    public override void Run<T>(GoldenCase golden, Comparison comparison)
    {
        switch (golden.Cell)
        {
            case "cross-entropy" or "binary-cross-entropy" or "mean-squared-error": RunLoss<T>(golden, comparison); break;
            case "clip": RunClip<T>(golden, comparison); break;
            default: RunOptimiser<T>(golden, comparison); break;
        }
    }

    private static void RunLoss<T>(GoldenCase golden, Comparison comparison)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        string input = golden.Has("in.logits") ? "logits" : "y";
        Reduction reduction = Enum.Parse<Reduction>(golden.Option("reduction", "mean"), ignoreCase: true);
        T[] values = golden.Values<T>("in." + input), gradient = new T[values.Length];
        int size = golden.Shape("in." + input, 3)[^1];
        int[] lengths = golden.Integers("in.lengths");
        T loss = golden.Cell switch
        {
            "cross-entropy" => Loss.CrossEntropy<T>(values, golden.Integers("in.targets"), gradient, reduction, lengths),
            "binary-cross-entropy" =>
                Loss.BinaryCrossEntropy<T>(values, golden.Values<T>("in.targets"), gradient, size, reduction, lengths),
            _ => Loss.MeanSquaredError<T>(values, golden.Values<T>("in.targets"), gradient, size, reduction, lengths),
        };
        comparison.Add<T>("out.loss", [loss]);
        if (golden.HasGradients)
        {
            T upstream = golden.Scalar<T>("upstream.loss");
            comparison.Add<T>("grad.in." + input, [.. gradient.Select(value => value * upstream)]);
        }
    }

    private static void RunClip<T>(GoldenCase golden, Comparison comparison)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ParameterSet<T> parameters = new(golden.Names("in.g.").Select(name => new Parameter<T>("g." + name, golden.Shape("in.g." + name))));
        foreach ((string name, Parameter<T> parameter) in parameters)
        {
            golden.Values<T>("in." + name).CopyTo(parameter.Gradient);
        }

        double threshold = golden.Option("threshold", 1.0);
        if (golden.Option("by", "norm") == "norm")
        {
            comparison.Add<double>("out.norm", [Gradients.ClipByNorm(parameters, threshold)]);
        }
        else
        {
            Gradients.ClipByValue(parameters, threshold);
        }

        foreach ((string name, Parameter<T> parameter) in parameters)
        {
            comparison.Add<T>("out." + name, parameter.Gradient);
        }
    }

    private static void RunOptimiser<T>(GoldenCase golden, Comparison comparison)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int steps = golden.Shape("in.grads", 2)[0], size = golden.Shape("in.grads", 2)[1];
        Parameter<T> parameter = new("param", size);
        LoadParameter(golden, golden.Has("in.param") ? "in.param" : "param.param", parameter);
        ParameterSet<T> parameters = new(parameter);
        double rate = golden.Option("lr", 0.0), decay = golden.Option("weight-decay", 0.0), momentum = golden.Option("momentum", 0.0);
        double beta1 = golden.Option("beta1", 0.9), beta2 = golden.Option("beta2", 0.999), epsilon = golden.Option("epsilon", 1e-8);
        Optimiser<T> optimiser = golden.Cell switch
        {
            "sgd" => new Sgd<T>(parameters, rate, decay),
            "momentum" => new Momentum<T>(parameters, rate, momentum, decay),
            "nesterov" => new Nesterov<T>(parameters, rate, momentum, decay),
            "adam" => new Adam<T>(parameters, rate, beta1, beta2, epsilon, decay),
            _ => new AdamW<T>(parameters, rate, beta1, beta2, epsilon, decay),
        };
        T[] gradients = golden.Values<T>("in.grads"), course = new T[steps * size];
        for (int step = 0; step < steps; step++)
        {
            gradients.AsSpan(step * size, size).CopyTo(parameter.Gradient);
            optimiser.Step();
            parameter.Value.CopyTo(course.AsSpan(step * size));
        }

        comparison.Add<T>("out.param", course);
    }
}
