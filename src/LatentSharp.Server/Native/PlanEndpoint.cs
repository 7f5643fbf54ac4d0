using System.Text.Json.Nodes;
using LatentSharp.Autoencoders.Library;
using LatentSharp.Server.Autoencoders;
using LatentSharp.Server.Computing;
using LatentSharp.Server.Http;
using LatentSharp.Service.Json;
using LatentSharp.Service.Planning;

namespace LatentSharp.Server.Native;

/// <summary><c>GET /v1/plan</c>: what encoding and decoding a picture of a size takes, without doing it.</summary>
internal static class PlanEndpoint
{
    /// <summary>Answers a request.</summary>
    internal static async Task HandleAsync(HttpContext context, Workbench bench)
    {
        var query = new QueryValues(context.Request.Query);
        int width = query.Integer("width") ?? 1024, height = query.Integer("height") ?? 1024;
        bool steps = query.Flag("steps") == true;
        bench.Planned.RequirePixels(1, height, width);
        LibraryEntry entry = bench.Autoencoders.Find(query.Text("autoencoder"));
        PlanResult plan = await bench.Queue.RunAsync(PlannedWork.Small, Urgency.Interactive, cancellation
            => PlanPicture.Run(bench.Autoencoders.Library(),
            new PlanRequest
            {
                Size = new PixelSize(width, height), Autoencoder = OpenAutoencoders.Reference(entry), Compute = bench.Options.Computing,
            }, cancellation), context.RequestAborted);
        await Answers.ResultAsync(context, plan, ServiceJson.Lines.PlanResult, document =>
        {
            AutoencoderEndpoints.Plain(document["autoencoder"], entry);
            if (steps) return;
            foreach (string half in (string[])["encode", "decode"]) (document[half] as JsonObject)?.Remove("steps");
        });
    }
}
