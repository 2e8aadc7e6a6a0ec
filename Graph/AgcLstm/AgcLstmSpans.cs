using System.Numerics;

namespace FastRecurrent.Graph;

/// <summary>A batch of sequences of graphs and the states they start from, time-major.</summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public readonly ref struct AgcLstmInput<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Steps T ≥ 0, the same for all sequences.</summary>
    public required int Steps { get; init; }

    /// <summary>Sequences B ≥ 0.</summary>
    public required int Batch { get; init; }

    /// <summary>x [T, B, N, D].</summary>
    public required ReadOnlySpan<T> X { get; init; }

    /// <summary>h before the first step, [B, N, H]; empty: zeros.</summary>
    public ReadOnlySpan<T> H0 { get; init; }

    /// <summary>c before the first step, [B, N, H]; empty: zeros.</summary>
    public ReadOnlySpan<T> C0 { get; init; }
}

/// <summary>Where a run writes. Every member is optional.</summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public readonly ref struct AgcLstmOutput<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>h at every step, after attention, [T, B, N, H].</summary>
    public Span<T> Y { get; init; }

    /// <summary>h after the last step, [B, N, H].</summary>
    public Span<T> H { get; init; }

    /// <summary>c after the last step, [B, N, H].</summary>
    public Span<T> C { get; init; }

    /// <summary>α, [T, B, N]; only with attention.</summary>
    public Span<T> Alpha { get; init; }

    /// <summary>The global feature Σ_n H_n, [T, B, H].</summary>
    public Span<T> Global { get; init; }

    /// <summary>The local feature Σ_n α_n Ĥ_n, [T, B, H]; only with attention.</summary>
    public Span<T> Local { get; init; }
}

/// <summary>The gradients of a run's outputs. Every member is optional: empty means zeros.</summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public readonly ref struct AgcLstmOutputGradient<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>∂L/∂y [T, B, N, H].</summary>
    public ReadOnlySpan<T> Y { get; init; }

    /// <summary>∂L/∂h [B, N, H], of h after the last step.</summary>
    public ReadOnlySpan<T> H { get; init; }

    /// <summary>∂L/∂c [B, N, H], of c after the last step.</summary>
    public ReadOnlySpan<T> C { get; init; }

    /// <summary>∂L/∂α [T, B, N]; only with attention.</summary>
    public ReadOnlySpan<T> Alpha { get; init; }

    /// <summary>∂L/∂ the global feature, [T, B, H].</summary>
    public ReadOnlySpan<T> Global { get; init; }

    /// <summary>∂L/∂ the local feature, [T, B, H]; only with attention.</summary>
    public ReadOnlySpan<T> Local { get; init; }
}

/// <summary>Where a backward run writes the gradients of its inputs. Every member is optional.</summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public readonly ref struct AgcLstmInputGradient<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>∂L/∂x [T, B, N, D].</summary>
    public Span<T> X { get; init; }

    /// <summary>∂L/∂h₀ [B, N, H].</summary>
    public Span<T> H0 { get; init; }

    /// <summary>∂L/∂c₀ [B, N, H].</summary>
    public Span<T> C0 { get; init; }
}
