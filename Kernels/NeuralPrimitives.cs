namespace FastRecurrent.Kernels;

/// <summary>
/// The kernels: spans in, spans out, stateless, one source for every vector width and for <see cref="float"/> and <see cref="double"/>.
/// </summary>
/// <remarks>
/// Matrices are row-major. A destination may not overlap a source, except that what is computed element by element may take its source's
/// place. Every method checks its lengths before it writes. What does not fit is an <see cref="ArgumentException"/>, or one of its kinds
/// for null and for sizes out of range; a type of elements other than <see cref="float"/> and <see cref="double"/> is a
/// <see cref="NotSupportedException"/>.
/// </remarks>
public static partial class NeuralPrimitives;
