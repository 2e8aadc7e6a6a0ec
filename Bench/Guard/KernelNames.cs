using System.Reflection;
using FastRecurrent.Kernels;

namespace FastRecurrent.Bench.Guard;

/// <summary>The methods and constructors of the kernels' assembly that take spans.</summary>
internal static class KernelNames
{
    /// <summary>All of them: the name, for <see cref="NeuralPrimitives"/> without its type; where several share it,
    /// with the first parameter that is no span.</summary>
    public static IEnumerable<string> All() => typeof(NeuralPrimitives).Assembly.GetExportedTypes().SelectMany(type => type
        .GetMembers(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly).OfType<MethodBase>()
        .Where(method => method.GetParameters().Any(IsSpan))
        .GroupBy(method => method.Name)
        .SelectMany(group => group.Select(method => Name(type, method) + (group.Count() > 1 ? $"({Distinction(method)})" : ""))));

    private static string Name(Type type, MethodBase method) =>
        method.IsConstructor ? $"new {Plain(type)}" : type == typeof(NeuralPrimitives) ? method.Name : $"{Plain(type)}.{method.Name}";

    private static string Distinction(MethodBase method) =>
        Plain(method.GetParameters().First(parameter => !IsSpan(parameter)).ParameterType);

    private static string Plain(Type type) => type.Name.Split('`')[0];

    private static bool IsSpan(ParameterInfo parameter) => parameter.ParameterType.IsGenericType
        && parameter.ParameterType.GetGenericTypeDefinition() is { } type && (type == typeof(Span<>) || type == typeof(ReadOnlySpan<>));
}
