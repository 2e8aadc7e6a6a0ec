namespace FastRecurrent.Kernels;

/// <summary>The function of a simple unit.</summary>
public enum Activation
{
    /// <summary>f(z) = tanh z.</summary>
    Tanh,

    /// <summary>f(z) = max(z, 0); f′(0) = 0.</summary>
    Relu,

    /// <summary>f(z) = 1 / (1 + e⁻ᶻ).</summary>
    Sigmoid,

    /// <summary>f(z) = z.</summary>
    Identity,

    /// <summary>f(z) = min(max(z, 0), 1); f′ = 0 at both ends.</summary>
    SaturatedLinear,
}
