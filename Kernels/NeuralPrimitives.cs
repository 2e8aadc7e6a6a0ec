namespace FastRecurrent.Kernels;

/// <summary>
/// The kernels: spans in, spans out, stateless, one source for every vector width and for <see cref="float"/> and <see cref="double"/>.
/// </summary>
/// <remarks>
/// Matrices are row-major. A destination may not overlap a source unless a method says so. Every method checks its lengths before it writes.
/// </remarks>
public static partial class NeuralPrimitives;
