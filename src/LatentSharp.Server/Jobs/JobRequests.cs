using System.Text.Json;
using System.Text.Json.Nodes;
using LatentSharp.Autoencoders.Conversion;
using LatentSharp.Autoencoders.Library;
using LatentSharp.Server.Autoencoders;
using LatentSharp.Server.Computing;
using LatentSharp.Server.Http;
using LatentSharp.Server.Native;
using LatentSharp.Server.OpenApi;
using LatentSharp.Service.Comparing;
using LatentSharp.Service.Converting;
using LatentSharp.Service.Json;
using LatentSharp.Service.Reporting;
using LatentSharp.Tensors;

namespace LatentSharp.Server.Jobs;

/// <summary><c>POST /v1/report</c>, <c>/v1/compare</c>, <c>/v1/convert</c>: long work, answered with a job.</summary>
internal static class JobRequests
{
    /// <summary>Adds the routes.</summary>
    internal static void Map(IEndpointRouteBuilder routes, Workbench bench, JobStore jobs)
    {
        routes.Post("/v1/report", context => MeasureAsync(context, bench, jobs, "report")).Described(Routes.Report);
        routes.Post("/v1/compare", context => MeasureAsync(context, bench, jobs, "compare")).Described(Routes.Compare);
        routes.Post("/v1/convert", context => ConvertAsync(context, bench, jobs)).Described(Routes.Convert);
    }

    private static async Task MeasureAsync(HttpContext context, Workbench bench, JobStore jobs, string kind)
    {
        string? key = Key(context);
        if (jobs.Known(key) is { } known)
        {
            await JobEndpoints.AcceptedAsync(context, known);
            return;
        }
        Uploads uploads = await Uploads.ReadAsync(context, bench.Options.MaximumBody, "pictures");
        try
        {
            UploadedFile[] pictures = [.. uploads.Files.Where(f => f.Field == "pictures")];
            if (pictures.Length == 0) throw QueryValues.Refused("pictures", "There are no pictures.", "Send them as parts \"pictures\" of a form.");
            PictureInfo[] seen = [.. pictures.Select(p => UploadedPicture.RequirePixels(p, bench))];
            string[] names = (uploads.Value("autoencoders") ?? uploads.Value("autoencoder") ?? "").Split(',', StringSplitOptions.TrimEntries);
            LibraryEntry[] entries = [.. names.Select(bench.Autoencoders.Find)];
            if (kind == "compare" && entries.Length < 2)
                throw QueryValues.Refused("autoencoders", "A comparison needs two autoencoders at least.", "Name them, separated by commas.");
            bool experiments = uploads.Value("experiments") is not ("false" or "False" or "0");
            var images = InputSelection.Of([.. pictures.Select(p => p.Path)]);
            Job job = jobs.Start(kind, bench.Uses.Measure(entries, seen), context, uploads.Folder, key, (j, token) => kind == "report"
                ? Plain(JsonSerializer.SerializeToNode(MakeReport.Run(bench.Autoencoders.Library(), new ReportRequest
                {
                    Autoencoder = OpenAutoencoders.Reference(entries[0]), Images = images, Output = j.ResultFolder,
                    Experiments = experiments,
                    Compute = bench.Options.Computing,
                }, j, null, token), ServiceJson.Lines.ReportResult)!)
                : Plain(JsonSerializer.SerializeToNode(CompareAutoencoders.Run(bench.Autoencoders.Library(), new CompareRequest
                {
                    Autoencoders = [.. entries.Select(OpenAutoencoders.Reference)], Images = images, Output = j.ResultFolder,
                    Compute = bench.Options.Computing,
                }, j, token), ServiceJson.Lines.CompareResult)!));
            await JobEndpoints.AcceptedAsync(context, job);
        }
        catch (Exception) when (!jobs.All.Any(j => j.Folder == uploads.Folder))
        {
            uploads.Dispose();
            throw;
        }
    }

    private static async Task ConvertAsync(HttpContext context, Workbench bench, JobStore jobs)
    {
        string? key = Key(context);
        if (jobs.Known(key) is { } known)
        {
            await JobEndpoints.AcceptedAsync(context, known);
            return;
        }
        var query = new QueryValues(context.Request.Query);
        LibraryEntry entry = bench.Autoencoders.Find(query.Text("autoencoder"));
        if (entry.Path is null)
            throw new RefusedRequest(StatusCodes.Status422UnprocessableEntity, $"{entry.Name} has no file of its own to convert.", "Name another one.",
                "autoencoder");
        WeightNaming? naming = query.Choice("layout", "same", "same", "bfl", "diffusers", "ldm") switch
        {
            "bfl" => WeightNaming.Bfl,
            "ldm" => WeightNaming.Ldm,
            "diffusers" => WeightNaming.Diffusers,
            _ => null,
        };
        ElementType? type = query.Choice("dtype", "same", "same", "f32", "f16", "bf16") switch
        {
            "f32" => ElementType.F32,
            "f16" => ElementType.F16,
            "bf16" => ElementType.BF16,
            _ => null,
        };
        var folder = new RequestFolder();
        try
        {
            Job job = jobs.Start("convert", bench.Uses.Convert(entry), context, folder, key, (j, token) =>
            {
                Directory.CreateDirectory(j.ResultFolder);
                return Plain(JsonSerializer.SerializeToNode(ConvertWeights.Run(bench.Autoencoders.Library(), new ConvertRequest
                {
                    Input = entry.Path, Output = Path.Combine(j.ResultFolder, RequestFolder.Plain(entry.Name) + ".safetensors"), Naming = naming, Type = type,
                }, j, token), ServiceJson.Lines.ConvertResult)!);
            });
            await JobEndpoints.AcceptedAsync(context, job);
        }
        catch (RefusedRequest)
        {
            folder.Dispose();
            throw;
        }
    }

    private static string? Key(HttpContext context) => context.Request.Headers["Idempotency-Key"].ToString() is { Length: > 0 and <= 255 } key ? key : null;

    // The document and the page are files of the job; what stands in the result are figures.
    private static JsonNode Plain(JsonNode result)
    {
        var members = (JsonObject)result;
        foreach (string name in (string[])["json", "html", "comparison"]) members.Remove(name);
        return PlainPaths.In(result)!;
    }
}
