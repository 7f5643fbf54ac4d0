using LatentSharp.Server.Computing;
using LatentSharp.Server.Http;
using LatentSharp.Server.RemoteVae;
using LatentSharp.Weights.Files;

namespace LatentSharp.Server.Native;

/// <summary>Latents in requests of the native API.</summary>
internal static class LatentMedia
{
    /// <summary>The type of latent files, and of all files of tensors.</summary>
    internal const string File = "application/vnd.safetensors";

    /// <summary>Reads what a request holds: a latent file in any of the three forms, or the raw elements of one in diffusion
    /// space.</summary>
    internal static async Task<Latent> ReadAsync(HttpContext context, QueryValues query, LatentSpace spoken, string autoencoder,
        Workbench bench)
    {
        Latent latent = context.Request.ContentType?.StartsWith(WireTensor.MediaType, StringComparison.OrdinalIgnoreCase) == true
            ? await ElementsAsync(context, query, spoken, autoencoder, bench) : await FileAsync(context, spoken, bench);
        RemoteDecode.RequireFinite(latent.Values);
        return latent;
    }

    /// <summary>Reads a latent file; a picture in its place is named as what it is.</summary>
    internal static Latent Load(UploadedFile file, LatentSpace? spoken)
    {
        using WeightFile tensors = WeightFiles.Open(file.Path);
        return LatentFile.Read(tensors, new LatentFileOptions { Space = spoken, AllowNonFinite = true }).Latent;
    }

    private static async Task<Latent> FileAsync(HttpContext context, LatentSpace spoken, Workbench bench)
    {
        using Uploads uploads = await Uploads.ReadAsync(context, bench.Options.MaximumBody, "latent");
        return Load(uploads.Required("latent"), spoken);
    }

    private static async Task<Latent> ElementsAsync(HttpContext context, QueryValues query, LatentSpace spoken, string autoencoder,
        Workbench bench)
    {
        WireTensor tensor = WireTensor.Of(query);
        var layout = LatentLayout.Of(tensor, query, spoken, autoencoder);
        bench.Planned.RequirePixels(layout.Batch, (long)layout.Height * spoken.Factor, (long)layout.Width * spoken.Factor);
        byte[] body = await RequestBody.ReadExactlyAsync(context, tensor.Bytes, tensor.Described);
        return new Latent(spoken, layout.Arrange(tensor.Values(body), spoken), layout.Batch, layout.Height, layout.Width)
        {
            PictureSize = query.Integer("height") is { } height && query.Integer("width") is { } width ? (height, width) : null,
        };
    }
}
