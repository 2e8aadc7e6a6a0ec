using System.Numerics;
using FastRecurrent.Cells;
using FastRecurrent.Graph;

namespace FastRecurrent.Bench.Verify;

/// <summary>Runs the golden cases of some cells, in either precision.</summary>
public abstract class CaseRunner
{
    /// <summary>The names of the cells it runs.</summary>
    public abstract IReadOnlyList<string> Cells { get; }

    /// <summary>Computes a case and compares every output and every gradient.</summary>
    public abstract void Run<T>(GoldenCase golden, Comparison comparison)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>;

    /// <summary>Fills parameters from <c>param.*</c>.</summary>
    protected static void LoadParameters<T>(GoldenCase golden, ParameterSet<T> parameters)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        foreach ((string name, Parameter<T> parameter) in parameters)
        {
            LoadParameter(golden, "param." + name, parameter);
        }
    }

    /// <summary>Fills one parameter from a tensor of the same shape.</summary>
    protected static void LoadParameter<T>(GoldenCase golden, string name, Parameter<T> parameter)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T[] values = golden.Values<T>(name);
        if (!parameter.Shape.SequenceEqual(golden.Shape(name)))
        {
            throw new InvalidDataException(
                $"Golden case {golden.Name}: {name} has the shape [{string.Join(", ", golden.Shape(name))}], the network {parameter}.");
        }

        values.CopyTo(parameter.Value);
    }

    /// <summary>The graph <c>graph.{prefix}offsets</c>, <c>graph.{prefix}sources</c>.</summary>
    protected static CsrGraph GraphOf(GoldenCase golden, string prefix = "") =>
        new(golden.Integers($"graph.{prefix}offsets"), golden.Integers($"graph.{prefix}sources"));

    /// <summary>Compares all gradients with <c>grad.param.*</c>.</summary>
    protected static void CompareParameterGradients<T>(ParameterSet<T> parameters, Comparison comparison)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        foreach ((string name, Parameter<T> parameter) in parameters)
        {
            comparison.Add<T>("grad.param." + name, parameter.Gradient);
        }
    }
}
