using System.Buffers.Binary;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace LatentSharp.Tests.Packaging;

/// <summary>
/// Picture files need libvips for the processor and the system. The packages that the library restores bring it for every platform that
/// docs/install.md names, and its file says that it is for that one.
/// </summary>
public sealed partial class PictureLibraryTests
{
    [Fact]
    public void Every_platform_that_the_documentation_names_has_its_picture_library()
    {
        string[] platforms = [.. Platform().Matches(Line("docs/install.md", "Platforms:")).Select(m => m.Value)];
        Assert.Equal(8, platforms.Length);
        Assert.Equal(platforms.Order(), Platform().Matches(Line(".ci/pack", "|| set --")).Select(m => m.Value).Order());
        foreach (string platform in platforms) Assert.Equal((platform, Expected(platform)), (platform, Found(Library(platform))));
    }

    // What the first bytes of a program say of the machine: the manuals' numbers for each of the three formats.
    private static (string Format, uint Machine) Expected(string platform)
    {
        bool arm = platform.EndsWith("arm64", StringComparison.Ordinal);
        return platform.Split('-')[0] switch
        {
            "linux" => ("ELF", arm ? 183u : 62u),               // EM_AARCH64, EM_X86_64
            "osx" => ("Mach-O", arm ? 0x0100000Cu : 0x01000007u),   // CPU_TYPE_ARM64, CPU_TYPE_X86_64
            _ => ("PE", arm ? 0xAA64u : 0x8664u),               // IMAGE_FILE_MACHINE_ARM64, _AMD64
        };
    }

    private static (string Format, uint Machine) Found(string path)
    {
        byte[] bytes = File.ReadAllBytes(path);
        uint first = BinaryPrimitives.ReadUInt32LittleEndian(bytes);
        if (first == 0x464C457F) return ("ELF", BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(18)));
        if (first == 0xFEEDFACF) return ("Mach-O", BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(4)));
        int header = BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(0x3C));
        return ("PE", BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(header + 4)));
    }

    // The file by what the restore of LatentSharp.Imaging wrote down, so that no version stands here.
    private static string Library(string platform)
    {
        using var assets = JsonDocument.Parse(File.ReadAllBytes(Repository.Path("src/LatentSharp.Imaging/obj/project.assets.json")));
        string folder = assets.RootElement.GetProperty("packageFolders").EnumerateObject().First().Name;
        JsonElement package = assets.RootElement.GetProperty("libraries").EnumerateObject()
            .Single(l => l.Name.StartsWith($"NetVips.Native.{platform}/", StringComparison.Ordinal)).Value;
        string file = package.GetProperty("files").EnumerateArray().Select(f => f.GetString()!)
            .Single(f => f.StartsWith($"runtimes/{platform}/native/", StringComparison.Ordinal));
        return Path.Combine(folder, package.GetProperty("path").GetString()!, file);
    }

    private static string Line(string file, string start)
        => File.ReadLines(Repository.Path(file)).Single(l => l.Contains(start, StringComparison.Ordinal));

    [GeneratedRegex("(linux|linux-musl|osx|win)-(x64|arm64)")]
    private static partial Regex Platform();
}
