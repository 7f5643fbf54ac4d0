using LatentSharp.Autoencoders.Pool;
using LatentSharp.Latents;
using LatentSharp.Server.Computing;
using LatentSharp.Server.Http;
using LatentSharp.Server.RemoteVae;
using LatentSharp.Tensors;

namespace LatentSharp.Server.Native;

/// <summary><c>POST /v1/decode</c>: a latent in, its picture out.</summary>
internal static class DecodeEndpoint
{
    /// <summary>Answers a request.</summary>
    internal static async Task HandleAsync(HttpContext context, Workbench bench)
    {
        var query = new QueryValues(context.Request.Query);
        string answer = AnswerOf(context.Request, query);
        var save = new PictureSaveOptions { Bits = query.Integer("bits", 8, 16) ?? 8, Quality = query.Integer("quality", 1, 100) ?? 95 };
        bool ignoreSpace = query.Flag("ignore_space") == true;
        using AutoencoderLease lease = bench.Autoencoders.Acquire(query.Text("autoencoder"));
        Latent latent = await LatentMedia.ReadAsync(context, query, lease.Autoencoder.Space, lease.Autoencoder.Name, bench);
        LatentSpace space = lease.Autoencoder.Space;
        if (latent.Batch > 1 && answer is not (WireTensor.MediaType or LatentMedia.File))
            throw new RefusedRequest(StatusCodes.Status400BadRequest, $"A picture file holds one picture; {latent.Batch} latents were sent.",
                $"Accept {WireTensor.MediaType} or {LatentMedia.File}.", "Accept");
        if (save.Bits == 16 && answer.StartsWith("image/", StringComparison.Ordinal) && PictureMedia.FormatOf(answer).MaximumBits < 16)
            throw QueryValues.Refused("bits", $"{PictureMedia.FormatOf(answer).Name} holds 8 bits for each channel.", "Ask for PNG or TIFF.");
        // A latent of another space is refused by the autoencoder, which names both; what it would take is asked of one of its own.
        PlannedWork work = bench.Planned.Decode(lease.Autoencoder, latent.Batch, (long)latent.Height * space.Factor,
            (long)latent.Width * space.Factor);
        var decoding = new DecodeOptions { Compute = bench.Options.Computing, IgnoreSpaceMismatch = ignoreSpace };
        (ReadOnlyMemory<byte> bytes, int height, int width) = await bench.Queue.RunAsync(work, Urgency.Interactive, token =>
        {
            ImageTensor image = lease.Autoencoder.Decode(latent, decoding, null, token);
            return (Written(image, answer, save, token), image.Height, image.Width);
        }, context.RequestAborted);

        context.Response.Headers["X-Latent-Space"] = space.Id;
        if (answer == WireTensor.MediaType)
        {
            context.Response.Headers[WireTensor.ShapeName] = $"[{latent.Batch},{ImageTensor.Channels},{height},{width}]";
            context.Response.Headers[WireTensor.DtypeName] = WireTensor.NameOf(ElementType.F32);
        }
        await Answers.BytesAsync(context, bytes, answer);
    }

    // Within the turn, so that of what waits to be sent there is only the file.
    private static ReadOnlyMemory<byte> Written(ImageTensor image, string answer, PictureSaveOptions save,
        CancellationToken cancellationToken)
    {
        if (answer == WireTensor.MediaType) return WireTensor.ToBytes(ElementType.F32, image.Values);
        if (answer != LatentMedia.File) return PictureFile.Encode(image, PictureMedia.FormatOf(answer), save, cancellationToken);
        using var file = new MemoryStream();
        TensorImageFile.Save(file, image);
        return file.ToArray();
    }

    // A format in the query counts for more than Accept, which browsers fill with types of their own.
    private static string AnswerOf(HttpRequest request, QueryValues query)
    {
        if (query.Text("format") is not null)
            return query.Choice("format", "png", "png", "jpeg", "jpg", "webp", "tiff", "avif", "safetensors", "raw") switch
            {
                "jpg" or "jpeg" => "image/jpeg",
                "safetensors" => LatentMedia.File,
                "raw" => WireTensor.MediaType,
                string format => "image/" + format,
            };
        string[] offered = [.. PictureMedia.Types, WireTensor.MediaType, LatentMedia.File];
        return Answers.Accepted(request, offered) ?? throw Answers.NotAcceptable(offered);
    }
}
