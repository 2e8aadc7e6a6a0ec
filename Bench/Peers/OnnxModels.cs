using System.Runtime.InteropServices;
using FastRecurrent.Models.Onnx;
using Google.Protobuf;

namespace FastRecurrent.Bench.Peers;

/// <summary>Tasks as ONNX models in memory.</summary>
internal static class OnnxModels
{
    /// <summary>The names of inputs and outputs of a model.</summary>
    public const string X = "x", H0 = "h0", C0 = "c0", Y = "y", H = "h", C = "c";

    private const int Float = 1, IrVersion = 8, OperatorSet = 14;

    /// <summary>
    /// One LSTM or GRU node. A step has x [1, B, D] and the states h0, c0 [1, B, H] as inputs and h, c as outputs; a sequence x [T, B, D]
    /// and y [T, 1, B, H], from states of zeros.
    /// </summary>
    public static byte[] Recurrent(RecurrentTask task)
    {
        bool lstm = task.Cell == PeerCell.Lstm, step = task.Mode == PeerMode.Step;
        long gates = task.Gates, size = task.Size, batch = task.Batch;
        NodeProto node = new() { OpType = lstm ? "LSTM" : "GRU", Name = "rnn" };
        node.Attribute.Add(Integer("hidden_size", size));
        if (!lstm)
        {
            node.Attribute.Add(Integer("linear_before_reset", 1));
        }

        // An empty name leaves an optional input or output out: sequence_lens, states, Y.
        node.Input.Add([X, "W", "R", "B", .. step ? lstm ? new[] { "", H0, C0 } : ["", H0] : []]);
        node.Output.Add(step ? lstm ? ["", H, C] : ["", H] : [Y]);

        GraphProto graph = new() { Name = "graph", Node = { node } };
        graph.Initializer.Add(Tensor("W", GateOrder(task, task.WeightIh), 1, gates * size, size));
        graph.Initializer.Add(Tensor("R", GateOrder(task, task.WeightHh), 1, gates * size, size));
        graph.Initializer.Add(Tensor("B", [.. GateOrder(task, task.BiasIh), .. GateOrder(task, task.BiasHh)], 1, 2 * gates * size));
        graph.Input.Add(Value(X, task.Steps, batch, size));
        if (step)
        {
            graph.Input.Add([Value(H0, 1, batch, size), .. lstm ? new[] { Value(C0, 1, batch, size) } : []]);
            graph.Output.Add([Value(H, 1, batch, size), .. lstm ? new[] { Value(C, 1, batch, size) } : []]);
        }
        else
        {
            graph.Output.Add(Value(Y, task.Steps, 1, batch, size));
        }

        return new ModelProto
        {
            IrVersion = IrVersion,
            ProducerName = "FastRecurrent.Bench",
            Graph = graph,
            OpsetImport = { new OperatorSetIdProto { Version = OperatorSet } },
        }.ToByteArray();
    }

    /// <summary>Blocks of rows from i, f, g, o to ONNX's i, o, f, c, or from r, z, n to its z, r, h.</summary>
    private static float[] GateOrder(RecurrentTask task, float[] values)
    {
        int block = values.Length / task.Gates;
        ReadOnlySpan<int> order = task.Cell == PeerCell.Lstm ? [0, 3, 1, 2] : [1, 0, 2];
        float[] result = new float[values.Length];
        for (int gate = 0; gate < order.Length; gate++)
        {
            values.AsSpan(order[gate] * block, block).CopyTo(result.AsSpan(gate * block));
        }

        return result;
    }

    private static AttributeProto Integer(string name, long value) =>
        new() { Name = name, I = value, Type = AttributeProto.Types.AttributeType.Int };

    private static TensorProto Tensor(string name, float[] values, params long[] shape) => new()
    {
        Name = name,
        DataType = Float,
        Dims = { shape },
        RawData = ByteString.CopyFrom(MemoryMarshal.AsBytes<float>(values)),
    };

    private static ValueInfoProto Value(string name, params long[] shape)
    {
        TensorShapeProto dimensions = new();
        dimensions.Dim.Add(shape.Select(size => new TensorShapeProto.Types.Dimension { DimValue = size }));
        return new ValueInfoProto
        {
            Name = name,
            Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = Float, Shape = dimensions } }
        };
    }
}
