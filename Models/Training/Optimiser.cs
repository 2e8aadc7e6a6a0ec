using System.Numerics;
using FastRecurrent.Cells;
using FastRecurrent.Kernels;

namespace FastRecurrent.Models;

/// <summary>Changes all parameters of a model along their gradients, one step at a time, without allocating. A parameter with several names
/// in the set, which parts of the model share, is changed once a step, and its moments have the first of the names.</summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public abstract class Optimiser<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly AlignedBuffer<T>[][] _moments;
    private readonly int _count; // parameters

    private protected Optimiser(ParameterSet<T> parameters, double learningRate, double weightDecay, int moments)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        TrainingNumbers.RequireAtLeastZero(learningRate);
        WeightDecay = TrainingNumbers.RequireAtLeastZero(weightDecay);
        Parameters = parameters;
        LearningRate = learningRate;
        parameters.AllocateGradients();
        _count = parameters.Distinct.Count;
        _moments =
        [
            .. Enumerable.Range(0, moments)
                .Select(_ => parameters.Distinct.Select(item => new AlignedBuffer<T>(item.Value.Length)).ToArray()),
        ];
    }

    /// <summary>What it changes.</summary>
    public ParameterSet<T> Parameters { get; }

    /// <summary>The learning rate. A <see cref="Trainer{T}"/> with a schedule sets it before each step, and back when it ends.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is negative or not finite.</exception>
    public double LearningRate
    {
        get;
        set => field = TrainingNumbers.RequireAtLeastZero(value, nameof(LearningRate));
    }

    /// <summary>λ of weight decay; 0 for none.</summary>
    public double WeightDecay { get; }

    /// <summary>Steps taken.</summary>
    public long Steps { get; private set; }

    /// <summary>The algorithm's name.</summary>
    internal string Kind => GetType().Name.Split('`')[0];

    /// <summary>The numbers that it alone has, for <see cref="ToString"/>.</summary>
    internal virtual string Numbers => "";

    /// <summary>Whether a gradient of zero leaves a finite value as it is, to the bit.</summary>
    private protected virtual bool SkipsZeroGradients => false;

    /// <summary>One step with the gradients as they are. The networks must then <c>Pack</c>.</summary>
    /// <exception cref="InvalidOperationException">Parameters have joined the set since the optimiser was made; nothing has
    /// changed.</exception>
    public void Step()
    {
        RequireSameSet();
        Steps++;
        for (int i = 0; i < Parameters.Distinct.Count; i++)
        {
            Parameter<T> parameter = Parameters.Distinct[i].Value;
            if (SkipsZeroGradients && parameter.IsSparse)
            {
                foreach (int row in parameter.TouchedRows)
                {
                    Update(parameter.RowOf(parameter.Value, row), parameter.RowOf(parameter.GradientMemory, row), default, default);
                }

                continue;
            }

            Update(
                parameter.Value,
                parameter.GradientMemory,
                _moments.Length > 0 ? _moments[0][i].Span : default,
                _moments.Length > 1 ? _moments[1][i].Span : default);
        }
    }

    /// <summary>Adds the state of the optimiser to a file: the moments of every parameter, the number of steps and, as metadata
    /// <c>kind</c>, the algorithm's name.</summary>
    /// <param name="writer">The file to be.</param>
    /// <param name="prefix">What to put in front of the names.</param>
    public void Save(SafeTensorsWriter writer, string prefix = "")
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.SetMetadata(prefix + "kind", Kind).Add(prefix + "steps", [1], [Steps]);
        ForEachMoment(prefix, (name, moment) => writer.Add<T>(name, [moment.Length], moment.Span));
    }

    /// <summary>Takes its state from a file.</summary>
    /// <param name="file">The file.</param>
    /// <param name="prefix">What stands in front of the names.</param>
    /// <exception cref="InvalidDataException">It is that of another algorithm, a tensor is missing, or its type or size is another, or the
    /// number of steps is negative; nothing has changed.</exception>
    public void Load(SafeTensorsFile file, string prefix = "")
    {
        ArgumentNullException.ThrowIfNull(file);
        long steps = Check(file, prefix);
        ForEachMoment(prefix, (name, moment) => file.CopyTo(name, moment.Span));
        Steps = steps;
    }

    /// <summary>Throws what <see cref="Load"/> would, and returns the number of steps.</summary>
    internal long Check(SafeTensorsFile file, string prefix)
    {
        // Moments of one algorithm mean nothing to another, but have the same names and sizes.
        if (file.Metadata.TryGetValue(prefix + "kind", out string? kind) && kind != Kind)
        {
            throw new InvalidDataException($"The state of the optimiser is that of {Quoting.Clip(kind)}, but this is {Kind}.");
        }

        ForEachMoment(prefix, (name, moment) => RequireCount(ParameterFile.FindFloats(file, name), moment.Length));
        long[] steps = new long[1];
        RequireCount(file[prefix + "steps"], steps.Length);
        file.CopyTo(prefix + "steps", steps);
        return steps[0] >= 0
            ? steps[0]
            : throw new InvalidDataException($"Tensor {file[prefix + "steps"]} holds {steps[0]}, but a number of steps is 0 or more.");
    }

    /// <inheritdoc/>
    public override string ToString() =>
        $"{Kind}, learning rate {LearningRate}{(WeightDecay == 0 ? "" : $", weight decay {WeightDecay}")}{Numbers}, {Steps} "
            + $"step{(Steps == 1 ? "" : "s")}: {Parameters}";

    private static void RequireCount(TensorInfo tensor, int count)
    {
        if (tensor.ElementCount != count)
        {
            throw new InvalidDataException($"Tensor {tensor} in the file, but {count} values are needed.");
        }
    }

    private void RequireSameSet()
    {
        if (Parameters.Distinct.Count != _count)
        {
            throw new InvalidOperationException(
                $"The optimiser was made for {_count} parameters, and its set has {Parameters.Distinct.Count} now.");
        }
    }

    private void ForEachMoment(string prefix, Action<string, AlignedBuffer<T>> action)
    {
        RequireSameSet();
        for (int moment = 0; moment < _moments.Length; moment++)
        {
            for (int i = 0; i < Parameters.Distinct.Count; i++)
            {
                action($"{prefix}{moment}.{Parameters.Distinct[i].Key}", _moments[moment][i]);
            }
        }
    }

    private protected abstract void Update(Span<T> value, ReadOnlySpan<T> gradient, Span<T> first, Span<T> second);
}
