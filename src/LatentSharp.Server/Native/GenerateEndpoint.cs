using System.Text.Json.Nodes;
using LatentSharp.Server.Computing;
using LatentSharp.Server.Foreign;
using LatentSharp.Server.Generating;
using LatentSharp.Server.Http;
using LatentSharp.Server.Jobs;

namespace LatentSharp.Server.Native;

/// <summary><c>POST /v1/generate</c>: a prompt in, a job out, whose events show the picture on its way.</summary>
internal static class GenerateEndpoint
{
    private const int MostPictures = 16, MostSteps = 1000, LargestSide = 8192;

    /// <summary>Answers a request.</summary>
    internal static async Task HandleAsync(HttpContext context, Workbench bench, PictureMaker maker, JobStore jobs)
    {
        JsonObject body = await JsonBody.ReadAsync(context, bench.Options.MaximumBody);
        PictureOrder order = Order(body, bench);
        maker.Require(order);
        var folder = new RequestFolder();
        try
        {
            Job job = jobs.Start("generate", maker.Planned, context, folder, null, (j, token) =>
            {
                MadePictures made = maker.Make(order, folder, j, j.Preview, token);
                Directory.CreateDirectory(j.ResultFolder);
                foreach ((int i, MadePicture picture) in made.Pictures.Index())
                    File.WriteAllBytes(Path.Combine(j.ResultFolder, $"picture-{i + 1}.png"), picture.Png);
                return new JsonObject
                {
                    ["model"] = made.Model,
                    ["steps"] = made.Steps,
                    ["pictures"] = new JsonArray([.. made.Pictures.Select((p, i)
                        => (JsonNode)new JsonObject { ["file"] = $"picture-{i + 1}.png", ["seed"] = p.Seed })]),
                    ["notes"] = new JsonArray([.. made.Notes.Select(n => (JsonNode)n)]),
                };
            });
            await JobEndpoints.AcceptedAsync(context, job);
        }
        catch (RefusedRequest)
        {
            folder.Dispose();
            throw;
        }
    }

    private static PictureOrder Order(JsonObject body, Workbench bench)
    {
        PixelSize? size = body.Integer("width", 16, LargestSide) is { } width && body.Integer("height", 16, LargestSide) is { } height
            ? new PixelSize(width, height) : null;
        ImageTensor? init = body.Text("init") is { Length: > 0 } picture ? ClientPictures.Sized(ClientPictures.Picture(picture, "init", bench), size) : null;
        ImageTensor? mask = init is not null && body.Text("mask") is { Length: > 0 } drawn
            ? ClientPictures.Sized(ClientPictures.Grey(Base64Text.Bytes(drawn, "mask"), "mask", bench, inverted: false),
                new PixelSize(init.Width, init.Height)) : null;
        double strength = body.Number("strength") ?? (init is null ? 1 : 0.75);
        if (strength is <= 0 or > 1) throw QueryValues.Refused("strength", "strength lies above 0 and up to 1.");
        return new PictureOrder
        {
            Prompt = body.Text("prompt") ?? throw QueryValues.Refused("prompt", "There is no prompt.", "Say what is to be seen; it may be empty."),
            Negative = body.Text("negative") is { Length: > 0 } negative ? negative : null, Cfg = body.Number("cfg") ?? 1,
            Guidance = (float?)body.Number("guidance"), Size = size, Steps = body.Integer("steps", 1, MostSteps),
            Sampler = SamplerNames.Named(body.Text("sampler")), Schedule = SamplerNames.Scheduled(body.Text("schedule")), Seed = body.Seed("seed"),
            Count = body.Integer("count", 1, MostPictures) ?? 1, Init = init, Mask = mask, Strength = strength,
        };
    }
}
