using System.ComponentModel;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace FastRecurrent.Samples.SessionHandover;

/// <summary>A Redis server of one's own on a free port of this machine, that keeps nothing and ends with its owner.</summary>
internal sealed class LocalRedis : IDisposable
{
    private const string Program = "redis-server";

    private readonly Process _process;

    private LocalRedis(Process process, string address)
    {
        _process = process;
        Address = address;
    }

    /// <summary>Host and port.</summary>
    public string Address { get; }

    /// <summary>Starts one and waits until it answers.</summary>
    /// <exception cref="FileNotFoundException">It is not installed.</exception>
    /// <exception cref="InvalidOperationException">It does not answer.</exception>
    public static LocalRedis Start()
    {
        int port = FreePort();
        ProcessStartInfo start = new(Program) { RedirectStandardOutput = true };
        foreach (string argument in (string[])["--bind", "127.0.0.1", "--port", $"{port}", "--save", "", "--appendonly", "no"])
        {
            start.ArgumentList.Add(argument);
        }

        try
        {
            Process process = Process.Start(start)!;
            string said = "";
            while (process.StandardOutput.ReadLine() is { } line)
            {
                said += line + "\n";
                if (line.Contains("eady to accept connections", StringComparison.Ordinal))
                {
                    _ = process.StandardOutput.BaseStream.CopyToAsync(Stream.Null); // what else it says must not fill the pipe
                    return new LocalRedis(process, $"127.0.0.1:{port}");
                }
            }

            process.Dispose();
            throw new InvalidOperationException($"{Program} has ended: {said}");
        }
        catch (Win32Exception exception)
        {
            throw new FileNotFoundException($"{Program} is not installed (Debian: redis-server).", Program, exception);
        }
    }

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }

    private static int FreePort()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
