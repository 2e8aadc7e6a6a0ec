using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace FastRecurrent.Tests.Api;

/// <summary>What users of an assembly can see, as C# declarations: a block a type, a line a member,
/// in an order that no addition disturbs.</summary>
internal static class PublicApi
{
    private static readonly SymbolDisplayFormat _declaration = new(
        typeQualificationStyle: SymbolDisplayTypeQualificationStyle.NameAndContainingTypes,
        genericsOptions: SymbolDisplayGenericsOptions.IncludeTypeParameters | SymbolDisplayGenericsOptions.IncludeTypeConstraints
            | SymbolDisplayGenericsOptions.IncludeVariance,
        memberOptions: SymbolDisplayMemberOptions.IncludeAccessibility | SymbolDisplayMemberOptions.IncludeModifiers
            | SymbolDisplayMemberOptions.IncludeType | SymbolDisplayMemberOptions.IncludeRef | SymbolDisplayMemberOptions.IncludeParameters
            | SymbolDisplayMemberOptions.IncludeConstantValue,
        delegateStyle: SymbolDisplayDelegateStyle.NameAndSignature,
        extensionMethodStyle: SymbolDisplayExtensionMethodStyle.StaticMethod,
        parameterOptions: SymbolDisplayParameterOptions.IncludeType | SymbolDisplayParameterOptions.IncludeName
            | SymbolDisplayParameterOptions.IncludeParamsRefOut | SymbolDisplayParameterOptions.IncludeDefaultValue
            | SymbolDisplayParameterOptions.IncludeExtensionThis,
        propertyStyle: SymbolDisplayPropertyStyle.ShowReadWriteDescriptor,
        kindOptions: SymbolDisplayKindOptions.IncludeMemberKeyword,
        miscellaneousOptions: SymbolDisplayMiscellaneousOptions.UseSpecialTypes
            | SymbolDisplayMiscellaneousOptions.EscapeKeywordIdentifiers
            | SymbolDisplayMiscellaneousOptions.IncludeNullableReferenceTypeModifier
            | SymbolDisplayMiscellaneousOptions.AllowDefaultLiteral);

    // A type's constraints stand after its bases, so not with its name.
    private static readonly SymbolDisplayFormat _name =
        _declaration.RemoveGenericsOptions(SymbolDisplayGenericsOptions.IncludeTypeConstraints);
    private static readonly SymbolDisplayFormat _heading = _name.AddKindOptions(SymbolDisplayKindOptions.IncludeTypeKeyword);

    /// <summary>A line a namespace, a type or, indented by four, a member of the type above.</summary>
    public static IEnumerable<string> Describe(string assemblyPath)
    {
        string platform = (string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!;
        MetadataReference assembly = MetadataReference.CreateFromFile(assemblyPath);
        CSharpCompilation compilation = CSharpCompilation.Create(null, references:
        [
            assembly,
            .. platform.Split(Path.PathSeparator).Where(path => path != assemblyPath)
            .Select(path => MetadataReference.CreateFromFile(path)),
        ]);
        var symbol = (IAssemblySymbol)compilation.GetAssemblyOrModuleSymbol(assembly)!;
        return TypesOf(symbol.GlobalNamespace)
            .Where(IsVisible)
            .GroupBy(type => type.ContainingNamespace.ToDisplayString())
            .OrderBy(group => group.Key, StringComparer.Ordinal)
            .SelectMany(group => group
                .OrderBy(type => type.ToDisplayString(_name), StringComparer.Ordinal)
                .SelectMany(type => MembersOf(type).Prepend(Heading(type)))
                .Prepend($"namespace {group.Key}"));
    }

    private static IEnumerable<INamedTypeSymbol> TypesOf(INamespaceOrTypeSymbol container) =>
        container.GetMembers().OfType<INamespaceOrTypeSymbol>()
            .SelectMany(member => member is INamedTypeSymbol type ? TypesOf(type).Prepend(type) : TypesOf(member));

    private static bool IsVisible(ISymbol symbol) =>
        symbol.DeclaredAccessibility is Accessibility.Public or Accessibility.Protected or Accessibility.ProtectedOrInternal
        && (symbol.ContainingType is null || IsVisible(symbol.ContainingType));

    private static string Heading(INamedTypeSymbol type)
    {
        string modifiers = type switch
        {
            { TypeKind: not TypeKind.Class } => "",
            { IsStatic: true } => "static ",
            { IsSealed: true } => "sealed ",
            { IsAbstract: true } => "abstract ",
            _ => "",
        };
        bool showsBase = type.TypeKind == TypeKind.Class && type.BaseType!.SpecialType != SpecialType.System_Object;
        INamedTypeSymbol? underlying = showsBase ? type.BaseType : type.EnumUnderlyingType;
        string[] bases =
        [
            .. new[] { underlying }.OfType<INamedTypeSymbol>().Select(item => item.ToDisplayString(_name)),
            .. type.Interfaces.Where(IsVisible).Select(item => item.ToDisplayString(_name)).Order(StringComparer.Ordinal),
        ];
        string constraints = type.ToDisplayString(_declaration)[type.ToDisplayString(_name).Length..];
        return $"{SyntaxFacts.GetText(type.DeclaredAccessibility)} {modifiers}{type.ToDisplayString(_heading)}"
            + $"{(bases.Length > 0 ? $" : {string.Join(", ", bases)}" : "")}{constraints}";
    }

    private static IEnumerable<string> MembersOf(INamedTypeSymbol type) =>
        type.GetMembers()
            .Where(member => member is not INamedTypeSymbol and not IMethodSymbol { AssociatedSymbol: not null } && IsVisible(member))
            .Where(member => !member.GetAttributes().Any(attribute => attribute.AttributeClass!.Name == "CompilerGeneratedAttribute"))
            .Where(member => type.TypeKind != TypeKind.Enum || member is IFieldSymbol)
            .OrderBy(member => member.Kind == SymbolKind.Field ? 0 : 1)
            .ThenBy(member => member.Name, StringComparer.Ordinal)
            .ThenBy(member => member.ToDisplayString(_declaration), StringComparer.Ordinal)
            .Select(member => $"    {StaticOf(member)}{member.ToDisplayString(_declaration)}");

    // The one modifier that the format leaves out, of an interface's members.
    private static string StaticOf(ISymbol member) =>
        member is { IsStatic: true, ContainingType.TypeKind: TypeKind.Interface } ? member.IsAbstract ? "static abstract " : "static " : "";
}
