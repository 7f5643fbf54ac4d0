using System.Reflection;
using System.Text.RegularExpressions;
using LatentSharp.Quality.Metrics;

namespace LatentSharp.Tests.Surface;

/// <summary>What applications see of the packages: rules that every public type keeps to.</summary>
public sealed partial class PublicSurfaceTests
{
    private const int MostParameters = 8;

    private static readonly Assembly[] Packages =
        [typeof(Autoencoder).Assembly, typeof(PictureComparison).Assembly, typeof(PictureFile).Assembly,
            typeof(EmbeddedAutoencoder).Assembly,
            typeof(EmbeddedGenerator).Assembly,
         typeof(LatentSharp.OnnxRuntime.OnnxDevice).Assembly, typeof(LatentSharp.Vulkan.VulkanCard).Assembly,
             typeof(LatentSharp.Extensions.DependencyInjection.LatentSharpOptions).Assembly];

    private static IEnumerable<MethodBase> Callable(Type type)
        => type.GetMembers(
            BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly)
            .OfType<MethodBase>().Where(m => m.IsPublic || m.IsFamily || m.IsFamilyOrAssembly);

    [Fact]
    public void No_public_method_has_more_than_eight_parameters()
    {
        IEnumerable<string> long_ = from assembly in Packages
                                    from type in assembly.GetExportedTypes()
                                    from method in Callable(type)
                                    where method.GetParameters().Length > MostParameters && method.Name != "Deconstruct"
                                    select $"{type.Name}.{method.Name}: {method.GetParameters().Length}";
        Assert.Empty(long_);
    }

    [Fact]
    public void A_cancellation_token_is_called_cancellationToken_and_comes_last()
    {
        IEnumerable<string> others = from assembly in Packages
                                     from type in assembly.GetExportedTypes()
                                     from method in Callable(type)
                                     from parameter in method.GetParameters()
                                     where parameter.ParameterType == typeof(CancellationToken)
                                         && (parameter.Name != "cancellationToken"
                                             || parameter.Position != method.GetParameters().Length - 1)
                                     select $"{type.Name}.{method.Name}: {parameter.Name}";
        Assert.Empty(others);
    }

    [Fact]
    public void Every_public_type_is_named_on_the_page_of_the_library_or_needed_by_one_that_is()
    {
        HashSet<string> named = [.. WordPattern().Matches(File.ReadAllText(Repository.Path("docs/library.md"))).Select(m => m.Value)];
        HashSet<Type> all = [.. Packages.SelectMany(a => a.GetExportedTypes())];
        var needed = new HashSet<Type>();
        var open = new Stack<Type>(all.Where(t => named.Contains(t.Name.Split('`')[0])));
        while (open.TryPop(out Type? type))
        {
            if (!needed.Add(type)) continue;
            foreach (Type used in UsedBy(type).SelectMany(Parts))
                if (all.Contains(used)) open.Push(used);
        }
        // What only holds extension methods of named types is found through them.
        string[] others = [.. all.Except(needed)
            .Where(t => !(t.IsAbstract && t.IsSealed && UsedBy(t).SelectMany(Parts).Any(needed.Contains)))
            .Select(t => t.FullName!).Order()];
        Assert.True(others.Length == 0, "make internal, or name in docs/library.md: " + string.Join(", ", others));
    }

    private static IEnumerable<Type> UsedBy(Type type)
    {
        if (type.BaseType is { } parent) yield return parent;
        foreach (Type implemented in type.GetInterfaces()) yield return implemented;
        foreach (Type nested in type.GetNestedTypes()) yield return nested;
        if (type.DeclaringType is { } outer) yield return outer;
        foreach (MethodBase method in Callable(type))
        {
            if (method is MethodInfo { ReturnType: var result }) yield return result;
            foreach (ParameterInfo parameter in method.GetParameters()) yield return parameter.ParameterType;
        }
        foreach (FieldInfo field in type.GetFields()) yield return field.FieldType;
    }

    // The types that a type is made of: List<Latent>[] is of Latent and of List.
    private static IEnumerable<Type> Parts(Type type) => type.HasElementType ? Parts(type.GetElementType()!)
        : type.IsGenericType ? type.GetGenericArguments().SelectMany(Parts).Prepend(type.GetGenericTypeDefinition())
        : [type];

    [GeneratedRegex(@"\b[A-Z]\w+")]
    private static partial Regex WordPattern();
}
