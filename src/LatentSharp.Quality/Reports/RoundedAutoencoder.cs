using LatentSharp.Tensors;
using LatentSharp.Weights;

namespace LatentSharp.Quality.Reports;

/// <summary>An autoencoder whose weights were rounded to another element type, by way of a temporary file that goes away with it.</summary>
internal sealed class RoundedAutoencoder : IDisposable
{
    private readonly string path;

    private RoundedAutoencoder(Autoencoder autoencoder, string path) => (Autoencoder, this.path) = (autoencoder, path);

    public Autoencoder Autoencoder { get; }

    /// <summary>The rounded autoencoder; null for those whose weights cannot be written as one file.</summary>
    public static RoundedAutoencoder? Open(Autoencoder source, ElementType type)
    {
        string path = Path.Combine(Path.GetTempPath(), $"latentsharp-{Guid.NewGuid():N}.safetensors");
        try
        {
            SafetensorsWriter.Write(path, source.Weights.Tensors.OrderBy(t => t.Key, StringComparer.Ordinal).Select(t => SafetensorsEntry.Convert(source.Weights, t.Value, t.Key, t.Value.Shape, type)));
            return new RoundedAutoencoder(Autoencoder.Open(path, new AutoencoderOptions { Family = source.Family }), path);
        }
        catch (LatentSharpException)
        {
            File.Delete(path);
            return null;
        }
    }

    public void Dispose()
    {
        Autoencoder.Dispose();
        File.Delete(path);
    }
}
