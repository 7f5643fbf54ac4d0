using System.Text.Json;
using LatentSharp.Weights;
using LatentSharp.Weights.Files;

namespace LatentSharp.Tests.CommandLine;

/// <summary><c>latent check</c> from outside.</summary>
[Collection(CommandsCollection.Name)]
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
        PictureFile.Save(place.File("kitten.png"), Photographs.Middle(Repository.Path("assets/photos/fur-kitten.png"), 256));
        place.Latent("encode", "kitten.png").Expect(0);
        Assert.Contains("They belong together.",
            place.Latent("check", "--ae", "embedded", "--latents", "kitten.latent.safetensors").Expect(0).Output, StringComparison.Ordinal);
        Assert.Contains("sdxl_vae.safetensors",
            place.Latent("check", "--latents", "kitten.latent.safetensors", "--model", "sdxl").Expect(5).Output, StringComparison.Ordinal);

        LatentFile.Save(place.File("four.safetensors"), new Latent(LatentSpace.Sdxl, new float[4 * 64], 1, 8, 8));
        Workplace.Outcome outcome = place.Latent("check", "--ae", "embedded", "--latents", "four.safetensors").Expect(5);
        Assert.Contains("4 at 1/8", outcome.Output, StringComparison.Ordinal);
        Assert.Contains("Stable Diffusion XL", outcome.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void An_autoencoders_own_latent_fits_whatever_it_gives_back_of_it()
    {
        // Weights at random, of a scaling of their own: encoding the decoded picture again gives another latent.
        Shared.Require("golden/faults/bugs/03-own-scaling");
        string folder = Shared.Path("golden/faults/bugs/03-own-scaling"), standard = Shared.Path("golden/faults/bugs/03-standard");
        PictureFile.Save(place.File("kitten.png"), Photographs.Middle(Repository.Path("assets/photos/fur-kitten.png"), 128));
        place.Latent("encode", "kitten.png", "--ae", folder, "-o", "own.safetensors").Expect(0);
        Assert.Contains("this very autoencoder encoded it",
            place.Latent("check", "--ae", folder, "--latents", "own.safetensors").Expect(0).Output, StringComparison.Ordinal);
        place.Latent("check", "--ae", standard, "--latents", "own.safetensors").Expect(5);
    }

    /// <summary>What is printed to be typed is typed, and helps.</summary>
    [Fact]
    public void The_printed_commands_work()
    {
        Shared.Require("models/tiny", "photos");
        string folder = Directory.CreateDirectory(place.File("my vae")).FullName;
        foreach (string file in Directory.GetFiles(Shared.Path("models/tiny"), "tae*"))
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        PictureFile.Save(place.File("kitten.png"), Photographs.Middle(Repository.Path("assets/photos/fur-kitten.png"), 256));
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
        Assert.Contains("They belong together.",
            place.Latent("check", "--latents", "kitten-decoded.latent.safetensors", "--model", "flux1-dev").Expect(0).Output, StringComparison.Ordinal);

        static string[] Typed(Workplace.Outcome outcome)
            => [.. outcome.Output.Split('\n').SkipWhile(l => l != "Type:").Skip(1).Select(l => l.Trim()).Where(l => l.Length > 0)];

        // A shell takes the line apart.
        Workplace.Outcome Type(string line)
            => place.Latent(place.Run("/bin/sh", "-c", $"latent() {{ printf '%s\\n' \"$@\"; }}; {line}").Expect(0).Output.TrimEnd('\n').Split('\n'));
    }

    /// <summary>
    /// A space that was only assumed, from the number of channels, is held against nothing; the values decide. The latents:
    /// ../shared/golden/faults/check.
    /// </summary>
    [Theory]
    [InlineData("bare.safetensors", "taesdxl_decoder.safetensors", "sdxl")]
    [InlineData("bare3.safetensors", "taesd3_decoder.safetensors", "sd3")]
    public void A_latent_that_names_no_space_is_judged_by_its_values(string latent, string autoencoder, string model)
    {
        Shared.Require("golden/faults", "models/tiny");
        string latents = Shared.Path("golden/faults/check/" + latent), ae = Shared.Path("models/tiny/" + autoencoder);
        foreach (string[] arguments in (string[][])[["--ae", ae], ["--model", model]])
        {
            JsonElement result = place.Latent(["check", "--latents", latents, "--json", .. arguments]).Expect(0).Json;
            Assert.Equal("fits", result.GetProperty("verdict").GetString());
            Assert.Equal("unknown",
                result.GetProperty("findings").EnumerateArray().First(f => f.GetProperty("aspect").GetString() == "identity")
                .GetProperty("verdict").GetString());
        }
        Assert.Contains("They belong together.", place.Latent("check", ae, latents).Expect(0).Output, StringComparison.Ordinal);
    }

    [Fact]
    public void What_nothing_can_be_told_of_is_not_passed()
    {
        SafetensorsWriter.Write(place.File("zero.safetensors"), [SafetensorsEntry.Of("latent", new float[16 * 64], 1, 16, 8, 8)]);
        Workplace.Outcome empty = place.Latent("check", "embedded", "zero.safetensors").Expect(0);
        Assert.Contains("an empty latent", empty.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("They belong together.", empty.Output, StringComparison.Ordinal);

        using (SafetensorsFile file = SafetensorsFile.Open(Repository.Path("assets/models/flux1-mini.safetensors")))
        {
            TensorInfo tensor = file.Tensors["decoder.conv_in.weight"];
            var values = new float[tensor.Shape.ElementCount];
            file.Read(tensor, 0, values);
            values[7] = float.NaN;
            SafetensorsWriter.Write(place.File("nan.safetensors"), file.Tensors.Values.Select(t => t.Name == tensor.Name
                ? SafetensorsEntry.Of(t.Name, values, t.Shape.Dimensions.AsSpan()) : SafetensorsEntry.Copy(file, t, t.Name, t.Shape)),
                file.Metadata);
        }
        Assert.Contains("decoder.conv_in.weight has 1 of", place.Latent("check", "nan.safetensors", "flux1-dev").Expect(3).Error,
            StringComparison.Ordinal);
        JsonElement inspected = place.Latent("inspect", "nan.safetensors", "--json").Expect(0).Json;
        Assert.Equal(1, inspected.GetProperty("non_finite").GetInt64());
    }

    [Theory]
    [InlineData(2, "--ae", "embedded")]
    [InlineData(4, "--ae", "embedded", "--model", "flux9")]
    [InlineData(4, "--ae", "embedded", "--model", "no/such.safetensors")]
    [InlineData(4, "--model", "flux1-dev", "--latents", "nothing.safetensors")]
    public void What_cannot_be_compared_is_refused(int exitCode, params string[] arguments)
    => place.Latent(["check", .. arguments]).Expect(exitCode);
}
