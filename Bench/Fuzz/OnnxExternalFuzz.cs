using FastRecurrent.Models;

namespace FastRecurrent.Bench.Fuzz;

/// <summary>ONNX models on disk whose constants lie in another file: where they say that it is, and how long it is.</summary>
internal static class OnnxExternalFuzz
{
    private static readonly string[] _locations =
        ["w.bin", "folder/w.bin", "folder", "../w.bin", "/etc/hostname", "model.onnx", "w.bin/x", "link", "", ".", "a\0b", new('a', 5000),
            "folder/../w.bin", "\ud800"];

    private static readonly string[] _numbers = ["0", "8", "24", "25", "-1", "+8", " 8", "9223372036854775807", "9223372036854775808",
        "1e1", "0x8", ""];

    public static FuzzTarget Create()
    {
        // A folder of this process; nothing in it is worth keeping.
        string folder = Directory.CreateTempSubdirectory("onnx-fuzz-").FullName, path = Path.Combine(folder, "model.onnx");
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(folder, recursive: true);
        Directory.CreateDirectory(Path.Combine(folder, "folder"));
        File.WriteAllBytes(Path.Combine(folder, "w.bin"), new byte[64]);
        File.WriteAllBytes(Path.Combine(folder, "folder", "w.bin"), new byte[7]);
        File.CreateSymbolicLink(Path.Combine(folder, "link"), "link");
        return new FuzzTarget(
            "onnx, external data",
            [Model("w.bin", "8", "24"), Model("folder/w.bin", "0", "24")],
            Mutate,
            bytes =>
            {
                File.WriteAllBytes(path, bytes);
                return OnnxFuzz.Read(() => OnnxFile.Open(path));
            },
            Memory: 1 << 16);
    }

    private static byte[] Mutate(Random random, byte[] file, byte[] other) => random.Next(2) == 0
        ? Model(Any(random, _locations), Any(random, _numbers), Any(random, _numbers), random.Next(2) == 0 ? 6 : ByteMutator.Edge(random))
        : OnnxFuzz.Mutate(random, file, other);

    private static byte[] Model(string location, string offset, string length, long size = 6) => OnnxBytes.Model(OnnxBytes.Graph(
        [OnnxBytes.Node("MatMul", "linear", ["x", "m"], ["y"])],
        [OnnxBytes.ExternalTensor("m", OnnxBytes.Float, [size, 1], ("location", location), ("offset", offset), ("length", length))]));

    private static string Any(Random random, string[] texts) => texts[random.Next(texts.Length)];
}
