using System.Numerics;

namespace FastRecurrent.Cells;

/// <summary>A batch of sequences and the states they start from, time-major.</summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public readonly ref struct SequenceInput<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Steps T ≥ 0; with <see cref="IsRagged"/> at least the longest length.</summary>
    public required int Steps { get; init; }

    /// <summary>Sequences B ≥ 0.</summary>
    public required int Batch { get; init; }

    /// <summary>x [T, B, D]. Positions past a sequence's length may hold anything. With <see cref="IsRagged"/>, [M, D].</summary>
    public required ReadOnlySpan<T> X { get; init; }

    /// <summary>
    /// Whether sequences lie one after another without padding: x and its gradient are [M, D], y and its gradient [M,
    /// directions·H], M = Σ lengths.
    /// </summary>
    public bool IsRagged { get; init; }

    /// <summary>Steps of each sequence, [B], each in 0 … T; empty: all T, but needed with <see cref="IsRagged"/>.</summary>
    public ReadOnlySpan<int> Lengths { get; init; }

    /// <summary>h before the first step, [layers·directions, B, H]; empty: zeros.</summary>
    public ReadOnlySpan<T> H0 { get; init; }

    /// <summary>c before the first step, [layers·directions, B, H]; empty: zeros.</summary>
    public ReadOnlySpan<T> C0 { get; init; }

    /// <summary>What is left out at random; by default nothing.</summary>
    public SequenceDropout Dropout { get; init; }
}

/// <summary>Where a run writes. Every member is optional.</summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public readonly ref struct SequenceOutput<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>h of the last layer at every step, [T, B, directions·H], forward before reverse; zero past a sequence's length.</summary>
    public Span<T> Y { get; init; }

    /// <summary>h after each sequence's last step, [layers·directions, B, H].</summary>
    public Span<T> H { get; init; }

    /// <summary>c after each sequence's last step, [layers·directions, B, H].</summary>
    public Span<T> C { get; init; }

    /// <summary>c of the last layer at every step, [T, B, directions·C], forward before reverse; zero past a sequence's length.</summary>
    public Span<T> CellStates { get; init; }
}

/// <summary>The gradients of a run's outputs. Every member is optional: empty means zeros.</summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public readonly ref struct SequenceOutputGradient<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>∂L/∂y [T, B, directions·H]; positions past a sequence's length are ignored.</summary>
    public ReadOnlySpan<T> Y { get; init; }

    /// <summary>∂L/∂h [layers·directions, B, H].</summary>
    public ReadOnlySpan<T> H { get; init; }

    /// <summary>∂L/∂c [layers·directions, B, H].</summary>
    public ReadOnlySpan<T> C { get; init; }

    /// <summary>∂L/∂c of the last layer at every step, [T, B, directions·C]; positions past a sequence's length are ignored.</summary>
    public ReadOnlySpan<T> CellStates { get; init; }
}

/// <summary>Where a backward run writes the gradients of its inputs. Every member is optional.</summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public readonly ref struct SequenceInputGradient<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>∂L/∂x [T, B, D]; zero past a sequence's length.</summary>
    public Span<T> X { get; init; }

    /// <summary>∂L/∂h₀ [layers·directions, B, H].</summary>
    public Span<T> H0 { get; init; }

    /// <summary>∂L/∂c₀ [layers·directions, B, H].</summary>
    public Span<T> C0 { get; init; }
}
