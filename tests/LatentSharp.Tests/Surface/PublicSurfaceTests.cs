using System.Reflection;
using LatentSharp.Quality.Metrics;

namespace LatentSharp.Tests.Surface;

/// <summary>What applications see of the packages: rules that every public type keeps to.</summary>
public sealed class PublicSurfaceTests
{
    private const int MostParameters = 8;

    private static readonly Assembly[] Packages =
        [typeof(Autoencoder).Assembly, typeof(PictureComparison).Assembly, typeof(PictureFile).Assembly,
            typeof(EmbeddedAutoencoder).Assembly,
         typeof(LatentSharp.OnnxRuntime.OnnxDevice).Assembly,
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
}
