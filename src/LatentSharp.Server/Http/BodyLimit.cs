namespace LatentSharp.Server.Http;

/// <summary>One limit over all bodies in flight: many requests that are each small enough are too much together.</summary>
internal sealed class BodyLimit(RequestDelegate next, BodyAllowance allowance)
{
    // Its bytes, what is parsed of them, the texts in it at two bytes a character, and the files in those.
    private const int JsonWeight = 5;

    /// <summary>Handles a request.</summary>
    public async Task InvokeAsync(HttpContext context)
    {
        using var held = new HeldBodies(allowance);
        context.Features.Set(held);
        HttpRequest request = context.Request;
        request.Body = new CountedBody(request.Body, request.ContentLength, request.HasJsonContentType() ? JsonWeight : 1, held);
        await next(context);
    }
}
