using System.Reflection;
using BenchmarkDotNet.Attributes;
using FastRecurrent.Bench.Bdn;
using FastRecurrent.Bench.Operations;

namespace FastRecurrent.Tests.Bench;

/// <summary>The classes that BenchmarkDotNet runs: complete, and their methods compute the same, so that a ratio compares equals.</summary>
public class BdnTests
{
    private static readonly Type[] _classes =
        [.. typeof(BdnCommand).Assembly.GetExportedTypes().Where(type => !type.IsAbstract && Benchmarks(type).Any())];

    public static TheoryData<Type> Classes => [.. _classes];

    [Theory]
    [MemberData(nameof(Classes))]
    public void A_class_counts_bytes_has_at_most_one_baseline_and_its_methods_agree(Type type)
    {
        Assert.NotNull(type.GetCustomAttribute<MemoryDiagnoserAttribute>());
        MethodInfo[] methods = [.. Benchmarks(type)];
        // A class without a plain version to compare with has one method.
        Assert.Equal(methods.Length == 1 ? 0 : 1, methods.Count(method => method.GetCustomAttribute<BenchmarkAttribute>()!.Baseline));
        foreach (string? choice in Choices(type))
        {
            float[]? expected = null;
            foreach (MethodInfo method in methods)
            {
                object benchmark = Prepare(type, choice);
                float[]? result = (float[]?)method.Invoke(benchmark, null);
                if (result is null)
                {
                    Assert.Equal(typeof(void), method.ReturnType); // the main job's rows, whose sides other tests compare
                    continue;
                }

                Assert.Contains(result, value => value != 0);
                expected ??= result;
                Assert.Equal(expected.Length, result.Length);
                Assert.All(Enumerable.Range(0, result.Length), i => Assert.True(
                    Math.Abs(expected[i] - result[i]) <= 1e-4 * Math.Max(1, Math.Abs(expected[i])),
                    $"{type.Name}.{method.Name} {choice}: [{i}] is {result[i]}, {methods[0].Name} has {expected[i]}"));
            }
        }
    }

    /// <summary>What has no class of its own beside other ways is in these two.</summary>
    [Fact]
    public void Every_operation_is_there_and_back_where_there_is_a_way()
    {
        Assert.Contains(typeof(EveryOperation), _classes);
        Assert.Contains(typeof(EveryBackward), _classes);
        Assert.Equal(Operation<float>.All.Select(operation => operation.Name), EveryOperation.Names);
        Assert.Superset(
            new HashSet<string> { "attention pooling", "TDNN", "NARX, parallel", "AGC-LSTM, attention" }, EveryBackward.Names.ToHashSet());
    }

    private static IEnumerable<MethodInfo> Benchmarks(Type type) =>
        type.GetMethods().Where(method => method.GetCustomAttribute<BenchmarkAttribute>() is not null)
        .OrderBy(method => method.Name, StringComparer.Ordinal);

    /// <summary>The values of the property that is drawn from a list of names; a null where there is none.</summary>
    private static IEnumerable<string?> Choices(Type type) => Source(type) is { } source
        ? (IEnumerable<string?>)type.GetProperty(source.GetCustomAttribute<ParamsSourceAttribute>()!.Name)!.GetValue(null)!
        : new string?[] { null };

    private static PropertyInfo? Source(Type type) =>
        type.GetProperties().SingleOrDefault(property => property.GetCustomAttribute<ParamsSourceAttribute>() is not null);

    /// <summary>An instance with every parameter at its first value, which is the smallest, set up.</summary>
    private static object Prepare(Type type, string? choice)
    {
        object benchmark = Activator.CreateInstance(type)!;
        Source(type)?.SetValue(benchmark, choice);
        foreach (PropertyInfo property in type.GetProperties())
        {
            if (property.GetCustomAttribute<ParamsAttribute>() is { } parameter)
            {
                property.SetValue(benchmark, parameter.Values[0]);
            }
        }

        Assert.Single(type.GetMethods(), method => method.GetCustomAttribute<GlobalSetupAttribute>() is not null).Invoke(benchmark, null);
        return benchmark;
    }
}
