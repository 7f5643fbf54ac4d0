using LatentSharp.Server.Http;

namespace LatentSharp.Server.RemoteVae;

/// <summary>
/// One address for both directions, as the protocol has it, and one for each direction for clients that like to be plain. What has no
/// content type is encoded; tensors that say so, and requests that name an output, are decoded.
/// </summary>
internal static class RemoteVaeRoutes
{
    /// <summary>Adds them.</summary>
    internal static void Map(IEndpointRouteBuilder routes, RemoteDecode decode, RemoteEncode encode)
    {
        routes.Post("/remote-vae/{autoencoder}", c => IsDecode(c.Request) ? decode.HandleAsync(c, Name(c)) : encode.HandleAsync(c, Name(c)));
        routes.Post("/remote-vae/{autoencoder}/decode", c => decode.HandleAsync(c, Name(c)));
        routes.Post("/remote-vae/{autoencoder}/encode", c => encode.HandleAsync(c, Name(c)));
    }

    private static bool IsDecode(HttpRequest request)
        => request.ContentType?.StartsWith("tensor/", StringComparison.OrdinalIgnoreCase) == true || request.Query.ContainsKey("output_type");

    private static string? Name(HttpContext context) => (string?)context.Request.RouteValues["autoencoder"];
}
