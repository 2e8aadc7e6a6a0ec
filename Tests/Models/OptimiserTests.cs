using System.Numerics;
using FastRecurrent.Cells;
using FastRecurrent.Models;
using FastRecurrent.Tests.Support;

namespace FastRecurrent.Tests.Models;

/// <summary>The optimisers' updates at every length, against their equations element by element.</summary>
public class OptimiserTests
{
    private const double Rate = 0.03, Decay = 0.01, Mu = 0.9;

    [Fact]
    public void Momentum_and_its_kin_have_the_bits_of_their_equations()
    {
        Check<float>(0, (parameters, decay) => new Sgd<float>(parameters, Rate, decay));
        Check<double>(0, (parameters, decay) => new Sgd<double>(parameters, Rate, decay));
        Check<float>(1, (parameters, decay) => new Momentum<float>(parameters, Rate, Mu, decay));
        Check<double>(1, (parameters, decay) => new Momentum<double>(parameters, Rate, Mu, decay));
        Check<float>(2, (parameters, decay) => new Nesterov<float>(parameters, Rate, Mu, decay));
        Check<double>(2, (parameters, decay) => new Nesterov<double>(parameters, Rate, Mu, decay));
    }

    [Theory]
    [InlineData(-1e-3)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void Learning_rates_that_cannot_be_are_refused_whenever_they_come(double rate)
    {
        ParameterSet<float> parameters = new(new Parameter<float>("w", 3));
        Assert.Equal("learningRate", Assert.Throws<ArgumentOutOfRangeException>(() => new Adam<float>(parameters, rate)).ParamName);
        Sgd<float> sgd = new(parameters, Rate);
        Assert.Equal("LearningRate", Assert.Throws<ArgumentOutOfRangeException>(() => sgd.LearningRate = rate).ParamName);
        Assert.Equal(Rate, sgd.LearningRate);
    }

    /// <summary>Rows that get no gradient any more, as those of an embedding: their moments would decay into denormals,
    /// a hundred times slower.</summary>
    [Fact]
    public void Moments_of_unused_rows_become_zero()
    {
        foreach (Func<ParameterSet<float>, Optimiser<float>> create in new Func<ParameterSet<float>, Optimiser<float>>[]
        {
            parameters => new Momentum<float>(parameters, Rate), parameters => new Nesterov<float>(parameters, Rate), parameters =>
            new Adam<float>(parameters, Rate),
        })
        {
            Parameter<float> parameter = new("w", 20);
            Optimiser<float> optimiser = create(new ParameterSet<float>(parameter));
            parameter.Gradient.Fill(1e-20f);
            optimiser.Step();
            parameter.Gradient.Clear();
            for (int step = 0; step < 1000; step++)
            {
                optimiser.Step();
            }

            SafeTensorsWriter writer = new();
            optimiser.Save(writer);
            float[] moment = new float[20];
            SafeTensorsFile.Read(SafeTensorsTests.Bytes(writer)).CopyTo<float>("0.w", moment);
            Assert.All(moment, value => Assert.Equal(0, value));
        }
    }

    /// <summary>However small the gradient and ε are: the squares' mean is smaller still, and a float has less room for it.</summary>
    [Theory]
    [InlineData(1e-14, 1e-20, 1e-5)]
    [InlineData(1e-14, 1e-16, 1e-5)]
    [InlineData(2e-14, 1e-15, 1e-5)]
    [InlineData(1e-14, 1e-8, 1e-5)]
    [InlineData(1e-17, 1e-25, 1e-5)]
    [InlineData(1e-19, 1e-25, 1)] // no room at all: it moves less, but never more
    [InlineData(1e-25, 1e-30, 1)]
    public void Adams_steps_with_small_numbers_are_those_of_its_equations(double slope, double epsilon, double tolerance)
    {
        const int Length = 19; // whole vectors and a rest
        Parameter<float> parameter = new("w", Length);
        Adam<float> adam = new(new ParameterSet<float>(parameter), 1e-3, epsilon: epsilon);
        double w = 0, m = 0, v = 0;
        for (int step = 1; step <= 3; step++)
        {
            parameter.Gradient.Fill((float)slope);
            adam.Step();
            (m, v) = (0.9 * m + 0.1 * slope, 0.999 * v + 0.001 * slope * slope);
            w -= 1e-3 * m / (1 - Math.Pow(0.9, step)) / (Math.Sqrt(v / (1 - Math.Pow(0.999, step))) + epsilon);
            foreach (float value in parameter.Value)
            {
                Assert.InRange(value, w * (1 + tolerance), w * (1 - tolerance));
            }
        }
    }

    [Fact]
    public void A_set_that_grows_is_not_the_optimisers_any_more_and_names_that_clash_add_nothing()
    {
        Linear<float> first = new(2, 2), second = new(2, 3);
        Adam<float> adam = new(first.Parameters);
        int names = first.Parameters.Count;
        Assert.Contains("are named", Assert.Throws<ArgumentException>(() => first.Parameters.Join("", second.Parameters)).Message);
        Assert.Equal(names, first.Parameters.Count);
        adam.Step();
        first.Parameters.Join("second.", second.Parameters);
        Assert.Contains("made for 2 parameters", Assert.Throws<InvalidOperationException>(adam.Step).Message);
        Assert.Throws<InvalidOperationException>(() => adam.Save(new SafeTensorsWriter()));
        Assert.Equal(1, adam.Steps);
        Assert.Equal(8, first.Parameters.Join("again.", first.Parameters).Count);
    }

    /// <summary>One network in two classifiers, and one table for two features: as PyTorch's <c>parameters()</c>, each once.</summary>
    [Fact]
    public void Shared_parameters_are_changed_and_counted_once()
    {
        Gru<double> shared = new(new GruOptions { InputSize = 2, HiddenSize = 2 });
        SequenceClassifier<double> first = new(shared, 2, SequencePooling.LastState), second = new(shared, 3, SequencePooling.LastState);
        ParameterSet<double> all = new ParameterSet<double>().Join("a.", first.Parameters).Join("b.", second.Parameters);
        Embedding<double> table = new(3, 2);
        SequenceTagger<double> tagger = new([table, table], new Srn<double>(new SrnOptions { InputSize = 4, HiddenSize = 2 }), 2);
        foreach ((ParameterSet<double> set, Parameter<double> twice) in new[]
        {
            (all, shared.Parameters["weight_ih_l0"]), (tagger.Parameters, table.Parameters["weight"]),
        })
        {
            Parameter<double>[] once = [.. set.Select(item => item.Value).Distinct()];
            Assert.Equal(2, set.Count(item => item.Value == twice));
            Assert.Equal(once.Sum(parameter => parameter.Length), set.ElementCount);
            foreach (Func<ParameterSet<double>, Optimiser<double>> create in new Func<ParameterSet<double>, Optimiser<double>>[]
            {
                parameters => new Sgd<double>(parameters, Rate, Decay), parameters => new Momentum<double>(parameters, Rate, Mu, Decay),
                parameters => new Adam<double>(parameters, Rate), parameters => new AdamW<double>(parameters, Rate),
            })
            {
                Parameter<double> alone = new("alone", twice.Length);
                Optimiser<double> optimiser = create(set), reference = create(new ParameterSet<double>(alone));
                set.ZeroGradients();
                for (int step = 0; step < 3; step++)
                {
                    twice.Gradient.Fill(step + 1);
                    alone.Gradient.Fill(step + 1);
                    if (step == 0)
                    {
                        twice.Value.CopyTo(alone.Value);
                    }

                    optimiser.Step();
                    reference.Step();
                }

                Numbers.AssertSameBits<double>(alone.Value, twice.Value, optimiser.ToString());
                SafeTensorsWriter writer = new();
                optimiser.Save(writer);
                optimiser.Load(SafeTensorsFile.Read(SafeTensorsTests.Bytes(writer)));
            }

            set.ZeroGradients();
            twice.Gradient.Fill(2);
            double norm = 2 * Math.Sqrt(twice.Length);
            Assert.Equal(norm, Gradients.Norm(set), 1e-12);
            Assert.Equal(norm, Gradients.ClipByNorm(set, norm / 2), 1e-12);
            Assert.Equal(1, twice.Gradient[0], 1e-12);
            Assert.Equal(norm / 2, Gradients.ClipByNorm(set, 0), 1e-12);
            Assert.All(twice.Gradient.ToArray(), value => Assert.Equal(0, value));

            // A file has the values under both names.
            SafeTensorsFile file = SafeTensorsFile.Read(SafeTensorsTests.Bytes(new SafeTensorsWriter().Add(set)));
            Assert.Equal(set.Count, file.Tensors.Count);
            set.Load(file);
        }
    }

    private static void Check<T>(int kind, Func<ParameterSet<T>, double, Optimiser<T>> create)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T rate = T.CreateChecked(Rate), mu = T.CreateChecked(Mu);
        foreach (double decay in new[] { 0, Decay })
        {
            T lambda = T.CreateChecked(decay);
            for (int length = 1; length < 70; length++)
            {
                Parameter<T> parameter = new("w", length);
                Optimiser<T> optimiser = create(new ParameterSet<T>(parameter), decay);
                T[] w = Numbers.Random<T>(length, length), v = new T[length];
                w.CopyTo(parameter.Value);
                for (int step = 0; step < 4; step++)
                {
                    T[] g = Numbers.Random<T>(step, length);
                    g.CopyTo(parameter.Gradient);
                    optimiser.Step();
                    for (int i = 0; i < length; i++)
                    {
                        T slope = g[i] + lambda * w[i];
                        v[i] = mu * v[i] + slope;
                        w[i] -= rate * (kind == 0 ? slope : kind == 1 ? v[i] : slope + mu * v[i]);
                    }

                    Numbers.AssertSameBits<T>(w, parameter.Value, $"{optimiser.GetType().Name} of {length}, decay {decay}, step {step}");
                }
            }
        }
    }
}
