using FastRecurrent.Cells;
using FastRecurrent.Graph;
using FastRecurrent.Kernels;

namespace FastRecurrent.Tests.Support;

/// <summary>The message-passing network's equations one node and one edge at a time, as one reads them.</summary>
internal static class PlainGraphNet
{
    public static (double[] H, double[] Y) Run(
        GraphNet<double> network, CsrGraph graph, int[] types, int[] ids, int graphs, double[] h0, double[] edge)
    {
        GraphNetOptions options = network.Options;
        ParameterSet<double> p = network.Parameters;
        int size = options.HiddenSize, features = graph.EdgeCount == 0 ? 0 : edge.Length / graph.EdgeCount;
        double[][] h = [.. h0.Chunk(size)];
        for (int round = 0; round < options.Rounds; round++)
        {
            double[][] next = new double[h.Length][];
            for (int v = 0; v < h.Length; v++)
            {
                List<double[]> messages = [];
                for (int e = graph.Offsets[v]; e < graph.Offsets[v + 1]; e++)
                {
                    double[] source = h[graph.Sources[e]];
                    messages.Add(options.Message == MessageFunction.Linear
                        ? Affine(p["message.weight"], p["message.bias"], source, options.MessageSize, types[e] * options.MessageSize)
                        : Mlp(p, "message.", options, [.. h[v], .. source, .. edge.AsSpan(e * features, features)]));
                }

                double[] m = Join(messages, options.MessageSize, options.Aggregate);
                next[v] = options.Update == UpdateFunction.Gru ? Gru(p, m, h[v]) : Mlp(p, "update.", options, [.. h[v], .. m]);
            }

            h = next;
        }

        IEnumerable<double[]> pooled = options.Readout == GraphReadout.None ? []
            : Enumerable.Range(0, graphs).Select(g => Pool(p, options.Readout, [.. h.Where((_, v) => ids[v] == g)], size));
        return ([.. h.SelectMany(row => row)], [.. pooled.SelectMany(row => row)]);
    }

    private static double[] Pool(ParameterSet<double> p, GraphReadout readout, List<double[]> rows, int size)
    {
        if (readout != GraphReadout.Attention)
        {
            return Join(rows, size,
                readout switch { GraphReadout.Sum => Aggregation.Sum, GraphReadout.Mean => Aggregation.Mean, _ => Aggregation.Max });
        }

        double[] context = p["readout.u"].Value.ToArray();
        double[] scores = [.. rows.Select(row => Math.Exp(
            Layers.Dot(Array.ConvertAll(Affine(p["readout.weight"], p["readout.bias"], row, context.Length), Math.Tanh), context)))];
        double sum = scores.Sum();
        return Join([.. rows.Select((row, k) => Array.ConvertAll(row, x => x * scores[k] / sum))], size, Aggregation.Sum);
    }

    private static double[] Join(List<double[]> rows, int size, Aggregation aggregate) =>
        rows.Count == 0 ? new double[size] : [.. Enumerable.Range(0, size)
        .Select(k => rows.Select(row => row[k]))
        .Select(column => aggregate switch { Aggregation.Sum => column.Sum(), Aggregation.Mean => column.Average(), _ => column.Max() })];

    private static double[] Gru(ParameterSet<double> p, double[] x, double[] h)
    {
        int size = h.Length;
        double[] a = Affine(p["update.weight_ih"], p["update.bias_ih"], x, 3 * size),
            b = Affine(p["update.weight_hh"], p["update.bias_hh"], h, 3 * size);
        return [.. h.Select((before, k) =>
        {
            double r = Sigmoid(a[k] + b[k]), z = Sigmoid(a[size + k] + b[size + k]), n = Math.Tanh(a[2 * size + k] + r * b[2 * size + k]);
            return (1 - z) * n + z * before;
        })];
    }

    private static double[] Mlp(ParameterSet<double> p, string prefix, GraphNetOptions options, double[] x)
    {
        double[] hidden = Affine(p[prefix + "weight_1"], p[prefix + "bias_1"], x, p[prefix + "bias_1"].Length);
        hidden = Array.ConvertAll(hidden, z => options.Activation switch
        {
            Activation.Tanh => Math.Tanh(z),
            Activation.Relu => Math.Max(0, z),
            Activation.Sigmoid => Sigmoid(z),
            _ => z,
        });
        return Affine(p[prefix + "weight_2"], p[prefix + "bias_2"], hidden, p[prefix + "bias_2"].Length);
    }

    private static double[] Affine(Parameter<double> weight, Parameter<double> bias, double[] x, int rows, int firstRow = 0)
    {
        double[] y = new double[rows];
        for (int row = 0; row < rows; row++)
        {
            y[row] = bias.Value[firstRow + row] + Layers.Dot(weight.Value.Slice((firstRow + row) * x.Length, x.Length).ToArray(), x);
        }

        return y;
    }

    private static double Sigmoid(double z) => 1 / (1 + Math.Exp(-z));
}
