using System.Net;

namespace LatentSharp.Server.Hosting;

/// <summary>Where the service may listen.</summary>
internal static class ListeningAddresses
{
    /// <summary>Refuses what is no address, and addresses that other machines reach while nothing protects the service.</summary>
    /// <exception cref="LatentSharpException">One is refused.</exception>
    internal static void Require(IReadOnlyList<string> urls, ServerOptions options)
    {
        if (urls.Count == 0) throw new LatentSharpException(ErrorKind.Usage, "", "there is no address to listen on.",
            "Name one, such as http://127.0.0.1:7860.");
        foreach (string url in urls)
        {
            BindingAddress address = Parse(url);
            if (address.Scheme != "http")
                throw new LatentSharpException(ErrorKind.Usage, url, "the service speaks plain http.", "Put a proxy in front of it that speaks https.");
            if (!options.NoAuthentication && options.Keys.Count == 0 && !IsLocal(address.Host))
                throw new LatentSharpException(ErrorKind.Usage, url, "other machines reach this address, and the service has no keys.",
                    new Remedy(RemedyKind.GiveOption, "Listen on 127.0.0.1, or say that it may be used without a key", "no-auth"));
        }
    }

    private static BindingAddress Parse(string url)
    {
        try
        {
            return BindingAddress.Parse(url);
        }
        catch (FormatException e)
        {
            throw new LatentSharpException(ErrorKind.Usage, url, "this is no address to listen on.", "Write it as http://127.0.0.1:7860.", e);
        }
    }

    private static bool IsLocal(string host) => host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(host.Trim('[', ']'), out IPAddress? address) && IPAddress.IsLoopback(address));
}
