using System.Collections.Concurrent;
using LatentSharp.Quality.Reports;

namespace LatentSharp.Tests;

/// <summary>The photographs of the folder <c>shared</c>, each read once for all tests. Nobody may write into what is returned.</summary>
internal static class Photographs
{
    private static readonly ConcurrentDictionary<string, Lazy<ImageTensor>> Loaded = [];
    private static readonly ConcurrentDictionary<string, Lazy<Autoencoder>> Writers = [];
    private static readonly ConcurrentDictionary<(string Path, string Tiny), Lazy<Latent>> encoded = [];

    /// <summary>
    /// The evaluation photographs, by path; all but the two copies of 1024 pixels where <paramref name="large"/> is false.
    /// </summary>
    public static IEnumerable<string> Evaluation(bool large = false)
        => Directory.GetFiles(Shared.Path("photos"), "*.png").Where(p => large || !p.Contains("1024", StringComparison.Ordinal)).Order();

    /// <summary>The training photographs, by path.</summary>
    public static IEnumerable<string> Training => Directory.GetFiles(Shared.Path("photos/train"), "*.jpg").Order();

    /// <summary>The whole photograph.</summary>
    public static ImageTensor Load(string path) => Loaded.GetOrAdd(path, p => new Lazy<ImageTensor>(() => PictureFile.Load(p).Image)).Value;

    /// <summary>
    /// The latent of a photograph's middle of 256 pixels each way, by one of the tiny autoencoders (<c>taef1</c>), encoded once for all
    /// tests.
    /// </summary>
    public static Latent Encoded(string path, string tiny) => encoded.GetOrAdd((path, tiny), k => new Lazy<Latent>(() =>
    {
        Autoencoder writer =
            Writers.GetOrAdd(k.Tiny, t => new Lazy<Autoencoder>(() => Autoencoder.Open(Shared.Path($"models/tiny/{t}_encoder.safetensors")))).Value;
        return writer.Encode(Middle(k.Path, 256));
    })).Value;

    /// <summary>The middle of a photograph, at most <paramref name="side"/> pixels each way.</summary>
    public static ImageTensor Middle(string path, int side) => LatentExperiments.Middle(Load(path), side);
}
