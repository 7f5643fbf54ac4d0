using System.Globalization;
using System.Text.Json.Nodes;
using LatentSharp.Server.Generating;

namespace LatentSharp.Server.Foreign.A1111;

/// <summary>The document that the protocol sends as a text within its answer: how the pictures were made.</summary>
internal static class A1111Info
{
    /// <summary>That of an order.</summary>
    internal static JsonObject Of(PictureOrder order, MadePictures made, string model)
    {
        string negative = order.Negative ?? "", sampler = SamplerNames.All.First(s => s.Name == (order.Sampler ?? "euler")).Title;
        ulong first = made.Pictures.Count > 0 ? made.Pictures[0].Seed : order.Seed ?? 0;
        (int width, int height) = order.Size is { } size ? (size.Width, size.Height) : (0, 0);
        return new JsonObject
        {
            ["prompt"] = order.Prompt,
            ["all_prompts"] = Each(made, _ => order.Prompt),
            ["negative_prompt"] = negative,
            ["all_negative_prompts"] = Each(made, _ => negative),
            ["seed"] = first,
            ["all_seeds"] = Each(made, p => p.Seed),
            ["subseed"] = 0,
            ["all_subseeds"] = Each(made, _ => 0),
            ["subseed_strength"] = 0,
            ["width"] = width,
            ["height"] = height,
            ["sampler_name"] = sampler,
            ["cfg_scale"] = order.Cfg,
            ["steps"] = made.Steps,
            ["batch_size"] = order.Count,
            ["restore_faces"] = false,
            ["face_restoration_model"] = null,
            ["sd_model_name"] = model,
            ["sd_model_hash"] = null,
            ["sd_vae_name"] = null,
            ["sd_vae_hash"] = null,
            ["seed_resize_from_w"] = -1,
            ["seed_resize_from_h"] = -1,
            ["denoising_strength"] = order.Init is null ? null : order.Strength,
            ["extra_generation_params"] = new JsonObject(),
            ["index_of_first_image"] = 0,
            ["infotexts"] = Each(made, p => string.Create(CultureInfo.InvariantCulture,
                $"{order.Prompt}\nSteps: {made.Steps}, Sampler: {sampler}, CFG scale: {order.Cfg}, Seed: {p.Seed}, Size: {width}x{height}, Model: {model}")),
            ["styles"] = new JsonArray(),
            ["job_timestamp"] = DateTimeOffset.UtcNow.ToString("yyyyMMddHHmmss", CultureInfo.InvariantCulture),
            ["clip_skip"] = 1,
            ["is_using_inpainting_conditioning"] = false,
            ["version"] = "latentsharp",
        };
    }

    private static JsonArray Each(MadePictures made, Func<MadePicture, JsonNode?> value) => new([.. made.Pictures.Select(value)]);
}
