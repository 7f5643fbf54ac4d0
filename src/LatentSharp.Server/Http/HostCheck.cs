using System.Net;

namespace LatentSharp.Server.Http;

/// <summary>
/// Answers only to names that are this machine's or that the operator gave: a web page whose name was pointed at 127.0.0.1 (DNS rebinding)
/// comes under a name of its own. The port does not matter, since proxies and containers map it.
/// </summary>
internal sealed class HostCheck(RequestDelegate next, ServerOptions options)
{
    /// <summary>Handles a request.</summary>
    public Task InvokeAsync(HttpContext context)
    {
        string host = context.Request.Host.Host;
        if (IsAllowed(host, context.Connection.LocalIpAddress)) return next(context);
        throw new RefusedRequest(StatusCodes.Status400BadRequest,
            host.Length == 0 ? "The request names no host." : "The service does not answer under this name.",
            "Address it as localhost or by the address it listens on; an operator allows other names with --host.", "Host");
    }

    private bool IsAllowed(string host, IPAddress? local)
    {
        if (host.Equals("localhost", StringComparison.OrdinalIgnoreCase)) return true;
        if (options.Hosts.Any(h => h == "*" || h.Equals(host, StringComparison.OrdinalIgnoreCase))) return true;
        // An address in numbers cannot be pointed elsewhere. It has to be this machine's all the same.
        return !host.Contains('%', StringComparison.Ordinal) && IPAddress.TryParse(host.Trim('[', ']'), out IPAddress? address)
            && host.Trim('[', ']').Equals(address.ToString(), StringComparison.OrdinalIgnoreCase)
            && (IPAddress.IsLoopback(address) || Same(address, local));
    }

    private static bool Same(IPAddress address, IPAddress? local)
        => local is not null && address.Equals(local.IsIPv4MappedToIPv6 ? local.MapToIPv4() : local);
}
