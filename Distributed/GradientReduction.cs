using System.Numerics;
using FastRecurrent.Cells;
using FastRecurrent.Kernels;

namespace FastRecurrent.Distributed;

/// <summary>Adds up the gradients of a model over all processes, in one message, to the same bits everywhere and in every run.</summary>
/// <remarks>
/// Of an embedding, only the rows that some process has touched are sent; from then on they count as touched in all, so that every process
/// updates and clears the same rows. Nothing is allocated after construction.
/// </remarks>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed class GradientReduction<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Communicator _communicator;
    private readonly ParameterSet<T> _parameters;
    private readonly AlignedBuffer<T> _touches; // a row of an embedding: how many processes have touched it
    private readonly AlignedBuffer<T> _message;

    /// <summary>Allocates all that is needed: a second copy of the gradients.</summary>
    /// <param name="communicator">The processes, each with the same model.</param>
    /// <param name="parameters">This process's parameters.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are more values than one array holds.</exception>
    public GradientReduction(Communicator communicator, ParameterSet<T> parameters)
    {
        ArgumentNullException.ThrowIfNull(communicator);
        ArgumentNullException.ThrowIfNull(parameters);
        _communicator = communicator;
        _parameters = parameters;
        _touches = new AlignedBuffer<T>(parameters.Distinct.Sum(item => item.Value.TracksRows ? (long)item.Value.Shape[0] : 0));
        _message = new AlignedBuffer<T>(parameters.ElementCount);
    }

    /// <summary>g ← Σ_r w_r g_r over the ranks r, in their order.</summary>
    /// <param name="weight">
    /// w of this process: its part of the examples, if gradients are those of its mean loss; 1 to add them up as they are. One process
    /// alone with 1 keeps its gradients to the bit.
    /// </param>
    /// <exception cref="MpiException">A process is lost.</exception>
    public void AllReduce(double weight)
    {
        if (_communicator.Size == 1 && weight == 1)
        {
            return;
        }

        ShareTouchedRows();
        int length = Move(Scalar.From<T>(weight), toMessage: true);
        _communicator.AllReduceSum(_message.Span[..length]);
        Move(T.One, toMessage: false);
    }

    /// <summary>What one process has touched, all touch. Whether an embedding is still sparse may differ between them:
    /// nothing here rests on it.</summary>
    private void ShareTouchedRows()
    {
        Span<T> touches = _touches.Span;
        touches.Clear();
        for (int i = 0; i < _parameters.Distinct.Count; i++)
        {
            Parameter<T> parameter = _parameters.Distinct[i].Value;
            if (!parameter.TracksRows)
            {
                continue;
            }

            if (parameter.IsSparse)
            {
                foreach (int row in parameter.TouchedRows)
                {
                    touches[row] = T.One;
                }
            }
            else
            {
                touches[..parameter.Shape[0]].Fill(T.One);
            }

            touches = touches[parameter.Shape[0]..];
        }

        _communicator.AllReduceSum(_touches.Span);
    }

    /// <summary>Copies what is sent from the gradients, or back, and returns how much it is.</summary>
    private int Move(T weight, bool toMessage)
    {
        Span<T> touches = _touches.Span, message = _message.Span;
        for (int i = 0; i < _parameters.Distinct.Count; i++)
        {
            Parameter<T> parameter = _parameters.Distinct[i].Value;
            if (!parameter.TracksRows)
            {
                message = MovePiece(parameter.GradientMemory, message, weight, toMessage);
                continue;
            }

            for (int row = 0; row < parameter.Shape[0]; row++)
            {
                if (touches[row] != T.Zero)
                {
                    message = MovePiece(parameter.TouchRow(row), message, weight, toMessage);
                }
            }

            touches = touches[parameter.Shape[0]..];
        }

        return _message.Length - message.Length;
    }

    private static Span<T> MovePiece(Span<T> gradient, Span<T> message, T weight, bool toMessage)
    {
        Span<T> piece = message[..gradient.Length];
        if (toMessage)
        {
            NeuralPrimitives.MultiplyScalar(gradient, weight, piece);
        }
        else
        {
            piece.CopyTo(gradient);
        }

        return message[gradient.Length..];
    }
}
