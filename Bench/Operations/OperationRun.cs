using System.Numerics;
using FastRecurrent.Cells;

namespace FastRecurrent.Bench.Operations;

/// <summary>An operation with the operands of certain sizes, ready to run.</summary>
public sealed class OperationRun<T>(Sizes sizes)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly List<Operand> _operands = [];

    /// <summary>The sizes it was created with.</summary>
    public Sizes Sizes => sizes;

    /// <summary>All that it is given, in the order they were described.</summary>
    public IReadOnlyList<Operand> Operands => _operands;

    /// <summary>The operands of numbers.</summary>
    public IEnumerable<Operand<T>> Numbers => _operands.OfType<Operand<T>>();

    /// <summary>Its parameters, if it has some.</summary>
    public ParameterSet<T>? Parameters { get; set; }

    /// <summary>Makes changed parameters count.</summary>
    public Action Pack { get; set; } = () => { };

    /// <summary>One call of the public method.</summary>
    public Action Forward { get; set; } = () => { };

    /// <summary>One call of the public method that takes it back, after <see cref="Forward"/>.</summary>
    public Action? Backward { get; set; }

    /// <summary>The loss at the last <see cref="Forward"/>, where the operation has one of its own;
    /// else outputs are weighted with their gradients.</summary>
    public Func<T>? Loss { get; set; }

    /// <summary>Multiply-adds of a forward run, twice their number; 0 where reading is all the work.</summary>
    public double Flops { get; set; }

    /// <summary>Random numbers in −1 … 1 that the operation reads.</summary>
    /// <param name="name">The parameter.</param>
    /// <param name="extent">Its shape.</param>
    /// <param name="longer">Whether it may be longer.</param>
    public Operand<T> Input(string name, Extent extent, bool longer = false) => Filled(name, Role.Input, extent, longer);

    /// <summary>What the operation writes.</summary>
    public Operand<T> Output(string name, Extent extent, bool longer = false) => Add(name, Role.Output, extent, longer);

    /// <summary>What the operation adds to.</summary>
    public Operand<T> Sum(string name, Extent extent, bool longer = false)
    {
        Operand<T> sum = Output(name, extent, longer);
        sum.IsAddedTo = true;
        return sum;
    }

    /// <summary>Memory it is lent.</summary>
    public Operand<T> Workspace(string name, int length) => Add(name, Role.Workspace, length, longer: true);

    /// <summary>The gradient of an input, where the backward pass adds to it.</summary>
    public Operand<T> AddedGradient(Operand<T> input)
    {
        input.Gradient.IsAddedTo = true;
        return input.Gradient;
    }

    /// <summary>Ids, lengths or indices that it reads.</summary>
    public Operand<int> Integers(string name, int[] values, bool batch = true)
    {
        Operand<int> operand = new(name, Role.Input, batch ? (values.Length, 1) : values.Length);
        values.CopyTo(operand.Values, 0);
        _operands.Add(operand);
        return operand;
    }

    /// <summary>Sets what is written, and the parameters' gradients, to zero.</summary>
    public void Clear()
    {
        foreach (Operand<T> operand in Numbers.Where(operand => operand.Role is Role.Output or Role.Gradient))
        {
            operand.Values.AsSpan().Clear();
        }

        Parameters?.ZeroGradients();
    }

    private Operand<T> Add(string name, Role role, Extent extent, bool longer)
    {
        Operand<T> operand = new(name, role, extent, () => role == Role.Output
            ? Filled($"d{name}", Role.Upstream, extent, longer)
            : Add($"d{name}", Role.Gradient, extent, longer))
        {
            MayBeLonger = longer,
        };
        _operands.Add(operand);
        return operand;
    }

    private Operand<T> Filled(string name, Role role, Extent extent, bool longer)
    {
        Operand<T> operand = Add(name, role, extent, longer);
        Random random = new(sizes.Seed * 100 + _operands.Count);
        foreach (ref T value in operand.Values.AsSpan())
        {
            value = T.CreateTruncating(2 * random.NextDouble() - 1);
        }

        return operand;
    }
}
