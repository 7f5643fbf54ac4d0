using System.Text.Json.Nodes;
using LatentSharp.Server.Generating;

namespace LatentSharp.Server.Foreign.OpenAi;

/// <summary>Pictures as server-sent events: some on the way, then the finished one.</summary>
internal static class ImageStream
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(250);

    /// <summary>Sends them.</summary>
    internal static async Task SendAsync(HttpContext context, PictureMaker maker, PictureOrder order, ImageFormat format, int partial)
    {
        maker.Require(order);
        Task<MadePictures> making = maker.MakeAsync(order, context.RequestAborted);
        context.Response.ContentType = "text/event-stream";
        context.Response.Headers.CacheControl = "no-store";
        byte[]? last = null;
        for (int sent = 0; !making.IsCompleted;)
        {
            // Not ended with the client, or this would spin until the computation has ended: that ends at once, and this with it.
            await Task.WhenAny(making, Task.Delay(Look));
            if (sent >= partial || making.IsCompleted || maker.Current is not { } current || current.Order != order || current.Preview()
                is not { } preview
                || (last is not null && preview.AsSpan().SequenceEqual(last))) continue;
            last = preview;
            await EventAsync(context, "image_generation.partial_image", Picture(order, format, preview, e => e["partial_image_index"] = sent));
            sent++;
        }
        foreach (MadePicture picture in (await making).Pictures)
            await EventAsync(context, "image_generation.completed", Picture(order, format, picture.Png, e => e["usage"] = new JsonObject
            {
                ["total_tokens"] = 0, ["input_tokens"] = 0, ["output_tokens"] = 0,
                ["input_tokens_details"] = new JsonObject { ["text_tokens"] = 0, ["image_tokens"] = 0 },
            }));
    }

    private static JsonObject Picture(PictureOrder order, ImageFormat format, byte[] png, Action<JsonObject> add)
    {
        var data = new JsonObject
        {
            ["b64_json"] = Convert.ToBase64String(format.Encode(png)),
            ["created_at"] = DateTimeOffset.UtcNow.ToUnixTimeSeconds(),
            ["size"] = order.Size is { } size ? $"{size.Width}x{size.Height}" : "auto",
            ["quality"] = "auto",
            ["background"] = "opaque",
            ["output_format"] = format.Name,
        };
        add(data);
        return data;
    }

    private static async Task EventAsync(HttpContext context, string name, JsonObject data)
    {
        data["type"] = name;
        await context.Response.WriteAsync($"event: {name}\ndata: {data.ToJsonString()}\n\n", context.RequestAborted);
        await context.Response.Body.FlushAsync(context.RequestAborted);
    }
}
