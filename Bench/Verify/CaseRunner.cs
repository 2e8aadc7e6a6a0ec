using System.Numerics;
using FastRecurrent.Cells;

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
            golden.Values<T>("param." + name).CopyTo(parameter.Value);
        }
    }

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
