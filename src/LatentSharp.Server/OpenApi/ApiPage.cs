using Scalar.AspNetCore;

namespace LatentSharp.Server.OpenApi;

/// <summary>The OpenAPI document, and a page to read it on that loads nothing from elsewhere.</summary>
internal static class ApiPage
{
    /// <summary>Where the page is.</summary>
    internal const string Path = "/api";

    /// <summary>Whether a path belongs to the document or its page, which say nothing of this machine and need no key.</summary>
    internal static bool Has(PathString path) => path.StartsWithSegments(Path) || path.StartsWithSegments("/openapi");

    /// <summary>Adds the routes.</summary>
    internal static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapOpenApi(RouteDocument.Pattern);
        routes.MapScalarApiReference(Path, options => options.WithTitle("LatentSharp").WithOpenApiRoutePattern(RouteDocument.Pattern).WithNonce()
            .DisableDefaultFonts().DisableTelemetry().DisableAgent().DisableMcp().HideClientButton());
    }

    /// <summary>Allows the page its one inline script, by a number that is used once, and the styles that it makes.</summary>
    internal static Task AllowAsync(HttpContext context, RequestDelegate next)
    {
        if (!context.Request.Path.StartsWithSegments(Path)) return next(context);
        context.Response.OnStarting(() =>
        {
            if (context.Items[ScalarOptions.NonceHttpContextItemKey] is string nonce)
                context.Response.Headers.ContentSecurityPolicy = $"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'self' 'unsafe-inline'; "
                    + "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
            return Task.CompletedTask;
        });
        return next(context);
    }
}
