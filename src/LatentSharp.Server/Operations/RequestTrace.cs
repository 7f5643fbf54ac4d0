using System.Diagnostics;
using Microsoft.AspNetCore.Http.Features;

namespace LatentSharp.Server.Operations;

/// <summary>Says of the span of a request what OpenTelemetry's semantic conventions want to know, where somebody listens. Queries are left
/// out: they may hold prompts.</summary>
internal sealed class RequestTrace(RequestDelegate next)
{
    /// <summary>Handles a request.</summary>
    public async Task InvokeAsync(HttpContext context)
    {
        if (context.Features.Get<IHttpActivityFeature>()?.Activity is not { IsAllDataRequested: true } span)
        {
            await next(context);
            return;
        }
        HttpRequest request = context.Request;
        span.SetTag("http.request.method", request.Method).SetTag("url.scheme", request.Scheme).SetTag("url.path", request.Path.Value);
        await next(context);
        int status = context.Response.StatusCode;
        span.SetTag("http.response.status_code", status);
        if (status >= 500) span.SetStatus(ActivityStatusCode.Error);
        if ((context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText is not { } route) return;
        span.SetTag("http.route", route).DisplayName = $"{request.Method} {route}";
    }
}
