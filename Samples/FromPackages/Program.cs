using System.Reflection;
using System.Runtime.InteropServices;
using FastRecurrent.Cells;
using FastRecurrent.Graph;
using FastRecurrent.Models;

const int InputSize = 40, HiddenSize = 64, Steps = 100;

string version = typeof(SafeTensorsFile).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;
Console.WriteLine($"FastRecurrent.Models {version}");
int failures = 0;
StreamLstm(WriteModel());
BatchTrees();
return failures > 0 ? 1 : 0;

// A weights file as PyTorch would have written it, of random numbers.
SafeTensorsFile WriteModel()
{
    Random random = new(1);
    float[] Draw(int count) => [.. Enumerable.Range(0, count).Select(_ => 0.2f * (random.NextSingle() - 0.5f))];
    string path = Path.GetTempFileName();
    new SafeTensorsWriter()
        .SetMetadata("format", "pt")
        .Add<float>("lstm.weight_ih_l0", [4 * HiddenSize, InputSize], Draw(4 * HiddenSize * InputSize))
        .Add<float>("lstm.weight_hh_l0", [4 * HiddenSize, HiddenSize], Draw(4 * HiddenSize * HiddenSize))
        .Add<float>("lstm.bias_ih_l0", [4 * HiddenSize], Draw(4 * HiddenSize))
        .Add<float>("lstm.bias_hh_l0", [4 * HiddenSize], Draw(4 * HiddenSize))
        .Save(path);
    SafeTensorsFile file = SafeTensorsFile.Read(File.ReadAllBytes(path));
    Console.WriteLine(
        $"safetensors   {string.Join(", ", file.Tensors.Select(tensor => tensor.Name))}, {new FileInfo(path).Length:N0} bytes");
    File.Delete(path);
    return file;
}

void StreamLstm(SafeTensorsFile file)
{
    Lstm<float> lstm = new(new LstmOptions { InputSize = InputSize, HiddenSize = HiddenSize });
    lstm.Parameters.Load(file, prefix: "lstm.");
    lstm.Pack();

    float[] x = [.. Enumerable.Range(0, Steps * InputSize).Select(i => MathF.Sin(0.1f * i))];
    float[] y = new float[Steps * HiddenSize];
    var stream = lstm.CreateStream();
    stream.WarmUp();
    long before = GC.GetAllocatedBytesForCurrentThread();
    for (int t = 0; t < Steps; t++)
    {
        stream.Step(x.AsSpan(t * InputSize, InputSize), y.AsSpan(t * HiddenSize, HiddenSize));
    }

    long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
    float[] whole = new float[y.Length];
    lstm.Run(new() { Steps = Steps, Batch = 1, X = x }, new() { Y = whole }, lstm.CreateWorkspace(Steps, maxBatch: 1));
    double error = PlainLstm(lstm.Parameters, x).Zip(y, (plain, ours) => Math.Abs(plain - ours)).Max();

    Console.WriteLine($"LSTM stream   {lstm}");
    Check($"{Steps} steps differ from the plain formula in double by at most {error:E1}", error < 1e-6);
    Check("and are the bits of the whole sequence at once", SameBits(y, whole));
    Check($"{allocated} bytes allocated", allocated == 0);
}

// The output of every step and unit, straight from the definition.
IEnumerable<double> PlainLstm(ParameterSet<float> parameters, float[] x)
{
    double[] h = new double[HiddenSize], c = new double[HiddenSize];
    for (int t = 0; t < Steps; t++)
    {
        double[] previous = [.. h];
        double Gate(int row)
        {
            double sum = parameters["bias_ih_l0"].Value[row] + parameters["bias_hh_l0"].Value[row];
            for (int k = 0; k < InputSize; k++)
            {
                sum += parameters["weight_ih_l0"].Value[row * InputSize + k] * x[t * InputSize + k];
            }

            for (int k = 0; k < HiddenSize; k++)
            {
                sum += parameters["weight_hh_l0"].Value[row * HiddenSize + k] * previous[k];
            }

            return sum;
        }

        double Sigmoid(int row) => 1 / (1 + Math.Exp(-Gate(row)));
        for (int j = 0; j < HiddenSize; j++)
        {
            c[j] = Sigmoid(HiddenSize + j) * c[j] + Sigmoid(j) * Math.Tanh(Gate(2 * HiddenSize + j));
            h[j] = Sigmoid(3 * HiddenSize + j) * Math.Tanh(c[j]);
            yield return h[j];
        }
    }
}

void BatchTrees()
{
    LabelledTree[] trees = [LabelledTree.Parse("(3 (2 It) (4 (2 's) (3 fine)))"), LabelledTree.Parse("(1 (2 (2 Not) (2 so)) (1 bad))")];
    NaryTreeLstm<float> cell = new(InputSize, HiddenSize, arity: 2);
    cell.Initialise(seed: 1);
    float[] together = States(trees);
    float[] apart = [.. trees.SelectMany(tree => States(tree))];

    Console.WriteLine($"Tree-LSTM     {cell}");
    Check($"{trees.Length} trees in one batch, {together.Length / HiddenSize} nodes: the bits of each by itself",
        SameBits(together, apart));
    Check("all states finite, none of a root zero", together.All(float.IsFinite) && together.Take(HiddenSize).All(h => h != 0));

    float[] States(params LabelledTree[] batch)
    {
        CsrGraph graph = CsrGraph.Batch([.. batch.Select(tree => tree.ToGraph())]);
        NarySchedule schedule = new(Forest.Children(graph, arity: 2), arity: 2);
        IEnumerable<string?> words = batch.SelectMany(tree => tree.Words.ToArray());
        float[] x = [.. words.SelectMany(word => Enumerable.Range(1, InputSize).Select(k => Feature(word, k)))];
        float[] h = new float[schedule.NodeCount * HiddenSize];
        cell.Forward(schedule, x, h, c: [], cell.CreateTape(schedule.NodeCount), leavesOnly: true);
        return h;
    }

    static float Feature(string? word, int k) => word is null ? 0 : MathF.Sin(k * (word.Length + word[0]));
}

static bool SameBits(float[] x, float[] y) => MemoryMarshal.AsBytes(x.AsSpan()).SequenceEqual(MemoryMarshal.AsBytes(y.AsSpan()));

void Check(string what, bool holds)
{
    Console.WriteLine($"  {(holds ? "ok" : "FAILED")}  {what}");
    failures += holds ? 0 : 1;
}
