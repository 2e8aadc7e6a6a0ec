using FastRecurrent.Graph;

namespace FastRecurrent.Bench.Verify;

/// <summary>Attention on heterogeneous graphs: <c>han</c>.</summary>
public sealed class HanCases : CaseRunner
{
    /// <inheritdoc/>
    public override IReadOnlyList<string> Cells { get; } = ["han"];

    /// <inheritdoc/>
    public override void Run<T>(GoldenCase golden, Comparison comparison)
    {
        string[] inputs = golden.Has("in.x") ? ["x"] : [.. Enumerable.Range(0, golden.Names("in.x.").Count()).Select(type => $"x.{type}")];
        int heads = golden.Option("heads", 1), paths = golden.Option("paths", 1);
        int[] attention = golden.Shape("param.path.0.att_l", 2);
        if (attention[0] != heads || golden.Has($"param.path.{paths}.att_l") || !golden.Has($"param.path.{paths - 1}.att_l"))
        {
            throw new InvalidDataException($"Golden case {golden.Name}: {heads} heads and {paths} paths do not fit its parameters.");
        }

        Han<T> network = new(new HanOptions
        {
            InputSizes = [.. inputs.Select((_, type) => golden.Shape($"param.type.{type}.weight", 2)[1])],
            Heads = heads,
            HeadSize = attention[1],
            Paths = paths,
            SemanticSize = golden.Shape("param.sem.weight", 2)[0],
        });
        LoadParameters(golden, network.Parameters);
        network.Pack();
        int[] nodes = [.. inputs.Select((name, type) => RowsOf(golden, "in." + name, network.Options.InputSizes[type]))];
        MetaPath[] metaPaths = [.. Enumerable.Range(0, paths).Select(path => new MetaPath(GraphOf(golden, $"{path}.")))];
        HanTape<T> tape = network.CreateTape(nodes, metaPaths);
        T[] x = [.. inputs.SelectMany(name => golden.Values<T>("in." + name))];
        T[] z = new T[nodes.Sum() * network.Options.OutputSize], beta = new T[paths], dx = new T[x.Length];
        network.Forward(x, nodes, metaPaths, z, beta, tape);
        comparison.Add<T>("out.z", z);
        comparison.Add<T>("out.beta", beta);
        if (golden.HasGradients)
        {
            network.Backward(golden.Values<T>("upstream.z"), golden.Values<T>("upstream.beta"), dx, tape);
            int at = 0;
            for (int type = 0; type < inputs.Length; type++)
            {
                int length = nodes[type] * network.Options.InputSizes[type];
                comparison.Add<T>("grad.in." + inputs[type], dx.AsSpan(at, length));
                at += length;
            }

            CompareParameterGradients(network.Parameters, comparison);
        }
    }

    private static int RowsOf(GoldenCase golden, string name, int columns)
    {
        int[] shape = golden.Shape(name, 2);
        return shape[1] == columns
            ? shape[0]
            : throw new InvalidDataException($"Golden case {golden.Name}: {name} has {shape[1]} columns, its projection {columns}.");
    }
}
