using System.Text.Json.Nodes;
using LatentSharp.Autoencoders.Pool;
using LatentSharp.Latents;
using LatentSharp.Server.Computing;
using LatentSharp.Server.Http;
using LatentSharp.Server.RemoteVae;
using LatentSharp.Tensors;
using LatentSharp.Weights.Identity;

namespace LatentSharp.Server.Native;

/// <summary><c>POST /v1/encode</c>: a picture in, its latent out.</summary>
internal static class EncodeEndpoint
{
    /// <summary>Answers a request.</summary>
    internal static async Task HandleAsync(HttpContext context, Workbench bench)
    {
        var query = new QueryValues(context.Request.Query);
        string answer = Answers.Accepted(context.Request, LatentMedia.File, WireTensor.MediaType, Answers.Json)
            ?? throw Answers.NotAcceptable(LatentMedia.File, WireTensor.MediaType, Answers.Json);
        ulong? seed = query.Seed("seed");
        ElementType type = query.Choice("dtype", "f32", "f32", "f16", "bf16", "float32", "float16", "bfloat16") switch
        {
            "f16" or "float16" => ElementType.F16,
            "bf16" or "bfloat16" => ElementType.BF16,
            _ => ElementType.F32,
        };
        bool posterior = query.Flag("posterior") == true;
        using AutoencoderLease lease = bench.Autoencoders.Acquire(query.Text("autoencoder"));
        using Uploads uploads = await Uploads.ReadAsync(context, bench.Options.MaximumBody, "picture");
        UploadedFile file = uploads.Required("picture");
        // A picture is read when its turn has come, so that those that wait are files and not numbers.
        (int batch, int height, int width) = UploadedPicture.Size(file, bench);
        PlannedWork work = bench.Planned.Encode(lease.Autoencoder, batch, height, width);
        (Latent latent, IReadOnlyList<string> notes) = await bench.Queue.RunAsync(work, Urgency.Interactive, token =>
        {
            (ImageTensor image, IReadOnlyList<string> notes) = UploadedPicture.Load(file, bench);
            var encoding = new EncodeOptions { Seed = seed, KeepPosterior = posterior, Compute = bench.Options.Computing };
            return (lease.Autoencoder.Encode(image, encoding, null, token), notes);
        }, context.RequestAborted);

        context.Response.Headers["X-Latent-Space"] = latent.Space.Id;
        if (answer == WireTensor.MediaType)
        {
            context.Response.Headers[WireTensor.ShapeName] = $"[{latent.Batch},{latent.Channels},{latent.Height},{latent.Width}]";
            context.Response.Headers[WireTensor.DtypeName] = WireTensor.NameOf(type);
            await Answers.BytesAsync(context, WireTensor.ToBytes(type, latent.Values), WireTensor.MediaType);
            return;
        }
        byte[] bytes = LatentFile.ToBytes(new Latent(latent.Space, latent.Values, latent.Batch, latent.Height, latent.Width)
        {
            LogVariance = latent.LogVariance,
            PictureSize = latent.PictureSize,
            Provenance = new Dictionary<string, string>(latent.Provenance)
            {
                [LatentProvenance.Autoencoder] = lease.Name,
                [LatentProvenance.Picture] = file.Name,
                [LatentProvenance.PictureDigest] = FileDigest.Sha256(file.Path, null, context.RequestAborted),
            },
        }, type);
        if (answer == LatentMedia.File)
        {
            await Answers.BytesAsync(context, bytes, LatentMedia.File);
            return;
        }
        await Answers.NodeAsync(context, new JsonObject
        {
            ["autoencoder"] = lease.Name,
            ["space"] = latent.Space.Id,
            ["picture"] = new JsonObject { ["width"] = width, ["height"] = height },
            ["latent"] = new JsonArray(latent.Batch, latent.Channels, latent.Height, latent.Width),
            ["seed"] = seed is { } drawn ? JsonValue.Create(drawn) : null,
            ["type"] = type.Name(),
            ["notes"] = new JsonArray([.. notes.Select(n => (JsonNode)n)]),
            ["file"] = Convert.ToBase64String(bytes),
        });
    }
}
