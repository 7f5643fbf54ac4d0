using System.Diagnostics;
using Microsoft.Extensions.Logging;

namespace LatentSharp.Extensions.DependencyInjection;

/// <summary>The autoencoder that services are given: runs as the options say where a call says nothing, and keeps a log.</summary>
internal sealed class ServiceAutoencoder(Autoencoder autoencoder, ComputeOptions compute, ILogger logger) : IAutoencoder
{
    public string Name => autoencoder.Name;

    public LatentSpace Space => autoencoder.Space;

    public bool CanEncode => autoencoder.CanEncode;

    public bool CanDecode => autoencoder.CanDecode;

    public Latent Encode(ImageTensor image, EncodeOptions? options = null, IProgress<StepProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        options ??= new EncodeOptions();
        long start = Stopwatch.GetTimestamp();
        Latent latent =
            Logged("encode",
                () => autoencoder.Encode(image, options.Compute is null ? options with { Compute = compute } : options, progress,
                    cancellationToken));
        Log.Encoded(logger, Name, image.Batch, image.Width, image.Height, Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        return latent;
    }

    public ImageTensor Decode(Latent latent, DecodeOptions? options = null, IProgress<StepProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        options ??= new DecodeOptions();
        long start = Stopwatch.GetTimestamp();
        ImageTensor image =
            Logged("decode",
                () => autoencoder.Decode(latent, options.Compute is null ? options with { Compute = compute } : options, progress,
                    cancellationToken));
        Log.Decoded(logger, Name, image.Batch, image.Width, image.Height, Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        foreach (string note in image.Notes) Log.Note(logger, Name, note);
        return image;
    }

    public override string ToString() => autoencoder.ToString();

    private T Logged<T>(string what, Func<T> compute)
    {
        try
        {
            return compute();
        }
        catch (LatentSharpException e)
        {
            Log.Refused(logger, Name, what, e.Message);
            throw;
        }
    }
}
