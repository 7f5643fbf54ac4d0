using System.Text.Json.Nodes;
using LatentSharp.Autoencoders.Pool;
using LatentSharp.Server.Computing;
using LatentSharp.Server.Http;

namespace LatentSharp.Server.Operations;

/// <summary>Whether the process lives, and whether it can take work: for balancers and supervisors, without a key.</summary>
internal static class HealthEndpoints
{
    /// <summary>The paths that need no key.</summary>
    internal static string[] Paths { get; } = ["/health", "/health/live", "/health/ready", "/livez", "/readyz", "/healthz"];

    /// <summary>Adds the routes.</summary>
    internal static void Map(IEndpointRouteBuilder routes, Workbench bench)
    {
        foreach (string path in (string[])["/health/live", "/health", "/livez", "/healthz"]) routes.Get(path, context => context.Response.WriteAsync("Ok"));
        foreach (string path in (string[])["/health/ready", "/readyz"]) routes.Get(path, context => ReadyAsync(context, bench));
    }

    private static Task ReadyAsync(HttpContext context, Workbench bench)
    {
        QueueState state = bench.Queue.State;
        string? autoencoder = Problem(() =>
        {
            using AutoencoderLease lease = bench.Autoencoders.Acquire(null);
        });
        string? pictures = Problem(() => _ = PictureFormat.Describe());
        bool ready = !state.Draining && autoencoder is null && pictures is null;
        return Answers.NodeAsync(context, new JsonObject
        {
            ["ready"] = ready,
            ["checks"] = new JsonObject
            {
                ["taking_work"] = state.Draining ? "the service is shutting down" : "ok",
                ["default_autoencoder"] = autoencoder ?? "ok",
                ["picture_library"] = pictures ?? "ok",
            },
            ["queue"] = new JsonObject { ["running"] = state.Running, ["waiting"] = state.Waiting },
        }, ready ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
    }

    private static string? Problem(Action check)
    {
        try
        {
            check();
            return null;
        }
        catch (Exception e) when (e is LatentSharpException or RefusedRequest)
        {
            return PlainPaths.In(e.Message);
        }
    }
}
