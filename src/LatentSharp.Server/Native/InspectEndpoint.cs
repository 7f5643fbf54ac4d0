using LatentSharp.Server.Computing;
using LatentSharp.Server.Http;
using LatentSharp.Service.Inspecting;
using LatentSharp.Service.Json;

namespace LatentSharp.Server.Native;

/// <summary><c>POST /v1/inspect</c>: any file of this field in, what it is out.</summary>
internal static class InspectEndpoint
{
    /// <summary>Answers a request.</summary>
    internal static async Task HandleAsync(HttpContext context, Workbench bench)
    {
        var query = new QueryValues(context.Request.Query);
        bool tensors = query.Flag("tensors") == true, digest = query.Flag("digest") == true;
        using Uploads uploads = await Uploads.ReadAsync(context, bench.Options.MaximumBody, "file");
        UploadedFile file = uploads.Required("file");
        InspectResult result = await bench.Queue.RunAsync(PlannedUses.Inspect(file.Path), Urgency.Interactive,
            token => InspectFile.Run(bench.Autoencoders.Library(),
                new InspectRequest { File = file.Path, Tensors = tensors, Digest = digest }, token),
            context.RequestAborted);
        await Answers.ResultAsync(context, result, ServiceJson.Lines.InspectResult, document => document["file"] = file.Name);
    }
}
