using FastRecurrent.Kernels;

namespace FastRecurrent.Models;

/// <summary>The activations of a recurrent ONNX node, by direction and gate, in terms of our own.</summary>
/// <remarks>
/// Attribute <c>activations</c> names them, in any case; <c>activation_alpha</c> and <c>activation_beta</c> go,
/// in order, to those that take one.
/// </remarks>
internal static class OnnxActivations
{
    /// <summary>Name, default α and β (NaN for none), and what it is to us for which α and β (null: nothing; NaN: any).</summary>
    private static readonly (string Name, float Alpha, float Beta, Activation? Same, float SameAlpha, float SameBeta)[] _all =
    [
        ("Tanh", float.NaN, float.NaN, Activation.Tanh, float.NaN, float.NaN),
        ("Sigmoid", float.NaN, float.NaN, Activation.Sigmoid, float.NaN, float.NaN),
        ("Relu", float.NaN, float.NaN, Activation.Relu, float.NaN, float.NaN),
        ("Affine", 1, 0, Activation.Identity, 1, 0),
        ("LeakyRelu", 0.01f, float.NaN, Activation.Relu, 0, float.NaN),
        ("ThresholdedRelu", 1, float.NaN, Activation.Relu, 0, float.NaN),
        ("ScaledTanh", 1, 1, Activation.Tanh, 1, 1),
        ("HardSigmoid", 0.2f, 0.5f, Activation.SaturatedLinear, 1, 0),
        ("Elu", 1, float.NaN, null, 0, 0),
        ("Softsign", float.NaN, float.NaN, null, 0, 0),
        ("Softplus", float.NaN, float.NaN, null, 0, 0),
    ];

    /// <summary>The activations, [directions · gates' functions].</summary>
    /// <param name="node">The node.</param>
    /// <param name="defaults">Those of one direction if the node names none.</param>
    /// <param name="directions">1 or 2.</param>
    /// <exception cref="InvalidDataException">The attributes are malformed.</exception>
    /// <exception cref="NotSupportedException">An activation is none of ours.</exception>
    public static Activation[] Read(OnnxNode node, ReadOnlySpan<Activation> defaults, int directions)
    {
        IReadOnlyList<string> names = node.GetTexts("activations");
        if (names.Count == 0)
        {
            return directions == 1 ? [.. defaults] : [.. defaults, .. defaults];
        }

        if (names.Count != defaults.Length * directions)
        {
            throw node.Invalid("activations", $"names {names.Count} activations, not {defaults.Length * directions}");
        }

        Arguments alphas = new(node, "activation_alpha"), betas = new(node, "activation_beta");
        Activation[] activations = new Activation[names.Count];
        for (int i = 0; i < activations.Length; i++)
        {
            var known = _all.FirstOrDefault(candidate => candidate.Name.Equals(names[i], StringComparison.OrdinalIgnoreCase));
            if (known.Name is null)
            {
                throw node.Invalid("activations", $"names '{Quoting.Clip(names[i])}', which the format does not know");
            }

            float alpha = alphas.Next(known.Alpha), beta = betas.Next(known.Beta);
            activations[i] = known.Same is { } same && alpha.Equals(known.SameAlpha) && beta.Equals(known.SameBeta)
                ? same
                : throw new NotSupportedException(
                    $"{node}: attribute 'activations' asks for "
                    + $"{known.Name}{(float.IsNaN(alpha) ? "" : $", alpha {alpha}")}{(float.IsNaN(beta) ? "" : $", beta {beta}")}, which "
                    + $"these cells do not compute.");
        }

        alphas.RequireClear();
        betas.RequireClear();
        return activations;
    }

    /// <summary>A list of α or β that activations take from in turn.</summary>
    private sealed class Arguments(OnnxNode node, string attribute)
    {
        private readonly IReadOnlyList<float> _values = node.GetFloats(attribute);
        private int _taken;

        public float Next(float @default)
        {
            if (float.IsNaN(@default))
            {
                return float.NaN;
            }

            float value = _taken < _values.Count ? _values[_taken] : @default;
            _taken++;
            return float.IsNaN(value) ? throw node.Invalid(attribute, "holds NaN") : value;
        }

        /// <summary>With more numbers than takers, nobody can tell whose they are. Without takers they mean nothing:
        /// some programs write zeros.</summary>
        public void RequireClear()
        {
            if (_taken > 0 && _values.Count > _taken)
            {
                throw node.Invalid(attribute, $"holds {_values.Count} numbers for {_taken} activations");
            }
        }
    }
}
