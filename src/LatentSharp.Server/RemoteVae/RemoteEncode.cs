using LatentSharp.Autoencoders.Pool;
using LatentSharp.Server.Autoencoders;
using LatentSharp.Server.Computing;
using LatentSharp.Server.Http;
using LatentSharp.Tensors;

namespace LatentSharp.Server.RemoteVae;

/// <summary>A picture file or a tensor in, latents out, as <c>remote_encode</c> of diffusers asks for it.</summary>
internal sealed class RemoteEncode(OpenAutoencoders autoencoders, PlannedPictures planned, ComputeQueue queue, ServerOptions options)
{
    /// <summary>Answers a request.</summary>
    internal async Task HandleAsync(HttpContext context, string? name)
    {
        var query = new QueryValues(context.Request.Query);
        WireScaling scaling = WireScaling.Of(query);
        ulong? seed = query.Flag("sample") == true ? query.Seed("seed") ?? 0 : null;
        WireTensor? tensor = query.All(WireTensor.ShapeName).Count > 0 ? WireTensor.Of(query) : null;
        ElementType type = tensor?.Type ?? WireTensor.TypeOf(query) ?? ElementType.F32;
        RequestBody.Require(context.Request, options.MaximumBody);

        using AutoencoderLease lease = autoencoders.Acquire(name);
        LatentSpace space = lease.Autoencoder.Space;
        var notes = new List<string>();
        SentPictures sent = tensor is null ? await PictureAsync(context) : await TensorAsync(context, tensor, notes);
        (int height, int width) = Cropped(sent, space.Factor, notes);
        PlannedWork work = planned.Encode(lease.Autoencoder, sent.Batch, height, width);
        var encoding = new EncodeOptions { Seed = lease.Autoencoder.HasPosterior ? seed : null, Compute = options.Computing };
        Latent latent = await queue.RunAsync(work, Urgency.Interactive,
            token => lease.Autoencoder.Encode(UpperLeft(sent.Load(), height, width), encoding, null, token),
            context.RequestAborted);

        float[] values = latent.Values;
        scaling.FromDiffusion(values, space, latent.Height * latent.Width);
        notes.Add(encoding.Seed is null ? "posterior mean" : $"posterior sample, seed {encoding.Seed}");
        if (scaling.Doubt(space) is { } doubt) notes.Add(doubt);
        IHeaderDictionary headers = context.Response.Headers;
        headers["X-Latent-Note"] = string.Join("; ", notes);
        headers["X-Latent-Space"] = space.Id;
        headers[WireTensor.ShapeName] = $"[{latent.Batch},{latent.Channels},{latent.Height},{latent.Width}]";
        headers[WireTensor.DtypeName] = WireTensor.NameOf(type);
        await Answers.BytesAsync(context, WireTensor.ToBytes(type, values), WireTensor.MediaType);
    }

    // Alpha is dropped, not blended: that is what the client's own library does to such pictures.
    private async Task<SentPictures> PictureAsync(HttpContext context)
    {
        byte[] body = await RequestBody.ReadAsync(context, options.MaximumBody);
        if (body.Length == 0)
            throw QueryValues.Refused("body", "There is no body.", "Send a picture file, or the elements of a tensor with shape and dtype.");
        PictureInfo info = PictureFile.Inspect(body, "body");
        planned.RequirePixels(1, info.Height, info.Width);
        var reading = new PictureOptions { DropAlpha = true, MaximumPixels = options.MaximumPixels };
        return new SentPictures(1, info.DisplaySize.Height, info.DisplaySize.Width, () => PictureFile.Load(body, reading, "body").Image);
    }

    // Pictures of programs lie in [-1, 1], or in [0, 1] as processors give them; a negative value tells which.
    private async Task<SentPictures> TensorAsync(HttpContext context, WireTensor tensor, List<string> notes)
    {
        IReadOnlyList<int> shape = tensor.Shape.Count == 4 ? tensor.Shape : [1, .. tensor.Shape];
        if (shape[1] != ImageTensor.Channels)
            throw QueryValues.Refused(WireTensor.ShapeName, $"Pictures have 3 channels; {tensor.Described} has {shape[1]}.", "Send [N, 3, height, width].");
        if (context.Request.ContentLength is { } length && length != tensor.Bytes)
            throw QueryValues.Refused("body", $"The body has {length:N0} bytes; {tensor.Described} has {tensor.Bytes:N0}.",
                "Send the raw elements and nothing else, and check shape and dtype.");
        planned.RequirePixels(shape[0], shape[2], shape[3]);
        float[] values = tensor.Values(await RequestBody.ReadExactlyAsync(context, tensor.Bytes, tensor.Described));
        RemoteDecode.RequireFinite(values);
        bool unit = !Array.Exists(values, v => v < 0);
        if (unit)
            foreach (ref float v in values.AsSpan()) v = v * 2 - 1;
        notes.Add(unit ? "taken as [0, 1], since no value is negative" : "taken as [-1, 1], since there are negative values");
        var image = new ImageTensor(values, shape[0], shape[2], shape[3]);
        return new SentPictures(image.Batch, image.Height, image.Width, () => image);
    }

    /// <summary>The largest sides that are multiples of the factor.</summary>
    private static (int Height, int Width) Cropped(SentPictures image, int factor, List<string> notes)
    {
        (int height, int width) = (image.Height / factor * factor, image.Width / factor * factor);
        if ((height, width) == (image.Height, image.Width)) return (height, width);
        if (height == 0 || width == 0)
            throw new RefusedRequest(StatusCodes.Status400BadRequest,
                $"The picture has {image.Width} x {image.Height} pixels; {factor} each way are needed.", "Enlarge it.", "body");
        notes.Add($"cropped from {image.Width}x{image.Height} to {width}x{height} at the right and bottom");
        return (height, width);
    }

    private static ImageTensor UpperLeft(ImageTensor image, int height, int width)
    {
        if ((height, width) == (image.Height, image.Width)) return image;
        var cropped = new ImageTensor(image.Batch, height, width);
        for (int n = 0; n < image.Batch; n++)
            for (int c = 0; c < ImageTensor.Channels; c++)
                for (int y = 0; y < height; y++)
                    image.Plane(n, c).Slice(y * image.Width, width).CopyTo(cropped.Plane(n, c).Slice(y * width, width));
        return cropped;
    }

    /// <summary>What was sent. A picture file is read when its turn has come, so that those that wait are files and not numbers.</summary>
    private sealed record SentPictures(int Batch, int Height, int Width, Func<ImageTensor> Load);
}
