using System.Runtime.InteropServices;

namespace FastRecurrent.Distributed;

/// <summary>
/// The few functions of MPI that are needed, in the binary interface of Open MPI 3 to 5 (libmpi.so.40). Its handles are pointers and its
/// constants the addresses of exported objects; MPICH's are whole numbers, so that another MPI takes another file like this one.
/// </summary>
internal static unsafe partial class OpenMpi
{
    /// <summary>The shared library; the number is that of the binary interface.</summary>
    public const string Library = "libmpi.so.40";

    /// <summary>One thread at a time calls MPI, whichever it is.</summary>
    public const int ThreadSerialized = 2;

    /// <summary>The longest error message, with its end.</summary>
    public const int MaxErrorString = 256;

    /// <summary>All processes of the job.</summary>
    public static nint World { get; private set; }

    /// <summary>What is sent: all here are copies, so that bytes do for every type.</summary>
    public static nint Byte { get; private set; }

    /// <summary>The error handler that returns codes instead of ending the process.</summary>
    public static nint ErrorsReturn { get; private set; }

    // No static constructor: an exception of one comes wrapped in another.
    /// <summary>Loads the library, before the first call.</summary>
    /// <exception cref="DllNotFoundException">It is not installed.</exception>
    public static void Load()
    {
        if (!NativeLibrary.TryLoad(Library, out nint library))
        {
            throw new DllNotFoundException($"Open MPI's {Library} is not installed (Debian: libopenmpi3 and openmpi-bin).");
        }

        World = NativeLibrary.GetExport(library, "ompi_mpi_comm_world");
        Byte = NativeLibrary.GetExport(library, "ompi_mpi_byte");
        ErrorsReturn = NativeLibrary.GetExport(library, "ompi_mpi_errors_return");
    }

    [LibraryImport(Library, EntryPoint = "MPI_Initialized")]
    public static partial int Initialized(out int flag);

    [LibraryImport(Library, EntryPoint = "MPI_Init_thread")]
    public static partial int InitThread(int* argc, byte*** argv, int required, out int provided);

    [LibraryImport(Library, EntryPoint = "MPI_Finalize")]
    public static partial int Finish();

    [LibraryImport(Library, EntryPoint = "MPI_Abort")]
    public static partial int Abort(nint communicator, int code);

    [LibraryImport(Library, EntryPoint = "MPI_Comm_set_errhandler")]
    public static partial int SetErrorHandler(nint communicator, nint handler);

    [LibraryImport(Library, EntryPoint = "MPI_Error_string")]
    public static partial int ErrorString(int code, byte* text, out int length);

    [LibraryImport(Library, EntryPoint = "MPI_Comm_rank")]
    public static partial int Rank(nint communicator, out int rank);

    [LibraryImport(Library, EntryPoint = "MPI_Comm_size")]
    public static partial int Size(nint communicator, out int size);

    [LibraryImport(Library, EntryPoint = "MPI_Barrier")]
    public static partial int Barrier(nint communicator);

    [LibraryImport(Library, EntryPoint = "MPI_Bcast")]
    public static partial int Broadcast(void* buffer, int count, nint type, int root, nint communicator);

    [LibraryImport(Library, EntryPoint = "MPI_Alltoall")]
    public static partial int AllToAll(
        void* send, int sendCount, nint sendType, void* receive, int receiveCount, nint receiveType, nint communicator);

    [LibraryImport(Library, EntryPoint = "MPI_Allgather")]
    public static partial int AllGather(
        void* send, int sendCount, nint sendType, void* receive, int receiveCount, nint receiveType, nint communicator);
}
