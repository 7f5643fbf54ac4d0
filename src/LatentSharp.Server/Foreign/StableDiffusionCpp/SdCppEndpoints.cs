using System.Text.Json.Nodes;
using LatentSharp.Server.Computing;
using LatentSharp.Server.Generating;
using LatentSharp.Server.Http;
using LatentSharp.Server.Jobs;

namespace LatentSharp.Server.Foreign.StableDiffusionCpp;

/// <summary>
/// <c>/sdcpp/v1</c>, the asynchronous API of stable-diffusion.cpp's server. Unlike there, work under way can be cancelled.
/// </summary>
internal sealed class SdCppEndpoints(Workbench bench, PictureMaker maker, JobStore jobs)
{
    private const string Kind = "img_gen";
    private const int MostPictures = 8, LargestSide = 4096;

    /// <summary>Adds the routes.</summary>
    internal void Map(IEndpointRouteBuilder routes)
    {
        routes.Post("/sdcpp/v1/img_gen", SubmitAsync);
        routes.Post("/sdcpp/v1/vid_gen", _ => throw new RefusedRequest(StatusCodes.Status400BadRequest, "videos are not made here"));
        routes.Get("/sdcpp/v1/jobs/{id}", context => Answers.NodeAsync(context, Document(Find(context))));
        routes.Post("/sdcpp/v1/jobs/{id}/cancel", CancelAsync);
        routes.Get("/sdcpp/v1/capabilities", context => Answers.NodeAsync(context, Capabilities()));
    }

    private async Task SubmitAsync(HttpContext context)
    {
        JsonObject body = await JsonBody.ReadAsync(context, bench.Options.MaximumBody);
        PictureOrder order = Order(body);
        maker.Require(order);
        string format = body.Text("output_format") ?? "png";
        var folder = new RequestFolder();
        try
        {
            Job job = jobs.Start(Kind, maker.Planned, context, folder, null, (j, token) =>
            {
                MadePictures made = maker.Make(order, folder, j, null, token);
                return new JsonObject
                {
                    ["output_format"] = format,
                    ["images"] = new JsonArray([.. made.Pictures.Select((p, i) => (JsonNode)new JsonObject
                    {
                        ["index"] = i, ["b64_json"] = Convert.ToBase64String(new OpenAi.ImageFormat(format, 95).Encode(p.Png)),
                    })]),
                };
            });
            await Answers.NodeAsync(context, new JsonObject
            {
                ["id"] = job.Id, ["kind"] = Kind, ["status"] = "queued", ["created"] = job.Created.ToUnixTimeSeconds(),
                ["poll_url"] = $"{context.Request.PathBase}/sdcpp/v1/jobs/{job.Id}",
            }, StatusCodes.Status202Accepted);
        }
        catch (RefusedRequest e)
        {
            folder.Dispose();
            if (e.Status == StatusCodes.Status429TooManyRequests)
                throw new RefusedRequest(e.Status, "job queue is full") { RetryAfter = e.RetryAfter };
            throw;
        }
    }

    private async Task CancelAsync(HttpContext context)
    {
        Job job = Find(context);
        job.Cancel();
        // Computation ends within a fraction of a second; the answer says that it has.
        for (int i = 0; i < 100 && !job.IsOver; i++) await Task.Delay(20, context.RequestAborted);
        await Answers.NodeAsync(context, Document(job));
    }

    private static PictureOrder Order(JsonObject body)
    {
        JsonObject sampling = body["sample_params"] as JsonObject ?? [], guidance = sampling["guidance"] as JsonObject ?? [];
        string? negative = body.Text("negative_prompt");
        double cfg = guidance.Number("txt_cfg") ?? 1;
        bool guided = !string.IsNullOrEmpty(negative) && cfg > 1;
        if ((body.Text("output_format") ?? "png") is not ("png" or "jpeg" or "webp"))
            throw new RefusedRequest(StatusCodes.Status400BadRequest, "output_format is png, jpeg or webp", null, "output_format");
        return new PictureOrder
        {
            Prompt = body.Text("prompt") is { Length: > 0 } prompt ? prompt
                : throw new RefusedRequest(StatusCodes.Status400BadRequest, "prompt required", null, "prompt"),
            Negative = guided ? negative : null, Cfg = guided ? cfg : 1, Guidance = (float?)guidance.Number("distilled_guidance"),
            Size = new PixelSize(body.Integer("width", 64, LargestSide) ?? 512, body.Integer("height", 64, LargestSide) ?? 512),
            Steps = sampling.Integer("sample_steps", 1, 150), Sampler = SamplerNames.Named(sampling.Text("sample_method")),
            Schedule = SamplerNames.Scheduled(sampling.Text("scheduler")), Seed = body.Seed("seed"),
            Count = body.Integer("batch_count", 1, MostPictures) ?? 1,
        };
    }

    private Job Find(HttpContext context) => jobs.Find((string)context.Request.RouteValues["id"]!) is { Kind: Kind } job ? job
        : throw new RefusedRequest(StatusCodes.Status404NotFound, "job not found", null, "id");

    private static JsonObject Document(Job job) => new()
    {
        ["id"] = job.Id,
        ["kind"] = Kind,
        ["created"] = job.Created.ToUnixTimeSeconds(),
        ["queue_position"] = job.Place,
        ["status"] = job.Status switch
        {
            JobStatus.Queued => "queued",
            JobStatus.Running => "generating",
            JobStatus.Done => "completed",
            JobStatus.Failed => "failed",
            _ => "cancelled",
        },
        ["started"] = job.Started?.ToUnixTimeSeconds(),
        ["completed"] = job.Completed?.ToUnixTimeSeconds(),
        ["result"] = job.Result?.DeepClone(),
        ["error"] = job.Status switch
        {
            JobStatus.Failed => new JsonObject { ["code"] = "failed", ["message"] = job.Problem?.Detail },
            JobStatus.Cancelled => new JsonObject { ["code"] = "cancelled", ["message"] = "job cancelled by client" },
            _ => null,
        },
    };

    private JsonObject Capabilities() => new()
    {
        ["model"] = maker.Model,
        ["current_mode"] = Kind,
        ["supported_modes"] = new JsonArray([.. maker.Model is null ? [] : (JsonNode[])[Kind]]),
        ["output_formats"] = new JsonArray("png", "jpeg", "webp"),
        ["features"] = new JsonObject { ["cancel_queued"] = true, ["cancel_generating"] = true },
        ["samplers"] = new JsonArray([.. SamplerNames.All.Select(s => (JsonNode)s.Name)]),
        ["schedulers"] = new JsonArray([.. SamplerNames.Schedules.Select(s => (JsonNode)s.Name)]),
        ["loras"] = new JsonArray(),
        ["upscalers"] = new JsonArray(),
        ["limits"] = new JsonObject
        {
            ["min_width"] = 64, ["max_width"] = LargestSide, ["min_height"] = 64, ["max_height"] = LargestSide,
            ["max_batch_count"] = MostPictures, ["max_queue_size"] = bench.Options.QueueLength,
        },
    };
}
