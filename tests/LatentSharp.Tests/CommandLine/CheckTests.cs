using System.Text.Json;

namespace LatentSharp.Tests.CommandLine;

/// <summary><c>latent check</c> from outside.</summary>
public sealed class CheckTests : IDisposable
{
    private readonly Workplace place = new();

    public void Dispose() => place.Dispose();

    [Theory]
    [InlineData("flux1-dev", 0, "fits")]
    [InlineData("sd3", 5, "mismatch")]
    [InlineData("sdxl", 5, "mismatch")]
    public void The_embedded_autoencoder_serves_flux_and_nothing_else(string model, int exitCode, string verdict)
    {
        JsonElement result = place.Latent("check", "--ae", "embedded", "--model", model, "--json").Expect(exitCode).Json;
        Assert.Equal((exitCode == 0, verdict), (result.GetProperty("compatible").GetBoolean(), result.GetProperty("verdict").GetString()));
        Assert.Equal(exitCode == 0 ? JsonValueKind.Null : JsonValueKind.String, result.GetProperty("advice").ValueKind);
    }

    [Fact]
    public void Its_own_latent_fits_and_one_of_another_space_is_told_what_does()
    {
        File.Copy(Repository.Path("assets/photos/fur-kitten.png"), place.File("kitten.png"));
        place.Latent("encode", "kitten.png").Expect(0);
        Assert.Contains("They belong together.", place.Latent("check", "--ae", "embedded", "--latents", "kitten.latent.safetensors").Expect(0).Output, StringComparison.Ordinal);
        Assert.Contains("sdxl_vae.safetensors", place.Latent("check", "--latents", "kitten.latent.safetensors", "--model", "sdxl").Expect(5).Output, StringComparison.Ordinal);

        LatentFile.Save(place.File("four.safetensors"), new Latent(LatentSpace.Sdxl, new float[4 * 64], 1, 8, 8));
        Workplace.Outcome outcome = place.Latent("check", "--ae", "embedded", "--latents", "four.safetensors").Expect(5);
        Assert.Contains("4 at 1/8", outcome.Output, StringComparison.Ordinal);
        Assert.Contains("Stable Diffusion XL", outcome.Output, StringComparison.Ordinal);
    }

    /// <summary>What is printed to be typed is typed, and helps.</summary>
    [Fact]
    public void The_printed_commands_work()
    {
        Shared.Require("models/tiny", "photos");
        string folder = Directory.CreateDirectory(place.File("my vae")).FullName;
        foreach (string file in Directory.GetFiles(Shared.Path("models/tiny"), "tae*")) File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        File.Copy(Repository.Path("assets/photos/fur-kitten.png"), place.File("kitten.png"));
        string sdxl = Path.Combine(folder, "taesdxl_encoder.safetensors"), sd = Path.Combine(folder, "taesd_encoder.safetensors");

        // An autoencoder and a model: the right one lies beside the wrong one.
        string[] typed = Typed(place.Latent("check", "--ae", sd, "--model", "sdxl").Expect(5));
        Assert.Equal("check", Assert.Single(typed).Split(' ')[1]);
        Assert.Contains("They belong together.", Type(typed[0]).Expect(0).Output, StringComparison.Ordinal);

        // Latents and an autoencoder.
        place.Latent("encode", "kitten.png", "--ae", sdxl).Expect(0);
        typed = Typed(place.Latent("check", "--ae", sd, "--latents", "kitten.latent.safetensors").Expect(5));
        Type(Assert.Single(typed)).Expect(0);

        // Latents and a model: over the picture, with registered autoencoders.
        place.Latent("ae", "add-folder", folder).Expect(0);
        typed = Typed(place.Latent("check", "--latents", "kitten.latent.safetensors", "--model", "flux1-dev").Expect(5));
        Assert.Equal(2, typed.Length);
        foreach (string line in typed) Type(line).Expect(0);
        Assert.Contains("They belong together.", place.Latent("check", "--latents", "kitten-decoded.latent.safetensors", "--model", "flux1-dev").Expect(0).Output, StringComparison.Ordinal);

        static string[] Typed(Workplace.Outcome outcome) => [.. outcome.Output.Split('\n').SkipWhile(l => l != "Type:").Skip(1).Select(l => l.Trim()).Where(l => l.Length > 0)];

        Workplace.Outcome Type(string line) => place.Run("/bin/sh", "-c", $"dotnet '{Path.Combine(AppContext.BaseDirectory, "latent.dll")}' {line["latent ".Length..]}");
    }

    [Theory]
    [InlineData(2, "--ae", "embedded")]
    [InlineData(4, "--ae", "embedded", "--model", "flux9")]
    [InlineData(4, "--ae", "embedded", "--model", "no/such.safetensors")]
    [InlineData(4, "--model", "flux1-dev", "--latents", "nothing.safetensors")]
    public void What_cannot_be_compared_is_refused(int exitCode, params string[] arguments) => place.Latent(["check", .. arguments]).Expect(exitCode);
}
