namespace LatentSharp.Server.Http;

/// <summary>Routes by what is done.</summary>
internal static class RouteVerbs
{
    private static readonly string[] Reading = ["GET", "HEAD"], Posting = ["POST"], Putting = ["PUT"], Deleting = ["DELETE"];

    /// <summary>Something that is read.</summary>
    internal static IEndpointConventionBuilder Get(this IEndpointRouteBuilder routes, string pattern, RequestDelegate handler)
        => routes.MapMethods(pattern, Reading, handler);

    /// <summary>Something that is done.</summary>
    internal static IEndpointConventionBuilder Post(this IEndpointRouteBuilder routes, string pattern, RequestDelegate handler)
        => routes.MapMethods(pattern, Posting, handler);

    /// <summary>Something that is set.</summary>
    internal static IEndpointConventionBuilder Put(this IEndpointRouteBuilder routes, string pattern, RequestDelegate handler)
        => routes.MapMethods(pattern, Putting, handler);

    /// <summary>Something that is ended or forgotten.</summary>
    internal static IEndpointConventionBuilder Delete(this IEndpointRouteBuilder routes, string pattern, RequestDelegate handler)
        => routes.MapMethods(pattern, Deleting, handler);
}
