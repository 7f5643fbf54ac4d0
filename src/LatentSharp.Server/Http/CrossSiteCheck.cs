namespace LatentSharp.Server.Http;

/// <summary>
/// What web pages of other sites may do: nothing, unless the operator named their origin. Browsers say where a request comes from
/// (<c>Origin</c>, <c>Sec-Fetch-Site</c>); programs send neither and are not concerned.
/// </summary>
internal sealed class CrossSiteCheck(RequestDelegate next, ServerOptions options)
{
    private const string Exposed = "shape, dtype, ETag, Retry-After, Content-Digest, X-Latent-Space, X-Latent-Note";

    /// <summary>Handles a request.</summary>
    public Task InvokeAsync(HttpContext context)
    {
        HttpRequest request = context.Request;
        string origin = request.Headers.Origin.ToString();
        bool friend = options.Origins.Contains(origin, StringComparer.OrdinalIgnoreCase);
        if (friend)
        {
            context.Response.Headers.AccessControlAllowOrigin = origin;
            context.Response.Headers.Vary = "Origin";
            context.Response.Headers.AccessControlExposeHeaders = Exposed;
        }
        if (HttpMethods.IsOptions(request.Method)) return Preflight(context, origin, friend);
        bool changes = !HttpMethods.IsGet(request.Method) && !HttpMethods.IsHead(request.Method);
        if (changes && !friend && !IsOwn(request, origin))
            throw new RefusedRequest(StatusCodes.Status403Forbidden, "A web page of another site may not do this.",
                "An operator allows a site with --origin.", "Origin");
        return next(context);
    }

    private static bool IsOwn(HttpRequest request, string origin)
    {
        if (request.Headers["Sec-Fetch-Site"].ToString() is "cross-site" or "same-site") return false;
        if (origin.Length == 0) return true;
        return Uri.TryCreate(origin, UriKind.Absolute, out Uri? page) && page.Scheme is "http" or "https"
            && page.Authority.Equals(WithoutDefaultPort(request, page.Scheme), StringComparison.OrdinalIgnoreCase);
    }

    private static string WithoutDefaultPort(HttpRequest request, string scheme)
    {
        string host = request.Host.Value ?? "", port = scheme == "https" ? ":443" : ":80";
        return host.EndsWith(port, StringComparison.Ordinal) ? host[..^port.Length] : host;
    }

    // Asked without a key, and answered before one is looked for. Programs that ask what there is get an answer too.
    private static Task Preflight(HttpContext context, string origin, bool friend)
    {
        IHeaderDictionary headers = context.Response.Headers;
        if (origin.Length > 0 && !friend)
            throw new RefusedRequest(StatusCodes.Status403Forbidden, "Web pages of other sites may not call the service.",
                "An operator allows a site with --origin.", "Origin");
        headers.Allow = "GET, HEAD, POST, PUT, DELETE, OPTIONS";
        if (friend)
        {
            headers.AccessControlAllowMethods = headers.Allow;
            headers.AccessControlAllowHeaders = "Authorization, Content-Type, Content-Digest, Idempotency-Key, Last-Event-ID";
            headers.AccessControlMaxAge = "600";
        }
        context.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }
}
