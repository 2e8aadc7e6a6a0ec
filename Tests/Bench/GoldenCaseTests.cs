using System.Text.Json.Nodes;
using FastRecurrent.Bench.Verify;
using FastRecurrent.Models;

namespace FastRecurrent.Tests.Bench;

/// <summary>Golden files as a user may bring them: damaged ones are reported as failed, with a reason, and do not end the run.</summary>
public class GoldenCaseTests
{
    private static readonly string _folder = Path.Combine(AppContext.BaseDirectory, "Golden");

    /// <summary>One case a cell: the first by name.</summary>
    public static TheoryData<string> Cases() =>
        new(Verifier.Find([_folder]).Select(GoldenCase.Load).DistinctBy(golden => golden.Cell).Select(golden => golden.Name));

    /// <summary>Each tensor left out, with one dimension more, one less, one element less, as the other kind of number;
    /// each option of another kind or absurd.</summary>
    [Theory]
    [MemberData(nameof(Cases))]
    public void Damaged_cases_fail_with_a_reason(string name)
    {
        string path = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.safetensors");
        try
        {
            using SafeTensorsFile file = SafeTensorsFile.Open(Path.Combine(_folder, name + ".safetensors"));
            JsonObject options = JsonNode.Parse(file.Metadata["options"])!.AsObject();
            foreach (string tensor in file.Tensors.Select(tensor => tensor.Name))
            {
                foreach (Damage damage in Enum.GetValues<Damage>())
                {
                    Write(path, file, options.ToJsonString(), tensor, damage);
                    VerifyResult result = Verify($"{tensor} {damage}");
                    if (tensor.StartsWith("param.") && damage is not (Damage.TooLarge or Damage.Negative))
                    {
                        Assert.True(result.Verdict == Verdict.Failed, $"{tensor} {damage}: {result}");
                    }
                }
            }

            foreach (string option in options.Select(option => option.Key).ToArray())
            {
                foreach (JsonNode? value in new JsonNode?[] { null, "no such word", -1, 1.5, true, new JsonArray() })
                {
                    JsonObject changed = options.DeepClone().AsObject();
                    changed[option] = value;
                    Write(path, file, changed.ToJsonString());
                    Verify($"{option} = {value?.ToJsonString() ?? "null"}");
                }
            }

            foreach (string text in new[] { "", "[]", "null", "{", "7" })
            {
                Write(path, file, text);
                Assert.Equal(Verdict.Failed, Verify($"options {text}").Verdict);
            }
        }
        finally
        {
            File.Delete(path);
        }

        VerifyResult Verify(string what)
        {
            VerifyResult? result = null;
            Exception? error = Record.Exception(() => result = Verifier.Verify(path));
            Assert.True(error is null, $"{what}: {error}");
            Assert.True(result!.Verdict != Verdict.Failed || result.Note.Length > 10, $"{what}: {result}");
            return result;
        }
    }

    [Fact]
    public void What_nobody_looks_at_is_named()
    {
        string path = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.safetensors");
        try
        {
            using SafeTensorsFile file = SafeTensorsFile.Open(Path.Combine(AppContext.BaseDirectory, "Golden", "gru.safetensors"));
            Write(path, file, """{"reset_gate":"after"}""");
            VerifyResult result = Verifier.Verify(path);
            Assert.Equal((Verdict.Passed, "not looked at: option 'reset_gate'"), (result.Verdict, result.Note));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void Values_come_in_either_precision_with_their_shapes_and_defaults()
    {
        string path = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.safetensors");
        try
        {
            new SafeTensorsWriter().SetMetadata("cell", "gru").SetMetadata("version", "1")
                .SetMetadata("options", """{"layers":2,"bidirectional":true,"reset":"before","lr":0.5}""")
                .Add<double>("in.x", [1, 2, 3], [1, 2, 3, 4, 5, 0.1]).Add("in.lengths", [2], [3L, 4L]).Add("graph.large", [1], [1L << 40])
                .Save(path);
            GoldenCase golden = GoldenCase.Load(path);
            Assert.Equal(("gru", false), (golden.Cell, golden.HasGradients));
            Assert.Equal(7, golden.Unread.Count()); // three tensors and four options
            Assert.Equal([1, 2, 3], golden.Shape("in.x", 3));
            Assert.Equal([1f, 2f, 3f, 4f, 5f, 0.1f], golden.Values<float>("in.x"));
            Assert.Equal([3, 4], golden.Integers("in.lengths"));
            Assert.Equal((2, 7), (golden.Option("layers", 1), golden.Option("absent", 7)));
            Assert.Equal((true, false), (golden.Option("bidirectional", false), golden.Option("absent", false)));
            Assert.Equal(("before", "after"), (golden.Option("reset", "after"), golden.Option("absent", "after")));
            Assert.Equal((0.5, 2.0), (golden.Option("lr", 0.0), golden.Option("layers", 0.0)));
            Assert.Empty(golden.Integers("in.absent"));
            Assert.Empty(golden.Optional<float>("in.absent"));
            Refused("has no tensor 'in.absent'", () => golden.Values<double>("in.absent"));
            Refused("in.x needs 2 dimensions, but has the shape [1, 2, 3]", () => golden.Shape("in.x", 2));
            Refused("in.x needs one element, but has the shape [1, 2, 3]", () => golden.Scalar<double>("in.x"));
            Refused("in.lengths does not hold floating-point numbers", () => golden.Optional<double>("in.lengths"));
            Refused("in.x does not hold whole numbers", () => golden.Integers("in.x"));
            Refused("graph.large holds 1099511627776, which does not fit 32 bits", () => golden.Integers("graph.large"));
            Refused("the option 'reset' must be a whole number from 0, not \"before\"", () => golden.Option("reset", 1));
            Refused("the option 'layers' must be true or false, not 2", () => golden.Option("layers", false));
            Assert.Empty(golden.Unread);
        }
        finally
        {
            File.Delete(path);
        }

        static void Refused(string message, Func<object?> read) =>
            Assert.Contains(message, Assert.Throws<InvalidDataException>(read).Message);
    }

    private static void Write(string path, SafeTensorsFile file, string options, string damaged = "", Damage damage = default)
    {
        SafeTensorsWriter writer = new SafeTensorsWriter().SetMetadata("cell", file.Metadata["cell"]).SetMetadata("version", "1")
            .SetMetadata("options", options);
        foreach (TensorInfo tensor in file.Tensors)
        {
            long[] shape = tensor.Shape.ToArray(), integers = new long[tensor.ElementCount];
            double[] numbers = new double[tensor.ElementCount];
            bool isInteger = tensor.Type == TensorType.I64;
            if (isInteger)
            {
                file.CopyTo(tensor.Name, integers);
                numbers = Array.ConvertAll(integers, value => (double)value);
            }
            else
            {
                file.CopyTo<double>(tensor.Name, numbers);
                integers = Array.ConvertAll(numbers, value => (long)value);
            }

            if (tensor.Name == damaged)
            {
                switch (damage)
                {
                    case Damage.Absent: continue;
                    case Damage.HigherRank: shape = [1, .. shape]; break;
                    case Damage.LowerRank: shape = shape.Length > 1 ? [shape[0] * shape[1], .. shape[2..]] : []; break;
                    case Damage.Shorter when shape is [> 0, ..]:
                        shape[0]--;
                        Array.Resize(ref numbers, (int)shape.Aggregate(1L, (product, size) => product * size));
                        Array.Resize(ref integers, numbers.Length);
                        break;
                    case Damage.OtherKind: isInteger = !isInteger; break;
                    case Damage.TooLarge: Array.Fill(integers, long.MaxValue); break;
                    case Damage.Negative: Array.Fill(integers, -1); break;
                }

                if (damage == Damage.LowerRank && shape.Length == 0)
                {
                    (numbers, integers) = ([0], [0]);
                }
            }

            _ = isInteger ? writer.Add(tensor.Name, shape, integers) : writer.Add<double>(tensor.Name, shape, numbers);
        }

        using FileStream stream = File.Create(path); // without the flush to disk of Save, a thousand times
        writer.Write(stream);
    }

    private enum Damage
    {
        Absent,
        HigherRank,
        LowerRank,
        Shorter,
        OtherKind,
        TooLarge,
        Negative,
    }
}
