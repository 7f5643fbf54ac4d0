using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using LatentSharp.Vulkan.Kernels;

namespace LatentSharp.Tests.Vulkan;

/// <summary>
/// The compiled shaders are those of the sources beside them: their digests stand in shaders.json, and where the compiler of that version
/// is installed it makes the same bytes. With LATENTSHARP_UPDATE=1 it compiles all of them and writes the manifest anew.
/// </summary>
public sealed class ShaderTests
{
    private const string Folder = "src/LatentSharp.Vulkan/Shaders", Options = "-V --target-env vulkan1.1";

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    private static readonly Lazy<string?> Compiler = new(FindCompiler);

    public static TheoryData<string> Names
        => [.. Directory.GetFiles(Repository.Path(Folder), "*.comp").Select(f => Path.GetFileNameWithoutExtension(f)!).Order(StringComparer.Ordinal)];

    [Fact]
    public void The_manifest_lists_every_file_with_its_digest()
    {
        if (Environment.GetEnvironmentVariable("LATENTSHARP_UPDATE") == "1" && Compiler.Value is { } compiler) Write(compiler);
        Manifest manifest = Read();
        string[] files = [.. Directory.GetFiles(Repository.Path(Folder)).Select(f => Path.GetFileName(f)!)
            .Where(f => f != "shaders.json").Order(StringComparer.Ordinal)];
        Assert.Equal(files, manifest.Files.Keys.Order(StringComparer.Ordinal));
        Assert.All(files, f => Assert.Equal(manifest.Files[f], Digest(f)));
        Assert.Equal(Names.Select(n => n.Data).Order(StringComparer.Ordinal), Shader.Names.Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_compiler_makes_the_same_bytes(string name)
    {
        if (Compiler.Value is not { } compiler || compiler != Read().Compiler)
            Assert.Skip($"{Read().Compiler} is not installed; found: {Compiler.Value ?? "none"}");
        string made = Path.GetTempFileName();
        try
        {
            Compile(name, made);
            Assert.Equal(File.ReadAllBytes(Repository.Path($"{Folder}/{name}.spv")), File.ReadAllBytes(made));
        }
        finally
        {
            File.Delete(made);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_assembly_holds_SPIR_V_of_Vulkan_1_1(string name)
    {
        byte[] code = Shader.Read(name);
        Assert.Equal(0, code.Length % 4);
        Assert.Equal((0x07230203u, 0x00010300u), (BitConverter.ToUInt32(code, 0), BitConverter.ToUInt32(code, 4)));
    }

    /// <summary>Neither subgroups nor types of 16 bits nor anything else that a card may lack: only what every one has.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void No_kernel_needs_a_feature_of_the_card(string name)
    {
        const uint capability = 17, extension = 10, shader = 1;
        uint[] words = [.. Shader.Read(name).Chunk(4).Select(w => BitConverter.ToUInt32(w))];
        for (int i = 5; i < words.Length; i += (int)(words[i] >> 16))
        {
            Assert.NotEqual(extension, words[i] & 0xffff);
            if ((words[i] & 0xffff) == capability) Assert.Equal(shader, words[i + 1]);
        }
    }

    private static void Write(string compiler)
    {
        foreach (string name in Names.Select(n => n.Data)) Compile(name, Repository.Path($"{Folder}/{name}.spv"));
        var files = new SortedDictionary<string, string>(Directory.GetFiles(Repository.Path(Folder)).Select(f => Path.GetFileName(f)!)
            .Where(f => f != "shaders.json").ToDictionary(f => f, Digest), StringComparer.Ordinal);
        File.WriteAllText(Repository.Path($"{Folder}/shaders.json"),
            JsonSerializer.Serialize(new Manifest(compiler, Options, files), Indented) + "\n");
    }

    private static void Compile(string name, string target)
    {
        (int code, string output) = Run("glslangValidator", [.. Options.Split(' '), Repository.Path($"{Folder}/{name}.comp"), "-o", target]);
        Assert.True(code == 0, output);
    }

    private static string? FindCompiler()
    {
        try
        {
            return Run("glslangValidator", ["--version"]).Output.Split('\n')[0].Trim();
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }

    private static (int Code, string Output) Run(string program, string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output);
    }

    private static Manifest Read() => JsonSerializer.Deserialize<Manifest>(File.ReadAllBytes(Repository.Path($"{Folder}/shaders.json")))!;

    // Line ends are the repository's, whatever a checkout makes of them.
    private static string Digest(string file)
    {
        string path = Repository.Path($"{Folder}/{file}");
        return Convert.ToHexStringLower(SHA256.HashData(file.EndsWith(".spv", StringComparison.Ordinal) ? File.ReadAllBytes(path)
            : System.Text.Encoding.UTF8.GetBytes(File.ReadAllText(path).ReplaceLineEndings("\n"))));
    }

    private sealed record Manifest([property: JsonPropertyName("compiler")] string Compiler, [property: JsonPropertyName("options")] string Options,
        [property: JsonPropertyName("files")] SortedDictionary<string, string> Files);
}
