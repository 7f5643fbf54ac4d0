using System.Reflection;
using System.Runtime.InteropServices;
using LatentSharp.Latents;
using LatentSharp.Tests.CommandLine;
using LatentSharp.Tests.Server.Load;

namespace LatentSharp.Tests.Packaging;

/// <summary>
/// `latent` compiled ahead of time (./publish-native). .ci/run checks that the code allows it: the assemblies are marked compatible, so the
/// compiler's analyzers are on and what they find is an error. With LATENTSHARP_LONG=1 the native program is made, which takes a minute or
/// two, and run.
/// </summary>
[Collection(BuildsCollection.Name)]
public sealed class NativeProgramTests : IDisposable
{
    private readonly Workplace place = new();

    public void Dispose() => place.Dispose();

    [Theory]
    [InlineData("LatentSharp")]
    [InlineData("LatentSharp.Imaging")]
    [InlineData("latent")]
    public void Assemblies_are_checked_for_ahead_of_time_compilation(string assembly)
        => Assert.Contains(Assembly.Load(assembly).GetCustomAttributes<AssemblyMetadataAttribute>(),
            a => a is { Key: "IsAotCompatible" or "IsTrimmable", Value: "True" });

    [Fact]
    public async Task The_native_program_computes_what_the_other_does()
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("LATENTSHARP_LONG") == "1", "LATENTSHARP_LONG=1 makes the native program, which takes a minute");
        bool x64 = RuntimeInformation.OSArchitecture == Architecture.X64;
        string folder = place.File("native"), script = Repository.Path("publish-native");
        string[] arguments = x64 ? ["v3", folder] : [folder];
        (OperatingSystem.IsWindows() ? place.Run("pwsh", ["-NoProfile", "-File", script + ".ps1", .. arguments])
            : place.Run("sh", [script, .. arguments])).Expect(0);
        string latent = Path.Combine(folder, OperatingSystem.IsWindows() ? "latent.exe" : "latent");
        // Not compared with that of the tests: a commit may lie between the two builds.
        Assert.Matches(@"^\d+\.\d+\.\d+[-+.0-9a-z]*\r?\n$", place.Run(latent, "--version").Expect(0).Output);

        // Pictures go through libvips, which lies beside the program.
        File.Copy(Repository.Path("assets/photos/fur-kitten.png"), place.File("kitten.png"));
        if (x64) place.Environment["LATENTSHARP_SIMD"] = "256";
        place.Run(latent, "encode", "kitten.png", "-o", "native.safetensors").Expect(0);
        place.Run(latent, "decode", "native.safetensors", "-o", "native.png").Expect(0);
        place.Run(latent, "decode", "native.safetensors", "-o", "native-raw.safetensors").Expect(0);
        place.Latent("decode", "native.safetensors", "-o", "other-raw.safetensors").Expect(0);
        Assert.Equal(TensorImageFile.Load(place.File("other-raw.safetensors")).Values, TensorImageFile.Load(place.File("native-raw.safetensors")).Values);
        Assert.Equal((512, 512),
            (PictureFile.Load(place.File("native.png")).Image.Width, PictureFile.Load(place.File("native.png")).Image.Height));

        // Libraries that would like to find types by reflection: Parquet, and those of the service.
        Directory.CreateDirectory(place.File("pictures"));
        File.Copy(place.File("kitten.png"), place.File("pictures/kitten.png"));
        foreach (string format in (string[])["parquet", "kohya"])
            place.Run(latent, "dataset", "encode", "pictures", "-o", format, "--format", format, "--buckets", "kohya", "--resolution", "256").Expect(0);
        place.Run(latent, "dataset", "export", "parquet", "-o", "again", "--format", "kohya").Expect(0);
        string archive = Assert.Single(Directory.GetFiles(place.File("kohya"), "*.npz", SearchOption.AllDirectories));
        Assert.Equal(File.ReadAllBytes(archive), File.ReadAllBytes(
            Assert.Single(Directory.GetFiles(place.File("again"), "*.npz", SearchOption.AllDirectories))));

        foreach (string format in (string[])["png", "jpg", "webp", "tiff", "avif"])
        {
            place.Run(latent, "decode", "native.safetensors", "-o", $"as.{format}").Expect(0);
            place.Run(latent, "encode", $"as.{format}", "-o", $"{format}.safetensors").Expect(0);
        }
        if (OperatingSystem.IsLinux()) await ServesAsync(latent);
    }

    // libvips and OpenSSL take a sixth of the memory of a service that has not been asked for anything; the first request that needs one
    // loads it, even where several come at once.
    private async Task ServesAsync(string latent)
    {
        await using ServedProcess server = await ServedProcess.StartProgramAsync(latent);
        Assert.DoesNotContain("libvips", server.Mapped, StringComparison.Ordinal);
        Assert.DoesNotContain("libcrypto", server.Mapped, StringComparison.Ordinal);
        byte[] latentFile = File.ReadAllBytes(place.File("native.safetensors"));
        string[] formats = ["png", "jpeg", "webp", "tiff", "avif"];
        byte[][] pictures = await Task.WhenAll(formats.Select(f => Task.Run(() => AnswerAsync($"/v1/decode?format={f}", latentFile))));
        Assert.Contains("libvips", server.Mapped, StringComparison.Ordinal);
        foreach (byte[] picture in pictures) Assert.NotEmpty(await AnswerAsync("/v1/encode", picture));
        foreach (byte[] picture in pictures) Assert.Equal(512, PictureFile.Load(picture).Image.Width);
        Assert.Contains("<title>LatentSharp", await server.Client.GetStringAsync("/"), StringComparison.Ordinal);

        async Task<byte[]> AnswerAsync(string target, byte[] body)
        {
            using var content = new ByteArrayContent(body);
            using HttpResponseMessage response = await server.Client.PostAsync(target, content);
            byte[] answer = await response.Content.ReadAsByteArrayAsync();
            Assert.True(response.IsSuccessStatusCode, System.Text.Encoding.UTF8.GetString(answer));
            return answer;
        }
    }
}
