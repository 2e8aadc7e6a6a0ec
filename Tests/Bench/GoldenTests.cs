using FastRecurrent.Bench.Verify;
using FastRecurrent.Models;

namespace FastRecurrent.Tests.Bench;

/// <summary>The golden cases that are kept with the tests, in double and in float, outputs and gradients.</summary>
public class GoldenTests
{
    private static readonly string _folder = Path.Combine(AppContext.BaseDirectory, "Golden");

    public static TheoryData<string> Cases() => new(Verifier.Find([_folder]).Select(path => Path.GetFileNameWithoutExtension(path)));

    [Theory]
    [MemberData(nameof(Cases))]
    public void Equals_the_reference(string name)
    {
        VerifyResult result = Verifier.Verify(Path.Combine(_folder, name + ".safetensors"));
        Assert.True(result.Verdict == Verdict.Passed, result.ToString());
        // Eigenvalues and eigenvectors are given, too: the graph that they belong to is not needed.
        Assert.Equal(name.StartsWith("spectral-", StringComparison.Ordinal)
            ? "not looked at: graph.weights, graph.offsets, graph.sources" : "", result.Note);
    }

    [Theory]
    [InlineData("out.y")]
    [InlineData("grad.param.weight_hh_l0")]
    public void A_wrong_value_fails(string tensor)
    {
        string path = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.safetensors");
        try
        {
            using (SafeTensorsFile file = SafeTensorsFile.Open(Path.Combine(_folder, "lstm.safetensors")))
            {
                SafeTensorsWriter writer = new();
                foreach ((string key, string value) in file.Metadata)
                {
                    writer.SetMetadata(key, value);
                }

                foreach (TensorInfo info in file.Tensors)
                {
                    double[] values = new double[info.ElementCount];
                    file.CopyTo<double>(info.Name, values);
                    values[0] += info.Name == tensor ? 1e-3 : 0;
                    writer.Add<double>(info.Name, info.Shape, values);
                }

                writer.Save(path);
            }

            VerifyResult result = Verifier.Verify(path);
            Assert.Equal(Verdict.Failed, result.Verdict);
            Assert.Contains(tensor, result.Note);
        }
        finally
        {
            File.Delete(path);
        }
    }
}
