using System.Globalization;
using System.Text.Json.Nodes;
using LatentSharp.Imaging.Metadata;
using LatentSharp.Server.Computing;
using LatentSharp.Server.Generating;
using LatentSharp.Server.Http;

namespace LatentSharp.Server.Foreign.A1111;

/// <summary>
/// <c>/sdapi/v1</c>, the API of AUTOMATIC1111's web UI, as far as clients use it: pictures, progress, interrupt, and the lists that fill
/// their menus. Scripts and the second pass are refused by name.
/// </summary>
internal sealed class A1111Endpoints(Workbench bench, PictureMaker maker)
{
    private readonly JsonObject options = new() { ["sd_model_checkpoint"] = maker.Model ?? "none", ["samples_format"] = "png", ["sd_vae"] = "Automatic" };
    private readonly Lock gate = new();

    /// <summary>Adds the routes.</summary>
    internal void Map(IEndpointRouteBuilder routes)
    {
        routes.Post("/sdapi/v1/txt2img", context => MakeAsync(context, fromPicture: false));
        routes.Post("/sdapi/v1/img2img", context => MakeAsync(context, fromPicture: true));
        routes.Get("/sdapi/v1/progress", context => Answers.NodeAsync(context, Progress(context.Request.Query["skip_current_image"] == "true")));
        routes.Post("/sdapi/v1/interrupt", context => EndAsync(context, new JsonObject()));
        routes.Post("/sdapi/v1/skip", context => EndAsync(context, null));
        routes.Get("/sdapi/v1/options", context =>
        {
            lock (gate) return Answers.NodeAsync(context, options.DeepClone());
        });
        routes.Post("/sdapi/v1/options", SetAsync);
        routes.Get("/sdapi/v1/samplers", context => ListAsync(context, SamplerNames.All.Select(s => new JsonObject
        {
            ["name"] = s.Title, ["aliases"] = new JsonArray("k_" + s.Name, s.Name), ["options"] = new JsonObject(),
        })));
        routes.Get("/sdapi/v1/schedulers", context => ListAsync(context, SamplerNames.Schedules.Select(s => new JsonObject
        {
            ["name"] = s.Name, ["label"] = s.Title, ["aliases"] = null, ["default_rho"] = -1, ["need_inner_model"] = false,
        })));
        routes.Get("/sdapi/v1/sd-models", context => ListAsync(context, (maker.Model is { } model ? (string[])[model] : []).Select(m => new JsonObject
        {
            ["title"] = m, ["model_name"] = m, ["hash"] = null, ["sha256"] = null, ["filename"] = m, ["config"] = null,
        })));
        routes.Get("/sdapi/v1/sd-vae", context => ListAsync(context, bench.Autoencoders.Library().List().Select(e => new JsonObject
        {
            ["model_name"] = e.Name, ["filename"] = e.Path is null ? e.Name : Path.GetFileName(e.Path),
        })));
        routes.Get("/sdapi/v1/upscalers", context => ListAsync(context, [new JsonObject
        {
            ["name"] = "None", ["model_name"] = null, ["model_path"] = null, ["model_url"] = null, ["scale"] = 4,
        }]));
        routes.Get("/sdapi/v1/latent-upscale-modes", context => ListAsync(context, [new JsonObject { ["name"] = "None" }]));
        foreach (string empty in (string[])["loras", "embeddings", "hypernetworks", "face-restorers", "prompt-styles", "scripts"])
            routes.Get("/sdapi/v1/" + empty, context => ListAsync(context, []));
        routes.Get("/sdapi/v1/memory", context => Answers.NodeAsync(context, new JsonObject
        {
            ["ram"] = new JsonObject { ["used"] = Environment.WorkingSet, ["total"] = LatentSharp.Compute.MemoryBudget.Machine }, ["cuda"] = new JsonObject(),
        }));
        routes.Post("/sdapi/v1/png-info", InfoAsync);
    }

    private async Task MakeAsync(HttpContext context, bool fromPicture)
    {
        JsonObject body = await JsonBody.ReadAsync(context, bench.Options.MaximumBody);
        PictureOrder order = A1111Orders.Of(body, fromPicture, bench);
        MadePictures made;
        try
        {
            made = await maker.MakeAsync(order, context.RequestAborted);
        }
        catch (OperationCanceledException) when (!context.RequestAborted.IsCancellationRequested)
        {
            made = new MadePictures("", [], order.Steps ?? 0, []);      // interrupted: what there is comes back
        }
        foreach (string picture in (string[])["init_images", "mask"])
            if (body.ContainsKey(picture)) body[picture] = null;
        await Answers.NodeAsync(context, new JsonObject
        {
            ["images"] = new JsonArray([.. body.Flag("send_images") == false ? [] : made.Pictures.Select(p => (JsonNode)Convert.ToBase64String(p.Png))]),
            ["parameters"] = body.DeepClone(),
            ["info"] = A1111Info.Of(order, made, maker.Model ?? "").ToJsonString(),
        });
    }

    private JsonObject Progress(bool skipImage)
    {
        Making? making = maker.Current;
        bool waiting = making is null && bench.Queue.State is { Running: 0, Waiting: > 0 };
        int steps = making?.Order.Steps ?? 20, step = making is null ? 0 : (int)(making.Progress.Fraction * steps);
        double done = making is null ? 0 : Math.Clamp(0.01 + 0.99 * making.Progress.Fraction, 0, 1);
        double elapsed = making is null ? 0 : (DateTimeOffset.UtcNow - making.Started).TotalSeconds;
        return new JsonObject
        {
            ["progress"] = waiting ? 0.01 : done,
            ["eta_relative"] = done > 0.02 ? Math.Round(elapsed / done - elapsed, 1) : 0.0,
            ["state"] = new JsonObject
            {
                ["skipped"] = false,
                ["interrupted"] = making?.IsInterrupted == true,
                ["stopping_generation"] = making?.IsInterrupted == true,
                ["job"] = making is null ? "" : "scripts_txt2img",
                ["job_count"] = waiting ? -1 : making is null ? 0 : 1,
                ["job_timestamp"] = (making?.Started ?? DateTimeOffset.UtcNow).ToString("yyyyMMddHHmmss", CultureInfo.InvariantCulture),
                ["job_no"] = 0,
                ["sampling_step"] = step,
                ["sampling_steps"] = making is null ? 0 : steps,
            },
            ["current_image"] = skipImage || making?.Preview() is not { } png ? null : Convert.ToBase64String(png),
            ["textinfo"] = null,
        };
    }

    private Task EndAsync(HttpContext context, JsonNode? answer)
    {
        maker.Current?.Interrupt();
        return NullableAsync(context, answer);
    }

    // The whole object comes back from clients that change one of its members. Only what is known changes.
    private async Task SetAsync(HttpContext context)
    {
        JsonObject body = await JsonBody.ReadAsync(context, 1 << 20);
        if (body.Text("sd_model_checkpoint") is { Length: > 0 } model && maker.Model is { } served
            && !model.StartsWith(served, StringComparison.OrdinalIgnoreCase)
            && model != "none")
            throw new RefusedRequest(StatusCodes.Status404NotFound, $"There is no model \"{QueryValues.Shown(model)}\" here.", $"There is {served}.",
                "sd_model_checkpoint");
        lock (gate)
            foreach (string name in options.Select(o => o.Key).ToArray())
                if (body.TryGetPropertyValue(name, out JsonNode? value) && value is JsonValue) options[name] = value.DeepClone();
        await NullableAsync(context, null);
    }

    private static async Task InfoAsync(HttpContext context)
    {
        JsonObject body = await JsonBody.ReadAsync(context, 64 << 20);
        using var picture = new MemoryStream(Base64Text.Bytes(body.Text("image") ?? "", "image"));
        IReadOnlyList<KeyValuePair<string, string>> texts = PictureTexts.Of(picture);
        await Answers.NodeAsync(context, new JsonObject
        {
            ["info"] = texts.FirstOrDefault(t => t.Key == "parameters").Value ?? "",
            ["items"] = new JsonObject(texts.DistinctBy(t => t.Key).Select(t => KeyValuePair.Create(t.Key, (JsonNode?)t.Value))),
            ["parameters"] = new JsonObject(),
        });
    }

    private static Task ListAsync(HttpContext context, IEnumerable<JsonObject> items)
        => Answers.NodeAsync(context, new JsonArray([.. items]));

    private static Task NullableAsync(HttpContext context, JsonNode? node)
        => Answers.BytesAsync(context, System.Text.Encoding.UTF8.GetBytes(node?.ToJsonString() ?? "null"), Answers.Json);
}
