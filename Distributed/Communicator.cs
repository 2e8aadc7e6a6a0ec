using System.Numerics;
using System.Runtime.CompilerServices;
using System.Text;
using FastRecurrent.Kernels;

namespace FastRecurrent.Distributed;

/// <summary>All processes that <c>mpirun</c> has started together (MPI's COMM_WORLD), by way of Open MPI; without <c>mpirun</c>,
/// this process alone.</summary>
/// <remarks>
/// Every process must make the same calls in the same order with the same lengths: a process that leaves the others waiting, by an
/// exception say, must <see cref="Abort"/>. One thread at a time may call. MPI begins and ends once in the life of a process.
/// </remarks>
public sealed unsafe class Communicator : IDisposable
{
    private const int BlockBytes = 1 << 22, MaxBroadcastBytes = 1 << 30;

    private readonly AlignedBuffer<byte> _send;
    private readonly AlignedBuffer<byte> _receive;
    private bool _isDisposed;

    private Communicator()
    {
        Check(OpenMpi.Rank(OpenMpi.World, out int rank));
        Check(OpenMpi.Size(OpenMpi.World, out int size));
        (Rank, Size) = (rank, size);
        int padded = size == 1 ? 0 : BlockBytes + size * sizeof(double);
        _send = new AlignedBuffer<byte>(padded);
        _receive = new AlignedBuffer<byte>(padded);
    }

    /// <summary>This process, 0 … <see cref="Size"/> − 1.</summary>
    public int Rank { get; }

    /// <summary>Processes in all, P.</summary>
    public int Size { get; }

    /// <summary>Begins MPI.</summary>
    /// <exception cref="DllNotFoundException">Open MPI is not installed.</exception>
    /// <exception cref="InvalidOperationException">MPI has begun before in this process, or lets only one thread call it.</exception>
    /// <exception cref="MpiException">MPI cannot begin.</exception>
    public static Communicator Initialise()
    {
        OpenMpi.Load();
        Check(OpenMpi.Initialized(out int hasBegun));
        if (hasBegun != 0)
        {
            throw new InvalidOperationException("MPI begins once in the life of a process, and has done so.");
        }

        Check(OpenMpi.InitThread(null, null, OpenMpi.ThreadSerialized, out int provided));
        Check(OpenMpi.SetErrorHandler(OpenMpi.World, OpenMpi.ErrorsReturn));
        return provided >= OpenMpi.ThreadSerialized
            ? new Communicator()
            : throw new InvalidOperationException(
                $"This MPI has thread level {provided}; {OpenMpi.ThreadSerialized} (serialized) is needed.");
    }

    /// <summary>
    /// Every element becomes the sum of that element in all processes, s = ((v₀ + v₁) + v₂) + …, in the order of the ranks: the same bits
    /// in every process and in every run with as many of them. Nothing is allocated.
    /// </summary>
    /// <remarks>
    /// MPI_Allreduce promises no order: its algorithm, and so its rounding, follows the message's size, the machines and the version. Here
    /// MPI only copies. Each process gets one P-th of all vectors, adds it up, and hands the sum to all others: 2n(P − 1)/P elements sent
    /// by each, as many as a ring takes.
    /// </remarks>
    /// <param name="values">[n], the same n everywhere; overwritten.</param>
    /// <exception cref="MpiException">A process is lost, or lengths differ.</exception>
    public void AllReduceSum<T>(Span<T> values)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        while (Size > 1 && !values.IsEmpty)
        {
            Span<T> block = values[..Math.Min(values.Length, BlockBytes / sizeof(T))];
            ReduceBlock(block);
            values = values[block.Length..];
        }
    }

    /// <summary>Every process gets the values of one.</summary>
    /// <param name="values">[n], the same n everywhere; read at the root, written elsewhere.</param>
    /// <param name="root">The rank that has them.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such rank.</exception>
    /// <exception cref="MpiException">A process is lost, or lengths differ.</exception>
    public void Broadcast<T>(Span<T> values, int root = 0)
        where T : unmanaged
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        ArgumentOutOfRangeException.ThrowIfNegative(root);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(root, Size);
        while (Size > 1 && !values.IsEmpty)
        {
            Span<T> part = values[..Math.Min(values.Length, MaxBroadcastBytes / sizeof(T))];
            fixed (T* buffer = part)
            {
                Check(OpenMpi.Broadcast(buffer, part.Length * sizeof(T), OpenMpi.Byte, root, OpenMpi.World));
            }

            values = values[part.Length..];
        }
    }

    /// <summary>Waits until all processes are here.</summary>
    /// <exception cref="MpiException">A process is lost.</exception>
    public void Barrier()
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        Check(OpenMpi.Barrier(OpenMpi.World));
    }

    /// <summary>Ends all processes at once, this one too: for what went wrong in one of them while the others wait for it.</summary>
    /// <param name="exitCode">What <c>mpirun</c> returns.</param>
    public void Abort(int exitCode)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        Check(OpenMpi.Abort(OpenMpi.World, exitCode));
    }

    /// <summary>Ends MPI in this process, as soon as the others have come to their end too.</summary>
    public void Dispose()
    {
        if (!_isDisposed)
        {
            _isDisposed = true;
            OpenMpi.Finish();
        }
    }

    /// <inheritdoc/>
    public override string ToString() => $"rank {Rank} of {Size}";

    private void ReduceBlock<T>(Span<T> block)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int share = (block.Length + Size - 1) / Size, bytes = share * sizeof(T);
        fixed (byte* sendBytes = _send.Span, receiveBytes = _receive.Span)
        {
            Span<T> send = new(sendBytes, Size * share), receive = new(receiveBytes, Size * share);
            block.CopyTo(send);
            send[block.Length..].Clear();
            Check(OpenMpi.AllToAll(sendBytes, bytes, OpenMpi.Byte, receiveBytes, bytes, OpenMpi.Byte, OpenMpi.World));
            Span<T> sum = receive[..share];
            for (int rank = 1; rank < Size; rank++)
            {
                NeuralPrimitives.Add(sum, receive.Slice(rank * share, share), sum);
            }

            Check(OpenMpi.AllGather(receiveBytes, bytes, OpenMpi.Byte, sendBytes, bytes, OpenMpi.Byte, OpenMpi.World));
            send[..block.Length].CopyTo(block);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Check(int code)
    {
        if (code != 0)
        {
            Throw(code);
        }
    }

    private static void Throw(int code)
    {
        byte* text = stackalloc byte[OpenMpi.MaxErrorString];
        string message = OpenMpi.ErrorString(code, text, out int length) == 0 ? Encoding.UTF8.GetString(text, length) : "no message";
        throw new MpiException(code, message);
    }
}
