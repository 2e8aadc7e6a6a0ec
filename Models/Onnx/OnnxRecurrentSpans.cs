using System.Numerics;

namespace FastRecurrent.Models;

/// <summary>What a recurrent ONNX node takes, T steps of B sequences. Shapes are those of the node's layout: 0,
/// and in brackets 1.</summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public readonly ref struct OnnxInput<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>T ≥ 0.</summary>
    public required int Steps { get; init; }

    /// <summary>B ≥ 0.</summary>
    public required int Batch { get; init; }

    /// <summary>X [T, B, I] ([B, T, I]). Positions past a sequence's length may hold anything.</summary>
    public required ReadOnlySpan<T> X { get; init; }

    /// <summary>Steps of each sequence, [B], each in 0 … T; empty: those in the model, or else all T.</summary>
    public ReadOnlySpan<int> SequenceLengths { get; init; }

    /// <summary>h before the first step, [D, B, H] ([B, D, H]); empty: that in the model, or else zeros.</summary>
    public ReadOnlySpan<T> InitialH { get; init; }

    /// <summary>c before the first step, [D, B, H] ([B, D, H]), LSTM only; empty: that in the model, or else zeros.</summary>
    public ReadOnlySpan<T> InitialC { get; init; }
}

/// <summary>Where a recurrent ONNX node writes. Every member is optional.</summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public readonly ref struct OnnxOutput<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>h at every step, [T, D, B, H] ([B, T, D, H]); zero past a sequence's length.</summary>
    public Span<T> Y { get; init; }

    /// <summary>h after each sequence's last step, [D, B, H] ([B, D, H]); of the reverse direction, after the first.</summary>
    public Span<T> YH { get; init; }

    /// <summary>c after each sequence's last step, [D, B, H] ([B, D, H]), LSTM only.</summary>
    public Span<T> YC { get; init; }
}
