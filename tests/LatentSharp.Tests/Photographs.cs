using System.Collections.Concurrent;
using LatentSharp.Quality.Reports;

namespace LatentSharp.Tests;

/// <summary>The photographs of the folder <c>shared</c>, each read once for all tests. Nobody may write into what is returned.</summary>
internal static class Photographs
{
    private static readonly ConcurrentDictionary<string, Lazy<ImageTensor>> loaded = [];

    /// <summary>The evaluation photographs, by path; all but the two copies of 1024 pixels where <paramref name="large"/> is false.</summary>
    public static IEnumerable<string> Evaluation(bool large = false)
        => Directory.GetFiles(Shared.Path("photos"), "*.png").Where(p => large || !p.Contains("1024", StringComparison.Ordinal)).Order();

    /// <summary>The training photographs, by path.</summary>
    public static IEnumerable<string> Training => Directory.GetFiles(Shared.Path("photos/train"), "*.jpg").Order();

    /// <summary>The whole photograph.</summary>
    public static ImageTensor Load(string path) => loaded.GetOrAdd(path, p => new Lazy<ImageTensor>(() => PictureFile.Load(p).Image)).Value;

    /// <summary>The middle of a photograph, at most <paramref name="side"/> pixels each way.</summary>
    public static ImageTensor Middle(string path, int side) => LatentExperiments.Middle(Load(path), side);
}
