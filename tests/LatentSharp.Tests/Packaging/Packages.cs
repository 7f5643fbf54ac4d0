using LatentSharp.Tests.CommandLine;

namespace LatentSharp.Tests.Packaging;

/// <summary>
/// What <c>dotnet pack</c> makes of the projects as they were built with the tests: packed once, when the first test asks.
/// </summary>
public sealed class Packages : IDisposable
{
    private readonly Workplace place = new();
    private readonly Lazy<string> folder;

    /// <summary>Packs nothing yet.</summary>
    public Packages() => folder = new(() =>
    {
        string configuration = Directory.GetParent(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory))!.Name,
            packed = place.File("packages");
        place.Run("dotnet", "pack", Repository.Path("LatentSharp.slnx"), "--no-build", "-c", configuration, "-o", packed, "-v", "q")
            .Expect(0);
        return packed;
    });

    /// <summary>The folder that holds all of them, and nothing else.</summary>
    public string Folder => folder.Value;

    /// <summary>The path of a package by its name.</summary>
    public string File(string id)
        => Directory.EnumerateFiles(Folder, id + ".*.nupkg").Single(f => char.IsAsciiDigit(Path.GetFileName(f)[id.Length + 1]));

    /// <summary>The version of a package.</summary>
    public string Version(string id) => Path.GetFileNameWithoutExtension(File(id))[(id.Length + 1)..];

    /// <inheritdoc/>
    public void Dispose() => place.Dispose();
}
