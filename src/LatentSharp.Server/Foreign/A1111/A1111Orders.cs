using System.Text.Json.Nodes;
using LatentSharp.Server.Computing;
using LatentSharp.Server.Generating;
using LatentSharp.Server.Http;

namespace LatentSharp.Server.Foreign.A1111;

/// <summary>What a body of txt2img or img2img asks for. Members that are not known are left alone, as the protocol has it.</summary>
internal static class A1111Orders
{
    private const int MostSteps = 150, MostPictures = 16, LargestSide = 8192, Multiple = 16;
    private const double UsualStrength = 0.75;

    /// <summary>The order of a body.</summary>
    internal static PictureOrder Of(JsonObject body, bool fromPicture, Workbench bench)
    {
        if (body.Flag("enable_hr") == true)
            throw new RefusedRequest(StatusCodes.Status422UnprocessableEntity, "enable_hr is not supported.", "Ask for the size itself.", "enable_hr");
        if (body["alwayson_scripts"] is JsonObject { Count: > 0 } || body.Text("script_name") is { Length: > 0 })
            throw new RefusedRequest(StatusCodes.Status422UnprocessableEntity, "Scripts are not supported.", "Leave alwayson_scripts and script_name out.",
                "script_name");
        string? negative = body.Text("negative_prompt");
        double cfg = body.Number("cfg_scale") ?? 1;
        bool guided = !string.IsNullOrEmpty(negative) && cfg > 1;
        var order = new PictureOrder
        {
            Prompt = body.Text("prompt") ?? "",
            // Models that were distilled for guidance take none besides; a negative prompt asks for it.
            Negative = guided ? negative : null, Cfg = guided ? cfg : 1,
            Guidance = (float?)body.Number("distilled_cfg_scale"),
            Size = new PixelSize(Side(body, "width"), Side(body, "height")),
            Steps = body.Integer("steps", 1, MostSteps),
            Sampler = SamplerNames.Named(body.Text("sampler_name") ?? (body["sampler_index"] is JsonValue v && v.TryGetValue(out string? old) ? old : null)),
            Schedule = SamplerNames.Scheduled(body.Text("scheduler")),
            Seed = body.Seed("seed"),
            Count = Math.Clamp((body.Integer("batch_size", 1, MostPictures) ?? 1) * (body.Integer("n_iter", 1, MostPictures) ?? 1), 1, MostPictures),
        };
        return fromPicture ? Changing(order, body, bench) : order;
    }

    private static PictureOrder Changing(PictureOrder order, JsonObject body, Workbench bench)
    {
        if (body["init_images"] is not JsonArray { Count: > 0 } pictures)
            throw new RefusedRequest(StatusCodes.Status422UnprocessableEntity, "There is no picture in init_images.", "Send one in base64.", "init_images");
        ImageTensor init = ClientPictures.Picture(pictures[0]?.ToString() ?? "", "init_images", bench);
        ImageTensor? mask = body.Text("mask") is { Length: > 0 } text
            ? ClientPictures.Grey(Base64Text.Bytes(text, "mask"), "mask", bench, body.Flag("inpainting_mask_invert") == true) : null;
        double strength = body.Number("denoising_strength") ?? UsualStrength;
        if (strength is < 0 or > 1) throw QueryValues.Refused("denoising_strength", "denoising_strength lies between 0 and 1.");
        return order with
        {
            Init = ClientPictures.Sized(init, order.Size),
            Mask = mask is null ? null : ClientPictures.Sized(mask, order.Size),
            Strength = Math.Max(strength, 0.01),
        };
    }

    // Clients ask for any multiple of 8; the model makes multiples of 16.
    private static int Side(JsonObject body, string name)
    {
        int side = body.Integer(name, Multiple, LargestSide) ?? 512;
        return side / Multiple * Multiple;
    }
}
