using System.Text;
using LatentSharp.Server.Http;
using LatentSharp.Server.OpenApi;
using LatentSharp.Server.Operations;
using LatentSharp.Server.Page;

namespace LatentSharp.Server.Access;

/// <summary>
/// Where there are keys, a request needs one with the scope of what it does: <c>Authorization: Bearer KEY</c>, or Basic with the key as the
/// password, which older clients send. Health and the page's own files need none; a key in an address is not looked at.
/// </summary>
internal sealed class AccessCheck(RequestDelegate next, IReadOnlyList<AccessKey> keys)
{
    /// <summary>Handles a request.</summary>
    public Task InvokeAsync(HttpContext context)
    {
        if (keys.Count == 0 || IsOpen(context.Request)) return next(context);
        AccessKey? key = Given(context.Request.Headers.Authorization.ToString()) is { } given ? keys.FirstOrDefault(k => k.Is(given))
            : null;
        if (key is null)
            throw new RefusedRequest(StatusCodes.Status401Unauthorized, "A key is needed.", "Send Authorization: Bearer KEY.", "Authorization");
        AccessScope needed = Needed(context);
        if (key.Scope < needed)
            throw new RefusedRequest(StatusCodes.Status403Forbidden, $"This key allows to {Word(key.Scope)}; this needs one that allows to {Word(needed)}.",
                "Ask the operator for another key.", "Authorization")
            { Expected = Word(needed), Found = Word(key.Scope) };
        return next(context);
    }

    private static bool IsOpen(HttpRequest request) => HttpMethods.IsOptions(request.Method)
        || HealthEndpoints.Paths.Any(p => request.Path.Equals(p)) || PageFiles.Has(request.Path) || ApiPage.Has(request.Path);

    private static AccessScope Needed(HttpContext context)
        => context.GetEndpoint()?.Metadata.GetMetadata<RequiredScope>()?.Scope
            ?? (HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method) ? AccessScope.Read
                : AccessScope.Compute);

    private static string? Given(string header)
    {
        int blank = header.IndexOf(' ');
        if (blank < 0) return null;
        string scheme = header[..blank], value = header[(blank + 1)..].Trim();
        if (scheme.Equals("Bearer", StringComparison.OrdinalIgnoreCase)) return value;
        if (!scheme.Equals("Basic", StringComparison.OrdinalIgnoreCase)) return null;
        var bytes = new byte[value.Length];
        if (!Convert.TryFromBase64String(value, bytes, out int length)) return null;
        string pair = Encoding.UTF8.GetString(bytes, 0, length);
        return pair.IndexOf(':') is >= 0 and int colon ? pair[(colon + 1)..] : null;
    }

    private static string Word(AccessScope scope) => scope.ToString().ToLowerInvariant();
}

/// <summary>What a route needs, where that is not what its method says.</summary>
/// <param name="Scope">The scope.</param>
internal sealed record RequiredScope(AccessScope Scope);
