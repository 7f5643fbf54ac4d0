using System.IO.Compression;
using System.Xml.Linq;
using LatentSharp.Tests.CommandLine;

namespace LatentSharp.Tests.Packaging;

/// <summary>What <c>dotnet pack</c> makes, and that the tool installs from it and runs.</summary>
[Collection(BuildsCollection.Name)]
public sealed class PackageTests(Packages packages) : IDisposable
{
    private readonly Workplace place = new();

    public void Dispose() => place.Dispose();

    [Fact]
    public void Packages_carry_readme_licence_symbols_and_the_tool_installs_and_runs()
    {
        string[] all = ["LatentSharp", "LatentSharp.Cli", "LatentSharp.Embedded", "LatentSharp.Extensions.DependencyInjection",
            "LatentSharp.Imaging", "LatentSharp.Quality"];
        Assert.Equal(all.Length, Directory.GetFiles(packages.Folder, "*.nupkg").Length);
        foreach (string id in all) Check(packages.File(id), id);

        // Only the folder with the packages: nothing may come from elsewhere.
        File.WriteAllText(place.File("nuget.config"),
            $"<configuration><packageSources><clear/><add key=\"local\" value=\"{packages.Folder}\"/></packageSources></configuration>");
        string version = packages.Version("LatentSharp.Cli");
        place.Run("dotnet", "tool", "install", "LatentSharp.Cli", "--tool-path", place.File("tool"), "--configfile",
            place.File("nuget.config"), "--version", version).Expect(0);

        string latent = place.File(Path.Combine("tool", OperatingSystem.IsWindows() ? "latent.exe" : "latent"));
        Assert.StartsWith(version, place.Run(latent, "--version").Expect(0).Output, StringComparison.Ordinal);
        Assert.Contains("embedded", place.Run(latent, "ae", "list").Expect(0).Output, StringComparison.Ordinal);
    }

    private static void Check(string package, string id)
    {
        using ZipArchive archive = ZipFile.OpenRead(package);
        Assert.NotNull(archive.GetEntry("README.md"));
        Assert.NotNull(archive.GetEntry("LICENSE"));
        // The tool brings other people's native libraries along; the licences of those go with them.
        if (id == "LatentSharp.Cli") Assert.NotNull(archive.GetEntry("THIRD-PARTY-NOTICES.md"));
        using Stream manifest = archive.GetEntry(id + ".nuspec")!.Open();
        XElement metadata = XDocument.Load(manifest).Root!.Elements().First();
        Assert.Equal("Apache-2.0", Element("license").Value);
        Assert.Equal("README.md", Element("readme").Value);
        Assert.NotEmpty(Element("description").Value);
        // The weights are in the package that is named after them and in the tool, nowhere else.
        if (id == "LatentSharp")
            Assert.True(new FileInfo(package).Length < 4_000_000, $"{package} has {new FileInfo(package).Length:N0} bytes");
        if (id == "LatentSharp") Assert.DoesNotContain(metadata.Descendants(), e => e.Name.LocalName == "dependency");

        // Portable symbols lie beside the package; the source they point to is given by commit.
        using ZipArchive symbols = ZipFile.OpenRead(Path.ChangeExtension(package, ".snupkg"));
        Assert.Contains(symbols.Entries, e => e.Name.EndsWith(".pdb", StringComparison.Ordinal));

        XElement Element(string name) => metadata.Elements().Single(e => e.Name.LocalName == name);
    }
}
