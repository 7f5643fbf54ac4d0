using System.Text.Json.Nodes;
using LatentSharp.Server.Http;
using LatentSharp.Server.OpenApi;

namespace LatentSharp.Server.Jobs;

/// <summary><c>/v1/jobs</c>: what is under way, what became of it, and ending it.</summary>
internal static class JobEndpoints
{
    // Pages of reports have their styles and scripts in themselves; they get no more of this origin than the right to show.
    private const string PagePolicy = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data: blob:; sandbox allow-scripts";

    /// <summary>Adds the routes.</summary>
    internal static void Map(IEndpointRouteBuilder routes, JobStore jobs, CancellationToken stopping)
    {
        routes.Get("/v1/jobs", context => Answers.NodeAsync(context,
            new JsonObject { ["jobs"] = new JsonArray([.. jobs.All.Select(j => (JsonNode)j.Document())]) })).Described(Routes.Jobs);
        routes.Get("/v1/jobs/{id}", context => Answers.NodeAsync(context, Find(context, jobs).Document())).Described(Routes.Job);
        routes.Get("/v1/jobs/{id}/events", context => JobEvents.SendAsync(context, Find(context, jobs), stopping)).Described(Routes.JobEvents);
        routes.Get("/v1/jobs/{id}/files/{**name}", context => FileAsync(context, Find(context, jobs))).Described(Routes.JobFile);
        routes.Post("/v1/jobs/{id}/cancel", context =>
        {
            Job job = Find(context, jobs);
            job.Cancel();
            return Answers.NodeAsync(context, job.Document());
        }).Described(Routes.CancelJob);
        routes.Delete("/v1/jobs/{id}", context =>
        {
            jobs.Remove(Find(context, jobs));
            context.Response.StatusCode = StatusCodes.Status204NoContent;
            return Task.CompletedTask;
        }).Described(Routes.DeleteJob);
    }

    /// <summary>Tells a client of the job that it asked for.</summary>
    internal static Task AcceptedAsync(HttpContext context, Job job)
    {
        context.Response.Headers.Location = $"{context.Request.PathBase}/v1/jobs/{job.Id}";
        return Answers.NodeAsync(context, job.Document(), StatusCodes.Status202Accepted);
    }

    private static Job Find(HttpContext context, JobStore jobs) => jobs.Find((string)context.Request.RouteValues["id"]!)
        ?? throw new RefusedRequest(StatusCodes.Status404NotFound, "There is no such job, or not any more.", "Jobs are kept for an hour after their end.",
            "id");

    private static async Task FileAsync(HttpContext context, Job job)
    {
        string name = (string?)context.Request.RouteValues["name"] ?? "";
        // Only names that the job itself lists: nothing is made of what a client writes.
        string file = job.Files().FirstOrDefault(f => f == name)
            ?? throw new RefusedRequest(StatusCodes.Status404NotFound, "The job has no such file.", "Its document lists them.", "name");
        string type = Path.GetExtension(file).ToLowerInvariant() switch
        {
            ".html" => "text/html; charset=utf-8",
            ".json" => Answers.Json,
            ".png" => "image/png",
            ".safetensors" => "application/vnd.safetensors",
            _ => "application/octet-stream",
        };
        if (type.StartsWith("text/html", StringComparison.Ordinal)) context.Response.Headers.ContentSecurityPolicy = PagePolicy;
        await Answers.FileAsync(context, Path.Combine(job.ResultFolder, file), type);
    }
}
