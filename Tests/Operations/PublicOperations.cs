using System.Reflection;
using FastRecurrent.Cells;
using FastRecurrent.Graph;
using FastRecurrent.Kernels;
using FastRecurrent.Models;

namespace FastRecurrent.Tests.Operations;

/// <summary>
/// The public operations of the four libraries, found by reflection: methods that take spans of numbers or parameters, or that are called
/// Forward, Backward, Run or Step. Methods that create their own type are no operations.
/// </summary>
internal static class PublicOperations
{
    private static readonly string[] _verbs = ["Forward", "Backward", "Run", "Step", "AccumulateGradients", "ZeroGradient",
        "ZeroGradients"];

    private static readonly Dictionary<string, MethodInfo> _all = Find();

    /// <summary>All of them, as <c>Type.Method</c>; of overloads with the types of their parameters.</summary>
    public static IReadOnlyCollection<string> Names => _all.Keys;

    /// <summary>The parameters of an operation, and the properties of those that bundle spans.</summary>
    public static IEnumerable<string> ParametersOf(string name) => _all[name].GetParameters()
        .SelectMany(parameter => IsBundle(Plain(parameter.ParameterType))
            ? Plain(parameter.ParameterType).GetProperties().Select(property => property.Name)
            : [parameter.Name!]);

    private static Dictionary<string, MethodInfo> Find()
    {
        Dictionary<string, MethodInfo> found = [];
        Type[] types =
        [
            .. new[] { typeof(NeuralPrimitives), typeof(Lstm<>), typeof(CsrGraph), typeof(Optimiser<>) }.SelectMany(
                type => type.Assembly.GetExportedTypes())
                .Where(type => !type.IsInterface && (!type.IsAbstract || type.IsSealed)),
        ];
        foreach (Type type in types)
        {
            MethodInfo[] methods =
            [
                .. type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static)
                    .Where(method => !method.IsSpecialName && types.Any(other => other.Assembly == method.DeclaringType!.Assembly)),
            ];
            foreach (MethodInfo method in methods.Where(IsOperation))
            {
                bool overloaded = methods.Count(other => other.Name == method.Name) > 1;
                string parameters = string.Join(", ", method.GetParameters().Select(parameter => Name(parameter.ParameterType, true)));
                found.Add($"{Name(type)}.{method.Name}{(overloaded ? $"({parameters})" : "")}", method);
            }
        }

        return found;
    }

    private static bool IsOperation(MethodInfo method) =>
        (_verbs.Contains(method.Name) || method.GetParameters().Any(parameter => TakesNumbers(Plain(parameter.ParameterType))))
        && !(method.IsStatic && Name(method.ReturnType) == Name(method.DeclaringType!));

    private static bool TakesNumbers(Type type) => IsBundle(type) || Name(type) == "ParameterSet"
        || (IsSpan(type)
            && (type.GetGenericArguments()[0].IsGenericParameter || type.GetGenericArguments()[0] == typeof(float)
            || type.GetGenericArguments()[0] == typeof(double)));

    private static bool IsBundle(Type type) => type.IsByRefLike && !IsSpan(type);

    private static bool IsSpan(Type type) => type.IsGenericType
        && (type.GetGenericTypeDefinition() == typeof(Span<>) || type.GetGenericTypeDefinition() == typeof(ReadOnlySpan<>));

    private static Type Plain(Type type) => type.IsByRef ? type.GetElementType()! : type;

    private static string Name(Type type, bool arguments = false) =>
        type.Name.Split('`')[0] + (arguments && type.IsGenericType && IsSpan(type) ? $"<{Name(type.GetGenericArguments()[0])}>" : "");
}
