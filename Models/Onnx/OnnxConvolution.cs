namespace FastRecurrent.Models;

/// <summary>The weights and attributes of a <c>Conv</c> node, n spatial dimensions (1 for sound and other sequences).</summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed class OnnxConvolution<T>
{
    private readonly long[] _shape;

    /// <summary>Checks the attributes against the weights.</summary>
    internal OnnxConvolution(OnnxNode node, OnnxTensor weight, T[] values, T[]? bias)
    {
        _shape = weight.Shape.ToArray();
        int n = _shape.Length - 2;
        Weight = values;
        Bias = bias;
        Strides = Sizes(node, "strides", n, least: 1);
        Dilations = Sizes(node, "dilations", n, least: 1);
        Pads = Sizes(node, "pads", 2 * n, least: 0);
        AutoPad = node.GetText("auto_pad", "NOTSET");
        Group = node.GetInteger("group", 1);
        if (AutoPad is not ("NOTSET" or "VALID" or "SAME_UPPER" or "SAME_LOWER"))
        {
            throw node.Invalid("auto_pad", $"is '{Quoting.Clip(AutoPad)}'");
        }

        if (Group < 1 || _shape[0] % Group != 0)
        {
            throw node.Invalid("group", $"is {Group}, but W is {weight}");
        }

        IReadOnlyList<long> kernel = node.GetIntegers("kernel_shape");
        if (kernel.Count > 0 && !kernel.SequenceEqual(_shape.Skip(2)))
        {
            throw node.Invalid("kernel_shape", $"is [{string.Join(", ", kernel.Take(64))}], but W is {weight}");
        }
    }

    /// <summary>W, row-major.</summary>
    public T[] Weight { get; }

    /// <summary>[output channels, input channels / <see cref="Group"/>, kernel sizes …].</summary>
    public ReadOnlySpan<long> Shape => _shape;

    /// <summary>b [output channels], or null.</summary>
    public T[]? Bias { get; }

    /// <summary>Steps from output to output, [n].</summary>
    public IReadOnlyList<long> Strides { get; }

    /// <summary>Steps from tap to tap, [n].</summary>
    public IReadOnlyList<long> Dilations { get; }

    /// <summary>Zeros around the input, [2n]: at the beginnings, then at the ends.</summary>
    public IReadOnlyList<long> Pads { get; }

    /// <summary>How zeros are added otherwise: <c>NOTSET</c> (as <see cref="Pads"/> says), <c>VALID</c>,
    /// <c>SAME_UPPER</c> or <c>SAME_LOWER</c>.</summary>
    public string AutoPad { get; }

    /// <summary>Channels fall into so many groups that do not see one another.</summary>
    public long Group { get; }

    /// <inheritdoc/>
    public override string ToString() =>
        $"convolution [{string.Join(", ", _shape)}], strides [{string.Join(", ", Strides)}], dilations "
            + $"[{string.Join(", ", Dilations)}]{(Group == 1 ? "" : $", {Group} groups")}";

    private static IReadOnlyList<long> Sizes(OnnxNode node, string attribute, int count, int least)
    {
        IReadOnlyList<long> sizes = node.GetIntegers(attribute);
        if (sizes.Count == 0)
        {
            return [.. Enumerable.Repeat((long)least, count)];
        }

        return sizes.Count == count && sizes.All(size => size >= least)
            ? sizes
            : throw node.Invalid(attribute, $"is [{string.Join(", ", sizes.Take(64))}], not {count} numbers from {least} on");
    }
}
