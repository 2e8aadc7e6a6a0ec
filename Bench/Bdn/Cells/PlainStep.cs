namespace FastRecurrent.Bench.Bdn.Cells;

/// <summary>One step of a baseline; h, and c where there is one, are updated.</summary>
/// <param name="x">[H].</param>
/// <param name="h">[H].</param>
/// <param name="c">[H].</param>
public delegate void PlainStep(ReadOnlySpan<float> x, Span<float> h, Span<float> c);
