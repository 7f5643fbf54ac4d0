using System.Text.Json.Nodes;
using LatentSharp.Server.Computing;
using LatentSharp.Server.Generating;
using LatentSharp.Server.Http;

namespace LatentSharp.Server.Foreign.OpenAi;

/// <summary>
/// <c>/v1/images</c> and <c>/v1/models</c>, as OpenAI's clients speak them. Pictures come in base64; addresses of pictures are neither
/// given nor taken.
/// </summary>
internal sealed class OpenAiEndpoints(Workbench bench, PictureMaker maker)
{
    private const int MostPictures = 10;
    private static readonly string[] FileFields = ["mask"];

    /// <summary>Adds the routes.</summary>
    internal void Map(IEndpointRouteBuilder routes)
    {
        routes.Post("/v1/images/generations", GenerateAsync);
        routes.Post("/v1/images/edits", EditAsync);
        routes.Get("/v1/models", context => Answers.NodeAsync(context, new JsonObject
        {
            ["object"] = "list",
            ["data"] = new JsonArray([.. (maker.Model is { } model ? (string[])[model] : []).Select(m => (JsonNode)new JsonObject
            {
                ["id"] = m, ["object"] = "model", ["created"] = 0, ["owned_by"] = "local",
            })]),
        }));
    }

    private async Task GenerateAsync(HttpContext context)
    {
        JsonObject body = await JsonBody.ReadAsync(context, bench.Options.MaximumBody);
        PictureOrder order = Order(body);
        ImageFormat format = ImageFormat.Of(body);
        if (body.Flag("stream") == true) await ImageStream.SendAsync(context, maker, order, format, body.Integer("partial_images", 0, 3) ?? 0);
        else await AnswerAsync(context, order, format);
    }

    private async Task EditAsync(HttpContext context)
    {
        using Uploads uploads = await Uploads.ReadAsync(context, bench.Options.MaximumBody, "image", FileFields);
        var body = new JsonObject(((string[])["prompt", "model", "n", "size", "response_format", "output_format", "output_compression"])
            .Where(n => uploads.Value(n) is not null).Select(n => KeyValuePair.Create(n, (JsonNode?)uploads.Value(n))));
        PictureOrder order = Order(body);
        UploadedFile file = uploads.Files.FirstOrDefault(f => f.Field == "image")
            ?? throw new RefusedRequest(StatusCodes.Status400BadRequest, "Missing required parameter: 'image'.", null, "image");
        ImageTensor image = ClientPictures.Picture(await File.ReadAllBytesAsync(file.Path, context.RequestAborted), "image", bench);
        ImageTensor? mask = uploads.File("mask") is { } drawn
            ? ClientPictures.Transparent(await File.ReadAllBytesAsync(drawn.Path, context.RequestAborted), "mask", bench) : null;
        if (mask is not null && (mask.Width, mask.Height) != (image.Width, image.Height))
            throw new RefusedRequest(StatusCodes.Status400BadRequest,
                $"The mask has {mask.Width} x {mask.Height} pixels, the image {image.Width} x {image.Height}.", "Send a mask of the image's size.", "mask");
        PixelSize size = order.Size ?? new PixelSize(Math.Max(image.Width / 16 * 16, 16), Math.Max(image.Height / 16 * 16, 16));
        await AnswerAsync(context, order with
        {
            Size = size,
            Init = ClientPictures.Sized(image, size),
            Mask = mask is null ? null : ClientPictures.Sized(mask, size),
            Strength = mask is null ? 0.75 : 1,
        }, ImageFormat.Of(body));
    }

    private async Task AnswerAsync(HttpContext context, PictureOrder order, ImageFormat format)
    {
        MadePictures made = await maker.MakeAsync(order, context.RequestAborted);
        var answer = new JsonObject
        {
            ["created"] = DateTimeOffset.UtcNow.ToUnixTimeSeconds(),
            ["data"] = new JsonArray([.. made.Pictures.Select(p => (JsonNode)new JsonObject { ["b64_json"] = Convert.ToBase64String(format.Encode(p.Png)) })]),
            ["output_format"] = format.Name,
        };
        if (order.Size is { } size) answer["size"] = $"{size.Width}x{size.Height}";
        await Answers.NodeAsync(context, answer);
    }

    private PictureOrder Order(JsonObject body)
    {
        string prompt = body.Text("prompt") ?? throw new RefusedRequest(StatusCodes.Status400BadRequest, "Missing required parameter: 'prompt'.", null,
            "prompt");
        if (body.Text("response_format") == "url")
            throw new RefusedRequest(StatusCodes.Status400BadRequest, "Pictures have no addresses here; 'response_format' is b64_json.", null,
                "response_format");
        if (body.Text("model") is { Length: > 0 } model && maker.Model is { } served && !model.Equals(served, StringComparison.OrdinalIgnoreCase))
            throw new RefusedRequest(StatusCodes.Status404NotFound, $"The model '{QueryValues.Shown(model)}' does not exist; there is '{served}'.", null,
                "model");
        return new PictureOrder { Prompt = prompt, Size = ImageSize.Parse(body.Text("size")), Count = body.Integer("n", 1, MostPictures) ?? 1 };
    }
}
