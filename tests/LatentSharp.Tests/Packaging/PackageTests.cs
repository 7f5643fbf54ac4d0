using System.IO.Compression;
using System.Runtime.InteropServices;
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

    [Fact]
    public void The_tools_package_for_a_platform_has_less_than_40_MB_and_installs_and_runs()
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("LATENTSHARP_LONG") == "1" && !OperatingSystem.IsWindows(),
            "LATENTSHARP_LONG=1 makes the packages that are published");
        string folder = place.File("published");
        place.Run("sh", Repository.Path(".ci/pack"), folder, RuntimeInformation.RuntimeIdentifier).Expect(0);
        string[] made = Directory.GetFiles(folder, "*.nupkg");
        Assert.Equal(7, made.Length);
        Assert.All(made, m => Assert.True(new FileInfo(m).Length < 40_000_000, $"{m} has {new FileInfo(m).Length:N0} bytes"));
        string quality = made.Single(m => Path.GetFileName(m).StartsWith("LatentSharp.Quality.", StringComparison.Ordinal));
        string version = Path.GetFileNameWithoutExtension(quality)["LatentSharp.Quality.".Length..];
        File.WriteAllText(place.File("nuget.config"),
            $"<configuration><packageSources><clear/><add key=\"local\" value=\"{folder}\"/></packageSources></configuration>");
        place.Run("dotnet", "tool", "install", "LatentSharp.Cli", "--tool-path", place.File("tool"), "--configfile",
            place.File("nuget.config"), "--version", version).Expect(0);
        File.Copy(Repository.Path("assets/photos/fur-kitten.png"), place.File("photo.png"));
        place.Run(place.File("tool/latent"), "encode", "photo.png").Expect(0);
        place.Run("dotnet", "tool", "uninstall", "LatentSharp.Cli", "--tool-path", place.File("tool")).Expect(0);
        Assert.False(File.Exists(place.File("tool/latent")));
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
