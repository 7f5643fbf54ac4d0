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

    private const string Field = "latent";

    /// <summary>Reads what a request holds: a latent file in any of the three forms, or the raw elements of one in diffusion
    /// space.</summary>
    internal static async Task<Latent> ReadAsync(HttpContext context, QueryValues query, LatentSpace spoken, string autoencoder,
        Workbench bench)
    {
        Latent latent = context.Request.ContentType?.StartsWith(WireTensor.MediaType, StringComparison.OrdinalIgnoreCase) == true
            ? await ElementsAsync(context, query, spoken, autoencoder, bench) : await FileAsync(context, query, spoken, bench);
        RemoteDecode.RequireFinite(latent.Values);
        return latent;
    }

    /// <summary>Reads a latent file; a picture in its place is named as what it is.</summary>
    internal static Latent Load(UploadedFile file, LatentSpace? spoken)
    {
        using WeightFile tensors = WeightFiles.Open(file.Path);
        return Of(tensors, spoken);
    }

    private static Latent Of(WeightFile tensors, LatentSpace? spoken)
        => LatentFile.Read(tensors, new LatentFileOptions { Space = spoken, AllowNonFinite = true }).Latent;

    // A body that is the file stays in memory: a file of its own would add a tenth to what decoding a small latent takes.
    private static async Task<Latent> FileAsync(HttpContext context, QueryValues query, LatentSpace spoken, Workbench bench)
    {
        if (!Uploads.IsFile(context.Request))
        {
            using Uploads uploads = await Uploads.ReadAsync(context, bench.Options.MaximumBody, Field);
            return Load(uploads.Required(Field), spoken);
        }
        byte[] body = await RequestBody.ReadAsync(context, bench.Options.MaximumBody);
        if (body.Length == 0) throw Uploads.Missing(Field);
        using WeightFile tensors = WeightFiles.Open(body, RequestFolder.Plain(query.Text("name") ?? Field));
        return Of(tensors, spoken);
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
