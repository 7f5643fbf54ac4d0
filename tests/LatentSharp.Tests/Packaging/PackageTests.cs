using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Xml.Linq;
using LatentSharp.Tests.CommandLine;
using LatentSharp.Tests.Readme;

namespace LatentSharp.Tests.Packaging;

/// <summary>What <c>dotnet pack</c> makes, and that the tool installs from it and runs.</summary>
[Collection(BuildsCollection.Name)]
public sealed class PackageTests(Packages packages) : IDisposable
{
    private static readonly string[] Ids = ["LatentSharp", "LatentSharp.Cli", "LatentSharp.Client", "LatentSharp.Datasets", "LatentSharp.Embedded",
        "LatentSharp.Embedded.Generator", "LatentSharp.Extensions.DependencyInjection", "LatentSharp.Imaging", "LatentSharp.OnnxRuntime", "LatentSharp.Quality",
        "LatentSharp.Vulkan"];

    private readonly Workplace place = new();

    public void Dispose() => place.Dispose();

    [Fact]
    public void Packages_carry_readme_icon_licence_and_symbols()
    {
        Assert.Equal(Ids.Length, Directory.GetFiles(packages.Folder, "*.nupkg").Length);
        foreach (string id in Ids) Check(packages.File(id), id);
    }

    /// <summary>What publishes the packages and what writes the lists of their API name every library that packs, and no other.</summary>
    [Theory]
    [InlineData(".ci/pack")]
    [InlineData(".ci/update-api")]
    public void Scripts_name_every_library_that_packs(string script)
    {
        string[] packed = [.. Directory.EnumerateFiles(Repository.Path("src"), "*.csproj", SearchOption.AllDirectories)
            .Where(p => XDocument.Load(p).Descendants("IsPackable").Any(e => e.Value == "true")).Select(p => Path.GetFileNameWithoutExtension(p)!)];
        Assert.Equal(Ids.Order(StringComparer.Ordinal), packed.Order(StringComparer.Ordinal));
        string loop = File.ReadLines(Repository.Path(script)).Single(l => l.StartsWith("for library in ", StringComparison.Ordinal));
        string[] named = loop["for library in ".Length..loop.IndexOf(';', StringComparison.Ordinal)].Split(' ');
        Assert.Equal(Ids.Except(["LatentSharp.Cli"]).Order(StringComparer.Ordinal), named.Order(StringComparer.Ordinal));
        Assert.All(named, n => Assert.True(File.Exists(Repository.Path($"src/{n}/PublicAPI.Unshipped.txt")), $"{n} has no list of its API"));
    }

    /// <summary>The commands of docs/install.md, in their order, in a home of their own: installed, used, updated, removed.</summary>
    [Fact]
    public void The_page_on_installing_works_as_written_and_leaves_nothing()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "the page is written for sh");
        // What .ci/pack makes, and nothing else: no package may come from elsewhere.
        Directory.CreateDirectory(place.File("artifacts"));
        Directory.CreateSymbolicLink(place.File("artifacts/packages"), packages.Folder);
        File.WriteAllText(place.File("nuget.config"), "<configuration><packageSources><clear/></packageSources></configuration>");
        string home = Directory.CreateDirectory(place.File("user")).FullName;
        place.Environment["HOME"] = home;
        place.Environment["DOTNET_CLI_HOME"] = home;
        place.Environment["LATENTSHARP_HOME"] = place.Environment["XDG_DATA_HOME"] = "";
        place.Environment["PATH"] = $"{home}/.dotnet/tools:{Environment.GetEnvironmentVariable("PATH")}";
        string[] blocks = [.. new MarkdownPage(Repository.Path("docs/install.md")).Blocks("sh").Select(b => b.Text)];

        string installed = Run(blocks[0]);
        Assert.Contains("\n" + packages.Version("LatentSharp.Cli"), installed, StringComparison.Ordinal);
        Assert.Contains("libvips", installed, StringComparison.Ordinal);
        Run("latent ae add-folder . && latent encode " + Repository.Path("assets/photos/fur-kitten.png"));
        foreach (string block in blocks[1..^1]) Run(block);
        string[] written = Ours();
        foreach (string part in (string[])[".dotnet/tools/latent", ".local/share/latentsharp/", "bash-completion/completions/latent",
            ".zfunc/_latent", "latent.fish"])
            Assert.Contains(written, w => w.Contains(part, StringComparison.Ordinal));
        Run(blocks[^1]);
        Assert.Empty(Ours());

        string Run(string commands) => place.Run("sh", "-e", "-c", commands).Expect(0).Output;

        string[] Ours() => [.. Directory.EnumerateFiles(home, "*", SearchOption.AllDirectories)
            .Where(f => f[home.Length..].Contains("latent", StringComparison.OrdinalIgnoreCase))];
    }

    [Fact]
    public void The_tools_package_for_a_platform_has_less_than_40_MB_and_installs_and_runs()
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("LATENTSHARP_LONG") == "1" && !OperatingSystem.IsWindows(),
            "LATENTSHARP_LONG=1 makes the packages that are published");
        string folder = place.File("published");
        place.Run("sh", Repository.Path(".ci/pack"), folder, RuntimeInformation.RuntimeIdentifier).Expect(0);
        string[] made = Directory.GetFiles(folder, "*.nupkg");
        // The libraries, the tool that names its platforms, and that of this one.
        Assert.Equal(Ids.Length + 1, made.Length);
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
        Assert.NotNull(archive.GetEntry("icon.png"));
        using (StreamReader readme = new(archive.GetEntry("README.md")!.Open()))
            Assert.DoesNotContain("](", readme.ReadToEnd(), StringComparison.Ordinal);      // links lead nowhere from a package
        if (id is "LatentSharp" or "LatentSharp.Cli")
            foreach (string page in (string[])["install.md", "first-program.md", "library.md", "command-line.md"])
                Assert.NotNull(archive.GetEntry("docs/" + page));
        Assert.NotNull(archive.GetEntry("LICENSE"));
        // The tool brings other people's native libraries along; the licences of those go with them.
        if (id == "LatentSharp.Cli") Assert.All(["THIRD-PARTY-NOTICES.md", "NOTICES.md"], n => Assert.NotNull(archive.GetEntry(n)));
        using Stream manifest = archive.GetEntry(id + ".nuspec")!.Open();
        XElement metadata = XDocument.Load(manifest).Root!.Elements().First();
        Assert.Equal("Apache-2.0", Element("license").Value);
        Assert.Equal("README.md", Element("readme").Value);
        Assert.Equal("icon.png", Element("icon").Value);
        Assert.NotEmpty(Element("description").Value);
        // The weights are in the package that is named after them and in the tool, nowhere else.
        if (id == "LatentSharp")
            Assert.True(new FileInfo(package).Length < 4_000_000, $"{package} has {new FileInfo(package).Length:N0} bytes");
        // Who only talks to a service needs nothing of what computes.
        if (id is "LatentSharp" or "LatentSharp.Client") Assert.DoesNotContain(metadata.Descendants(), e => e.Name.LocalName == "dependency");

        // Portable symbols lie beside the package; the source they point to is given by commit.
        using ZipArchive symbols = ZipFile.OpenRead(Path.ChangeExtension(package, ".snupkg"));
        Assert.Contains(symbols.Entries, e => e.Name.EndsWith(".pdb", StringComparison.Ordinal));

        XElement Element(string name) => metadata.Elements().Single(e => e.Name.LocalName == name);
    }
}
