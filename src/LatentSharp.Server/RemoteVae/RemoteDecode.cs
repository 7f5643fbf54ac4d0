using LatentSharp.Autoencoders.Pool;
using LatentSharp.Server.Autoencoders;
using LatentSharp.Server.Computing;
using LatentSharp.Server.Http;
using LatentSharp.Tensors;

namespace LatentSharp.Server.RemoteVae;

/// <summary>Latents in, a tensor or a picture file out, as <c>remote_decode</c> of diffusers asks for it.</summary>
internal sealed class RemoteDecode(OpenAutoencoders autoencoders, PlannedPictures planned, ComputeQueue queue, ServerOptions options)
{
    private static readonly string[] PictureTypes = ["image/png", "image/jpeg", "image/webp"];

    /// <summary>Answers a request.</summary>
    internal async Task HandleAsync(HttpContext context, string? name)
    {
        HttpRequest request = context.Request;
        var query = new QueryValues(request.Query);
        WireTensor tensor = WireTensor.Of(query);
        WireScaling scaling = WireScaling.Of(query);
        bool old = request.ContentType?.StartsWith(OldBase64.MediaType, StringComparison.OrdinalIgnoreCase) == true;
        Form form = FormOf(request, query, old);
        if (form.Picture is not null && tensor.Shape[0] > 1)
            throw QueryValues.Refused("output_type", $"A picture file holds one picture; {tensor.Shape[0]} latents were sent.", "Ask for output_type=pt.");
        if (!old && request.ContentLength is { } length && length != tensor.Bytes)
            throw QueryValues.Refused("body", $"The body has {length:N0} bytes; {tensor.Described} has {tensor.Bytes:N0}.",
                "Send the raw elements and nothing else, and check shape and dtype.");

        using AutoencoderLease lease = autoencoders.Acquire(name);
        LatentSpace space = lease.Autoencoder.Space;
        var layout = LatentLayout.Of(tensor, query, space, lease.Autoencoder.Name);
        PlannedWork work = planned.Decode(lease.Autoencoder, layout.Batch, (long)layout.Height * space.Factor,
            (long)layout.Width * space.Factor);
        RequestBody.Require(request, options.MaximumBody);
        queue.Require(work);
        if (scaling.Doubt(space) is { } doubt)
        {
            if (query.Flag("strict") == true) throw new RefusedRequest(StatusCodes.Status422UnprocessableEntity, doubt + ".", null, "scaling_factor");
            context.Response.Headers["X-Latent-Note"] = doubt;
        }

        byte[] body = old ? await OldBase64.ReadAsync(context, tensor)
            : await RequestBody.ReadExactlyAsync(context, tensor.Bytes, tensor.Described);
        float[] values = layout.Arrange(tensor.Values(body), space);
        scaling.ToDiffusion(values, space, layout.Height * layout.Width);
        RequireFinite(values);
        var latent = new Latent(space, values, layout.Batch, layout.Height, layout.Width);
        // What is sent is written within the turn, so that of what waits to be sent there is only that.
        (ReadOnlyMemory<byte> bytes, int[] shape, string dtype) = await queue.RunAsync(work, Urgency.Interactive, token =>
        {
            ImageTensor image = lease.Autoencoder.Decode(latent, new DecodeOptions { Compute = options.Computing }, null, token);
            return form.Picture is { } type ? (PictureFile.Encode(image, PictureMedia.FormatOf(type), null, token), [], "")
                : Elements(image, form, tensor.Type);
        }, context.RequestAborted);

        context.Response.Headers["X-Latent-Space"] = space.Id;
        if (old)
        {
            await OldBase64.AnswerAsync(context, bytes.Span, shape, dtype);
            return;
        }
        if (form.Picture is null)
        {
            context.Response.Headers[WireTensor.ShapeName] = $"[{string.Join(",", shape)}]";
            context.Response.Headers[WireTensor.DtypeName] = dtype;
        }
        await Answers.BytesAsync(context, bytes, form.Picture ?? WireTensor.MediaType);
    }

    /// <summary>Refuses latents from which no picture can come.</summary>
    internal static void RequireFinite(ReadOnlySpan<float> values)
    {
        int bad = 0;
        foreach (float v in values)
            if (!float.IsFinite(v)) bad++;
        if (bad > 0)
            throw new RefusedRequest(StatusCodes.Status422UnprocessableEntity, $"{bad:N0} of {values.Length:N0} values are NaN or infinite.",
                "The program that made the latent has failed, often by computing in 16-bit floats; make it again in float32.", "body");
    }

    // One query has two meanings, told apart by Accept: a client with a processor of its own wants numbers in [0, 1] for it.
    private static Form FormOf(HttpRequest request, QueryValues query, bool old)
    {
        string output = query.Choice("output_type", "pil", "pil", "pt", "mp4");
        bool levels = query.Flag("partial_postprocess") == true;
        if (output == "mp4")
            throw QueryValues.Refused("output_type", "Videos are not made here.", "Ask for output_type=pt or pil.");
        if (old || output == "pt") return new Form(null, levels, false);
        bool png = query.Choice("image_format", "jpg", "jpg", "jpeg", "png", "webp") is var wanted && wanted == "png";
        string first = png ? "image/png" : wanted == "webp" ? "image/webp" : "image/jpeg";
        string accepted = Answers.Accepted(request, [first, .. PictureTypes.Where(t => t != first), WireTensor.MediaType])
            ?? throw Answers.NotAcceptable([.. PictureTypes, WireTensor.MediaType]);
        return accepted == WireTensor.MediaType ? new Form(null, levels, true) : new Form(accepted, false, false);
    }

    private static (ReadOnlyMemory<byte> Elements, int[] Shape, string Dtype) Elements(ImageTensor image, Form form, ElementType type)
    {
        if (form.Levels)
        {
            int size = image.Height * image.Width * ImageTensor.Channels;
            var levels = new byte[image.Batch * size];
            for (int n = 0; n < image.Batch; n++) image.CopyPixels(levels.AsSpan(n * size, size), PixelFormat.Rgb24, 0, n);
            return (levels, [image.Batch, image.Height, image.Width, ImageTensor.Channels], "uint8");
        }
        if (form.Unit)
            foreach (ref float v in image.Values.AsSpan()) v = Math.Clamp(v * 0.5f + 0.5f, 0f, 1f);
        return (WireTensor.ToBytes(type, image.Values), [image.Batch, ImageTensor.Channels, image.Height, image.Width],
            WireTensor.NameOf(type));
    }

    /// <summary>What goes back.</summary>
    /// <param name="Picture">The type of a picture file; null for a tensor.</param>
    /// <param name="Levels">Levels 0 to 255 of [N, H, W, 3] instead of numbers of [N, 3, H, W].</param>
    /// <param name="Unit">Numbers in [0, 1] instead of [-1, 1].</param>
    private readonly record struct Form(string? Picture, bool Levels, bool Unit);
}
