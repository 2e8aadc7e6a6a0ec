using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace FastRecurrent.Bench.Peers;

/// <summary>PyTorch on one thread, in a child process that runs <c>Native/pytorch_peer.py</c> and takes the times itself.</summary>
internal sealed class PyTorchPeer : Peer
{
    public const string PeerName = "PyTorch";
    public const string CsrName = "PyTorch (sparse CSR)";
    public const string BagName = "PyTorch (embedding_bag)";
    public const string HowToGet = "install the package python3-torch (Bench/Peers/install.sh does)";

    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(5);

    private readonly Process _process;
    private readonly Stream _commands;
    private readonly Stream _answers;
    private int _jobs;

    /// <exception cref="Win32Exception">There is no such program.</exception>
    /// <exception cref="InvalidOperationException">It has no PyTorch.</exception>
    public PyTorchPeer(string python)
    {
        using Stream resource = typeof(PyTorchPeer).Assembly.GetManifestResourceStream("pytorch_peer.py")!;
        ProcessStartInfo start = new(python, ["-c", new StreamReader(resource).ReadToEnd()])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (string name in NativeLibraries.Handicaps)
        {
            start.Environment.Remove(name);
        }

        foreach ((string name, string value) in NativeLibraries.Variables)
        {
            start.Environment[name] = value;
        }

        StringBuilder errors = new();
        _process = Process.Start(start)!;
        _process.ErrorDataReceived += (_, line) => errors.AppendLine(line.Data);
        _process.BeginErrorReadLine();
        _commands = _process.StandardInput.BaseStream;
        _answers = new BufferedStream(_process.StandardOutput.BaseStream);
        try
        {
            Description = $"PyTorch {ReadAnswer().GetProperty("version").GetString()}, in a process of its own";
        }
        catch (EndOfStreamException)
        {
            _process.WaitForExit();
            string reason = errors.ToString().Trim().Split('\n')[^1];
            Dispose();
            throw new InvalidOperationException($"{python} has no PyTorch: {reason}");
        }
    }

    public override string Description { get; }

    public override IEnumerable<Contestant> Enter(PeerTask task)
    {
        switch (task)
        {
            case RecurrentTask recurrent:
                yield return new Job(this, PeerName, new
                {
                    cell = recurrent.Cell == PeerCell.Lstm ? "lstm" : "gru",
                    mode = recurrent.Mode switch { PeerMode.Step => "step", PeerMode.Sequence => "sequence", _ => "training" },
                    steps = recurrent.Steps,
                    batch = recurrent.Batch,
                    size = recurrent.Size,
                },
                ("weight_ih", recurrent.WeightIh), ("weight_hh", recurrent.WeightHh), ("bias_ih", recurrent.BiasIh),
                ("bias_hh", recurrent.BiasHh), ("x", recurrent.X), ("dy", recurrent.Dy));
                break;
            case SparseTask sparse:
                foreach (string way in (string[])["csr", "bag"])
                {
                    yield return new Job(this,
                        way == "csr" ? CsrName : BagName, new { features = sparse.Features, weighted = sparse.Weighted, way },
                        ("offsets", sparse.Graph.Offsets.ToArray()), ("indices", sparse.Graph.Sources.ToArray()), ("values", sparse.Values),
                        ("x", sparse.X));
                }

                break;
        }
    }

    public override void Dispose()
    {
        _commands.Dispose();
        if (!_process.WaitForExit(_patience))
        {
            _process.Kill();
        }

        _process.Dispose();
        base.Dispose();
    }

    /// <summary>Sends a command, and reads its answer. Arrays are of 32-bit numbers.</summary>
    private JsonElement Send(Dictionary<string, object> command, params ReadOnlySpan<(string Name, Array Values)> arrays)
    {
        List<object[]> announced = [];
        foreach ((string name, Array values) in arrays)
        {
            announced.Add([name, values is int[]? "int" : "float", values.Length]);
        }

        command["arrays"] = announced;
        _commands.Write([.. JsonSerializer.SerializeToUtf8Bytes(command), (byte)'\n']);
        foreach ((_, Array values) in arrays)
        {
            _commands.Write(values is int[] numbers ? MemoryMarshal.AsBytes<int>(numbers) : MemoryMarshal.AsBytes<float>((float[])values));
        }

        _commands.Flush();
        JsonElement answer;
        try
        {
            answer = ReadAnswer();
        }
        catch (EndOfStreamException exception)
        {
            throw new InvalidOperationException(exception.Message, exception);
        }

        return answer.TryGetProperty("error", out JsonElement error)
            ? throw new InvalidOperationException($"PyTorch refuses: {error.GetString()}")
            : answer;
    }

    private JsonElement ReadAnswer()
    {
        List<byte> line = [];
        for (int next = _answers.ReadByte(); next != '\n'; next = _answers.ReadByte())
        {
            line.Add(next < 0 ? throw new EndOfStreamException("The process of PyTorch has ended.") : (byte)next);
        }

        return JsonDocument.Parse(line.ToArray()).RootElement;
    }

    private sealed class Job : Contestant
    {
        private readonly PyTorchPeer _peer;
        private readonly int _number;

        public Job(PyTorchPeer peer, string name, object task, params ReadOnlySpan<(string Name, Array Values)> arrays)
            : base(name)
        {
            (_peer, _number) = (peer, peer._jobs++);
            Dictionary<string, object> command = Command("create");
            foreach (JsonProperty property in JsonSerializer.SerializeToElement(task).EnumerateObject())
            {
                command[property.Name] = property.Value;
            }

            peer.Send(command, arrays);
        }

        public override bool IsElsewhere => true;

        public override void Reset() => _peer.Send(Command("reset"));

        public override void Run(int repeat) => Time(repeat);

        public override double Time(int repeat)
        {
            Dictionary<string, object> command = Command("run");
            command["repeat"] = repeat;
            return _peer.Send(command).GetProperty("nanoseconds").GetInt64() * 1e-9;
        }

        public override IReadOnlyList<PeerOutput> GetOutputs()
        {
            List<PeerOutput> outputs = [];
            foreach (JsonElement announced in _peer.Send(Command("outputs")).GetProperty("arrays").EnumerateArray())
            {
                float[] values = new float[announced[1].GetInt32()];
                _peer._answers.ReadExactly(MemoryMarshal.AsBytes(values.AsSpan()));
                outputs.Add(new PeerOutput(announced[0].GetString()!, values));
            }

            return outputs;
        }

        public override void Dispose()
        {
            if (!_peer._process.HasExited)
            {
                _peer.Send(Command("destroy"));
            }

            base.Dispose();
        }

        private Dictionary<string, object> Command(string verb) => new() { ["do"] = verb, ["job"] = _number };
    }
}
