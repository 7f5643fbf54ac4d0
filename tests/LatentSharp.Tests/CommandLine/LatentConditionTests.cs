using System.Text.Json;
using LatentSharp.Latents;
using LatentSharp.Weights.Files;

namespace LatentSharp.Tests.CommandLine;

/// <summary>
/// Latents as other programs and unfinished samplings leave them, through the commands: named for what they are, with the command that
/// mends them, which is typed and helps. The latents are the embedded autoencoder's of a photograph it was not trained on.
/// </summary>
[Collection(CommandsCollection.Name)]
public sealed class LatentConditionTests : IDisposable
{
    private readonly Workplace place = new();

    public void Dispose() => place.Dispose();

    private static Latent Photograph => EmbeddedAutoencoder.Shared.Encode(
        Photographs.Middle(Repository.Path("assets/photos/fur-kitten.png"), 256));

    [Theory]
    [InlineData(0.3f)]
    [InlineData(0.5f)]
    [InlineData(1f)]
    [InlineData(float.PositiveInfinity)]
    public void Noise_is_named_and_estimated_and_nothing_is_said_of_the_space(float sigma)
    {
        Latent z = Photograph;
        var noise = new float[z.Values.Length];
        GaussianNoise.Fill(noise, 3);
        bool pure = float.IsInfinity(sigma);
        Save("z.safetensors", [.. z.Values.Select((v, i) => pure ? noise[i] : v + sigma * noise[i])], 1, 16, 32, 32);

        JsonElement finding = Assert.Single(place.Latent("diagnose", "--latent", "z.safetensors", "--json").Expect(0).Json
            .GetProperty("findings").EnumerateArray());
        Assert.Equal("noise", finding.GetProperty("kind").GetString());
        double estimate = finding.GetProperty("figures")[0].GetProperty("value").GetDouble(), right = pure ? 1 : sigma;
        Assert.True(estimate > 0.8 * right && estimate < 1.3 * right, $"{estimate} for {right}");

        foreach (string[] other in (string[][])[["--ae", "embedded"], ["--model", "flux1-dev"], ["--model", "sd3"]])
        {
            Workplace.Outcome check = place.Latent(["check", "--latents", "z.safetensors", .. other]).Expect(0);
            Assert.Contains("unfinished", check.Output, StringComparison.Ordinal);
            Assert.DoesNotContain("look like", check.Output, StringComparison.Ordinal);
            Assert.DoesNotContain("They belong together.", check.Output, StringComparison.Ordinal);
        }
        Assert.Contains("finding", place.Latent("inspect", "z.safetensors").Expect(0).Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Constant_latents_and_channels_are_named()
    {
        Save("zero.safetensors", new float[16 * 1024], 1, 16, 32, 32);
        Assert.Contains("an empty latent", place.Latent("diagnose", "--latent", "zero.safetensors").Expect(0).Output, StringComparison.Ordinal);
        Assert.Contains("an empty latent", place.Latent("inspect", "zero.safetensors").Expect(0).Output, StringComparison.Ordinal);
        float[] lost = Photograph.Values;
        lost.AsSpan(3 * 1024, 1024).Clear();
        Save("lost.safetensors", lost, 1, 16, 32, 32);
        Assert.Contains("1 of 16 channels hold one value throughout, channel 3",
            place.Latent("diagnose", "--latent", "lost.safetensors").Expect(0).Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Forgotten_scale_and_shift_are_named_and_the_command_mends_them()
    {
        Latent z = Photograph;
        Save("m.safetensors", [.. z.Values.Select(v => v / z.Space.ScaleOf(0) + z.Space.ShiftOf(0))], 1, 16, 32, 32);
        const string typed = "latent mend m.safetensors -o NEW.safetensors --unscaled";
        foreach (string[] command in (string[][])[["diagnose", "--latent", "m.safetensors"], ["diagnose", "m.safetensors"],
            ["check", "--ae", "embedded", "--latents", "m.safetensors"], ["inspect", "m.safetensors"]])
            Assert.Contains(typed, place.Latent(command).Expect(0).Output, StringComparison.Ordinal);
        // So does the command that acts on it.
        Workplace.Outcome decoded = place.Latent("decode", "m.safetensors", "-o", "m.png").Expect(0);
        Assert.Contains("decoded as it is", decoded.Error, StringComparison.Ordinal);
        Assert.Contains(typed, decoded.Error, StringComparison.Ordinal);
        place.Latent(typed.Split(' ')[1..]).Expect(0);
        Assert.Contains("They belong together.", place.Latent("check", "--ae", "embedded", "--latents", "NEW.safetensors").Expect(0).Output,
            StringComparison.Ordinal);
        AssertNear(z, LatentFile.Load(place.File("NEW.safetensors")));
    }

    [Fact]
    public void A_wrong_scale_that_values_cannot_show_is_left_open_and_blamed_on_no_autoencoder_of_the_same_space()
    {
        Save("half.safetensors", [.. Photograph.Values.Select(v => v / 2)], 1, 16, 32, 32);
        Assert.Contains("factor of two", place.Latent("diagnose", "half.safetensors").Expect(0).Output, StringComparison.Ordinal);
        Assert.Contains("scaled twice or halved", place.Latent("diagnose", "half.safetensors", "--ae", "embedded").Expect(0).Output,
            StringComparison.Ordinal);
        string check = place.Latent("check", "--ae", "embedded", "--latents", "half.safetensors").Expect(5).Output;
        Assert.Contains("look whether what wrote it scaled the values", check, StringComparison.Ordinal);
        Assert.DoesNotContain("Type:", check, StringComparison.Ordinal);
    }

    /// <summary>The order of tokens: black-forest-labs/flux, sampling.py, prepare: b c (h ph) (w pw) -> b (h w) (c ph pw).</summary>
    [Fact]
    public void Other_orders_of_axes_are_laid_out_anew_and_named()
    {
        Latent z = Photograph;
        float[] last = new float[z.Values.Length], tokens = new float[z.Values.Length];
        for (int c = 0; c < 16; c++)
            for (int y = 0; y < 32; y++)
                for (int x = 0; x < 32; x++)
                {
                    float value = z.Values[(c * 32 + y) * 32 + x];
                    last[(y * 32 + x) * 16 + c] = value;
                    tokens[(y / 2 * 16 + x / 2) * 64 + c * 4 + y % 2 * 2 + x % 2] = value;
                }
        Save("last.safetensors", last, 1, 32, 32, 16);
        Save("tokens.safetensors", tokens, 1, 256, 64);
        Save("frame.safetensors", z.Values, 1, 16, 1, 32, 32);
        Save("frame-first.safetensors", z.Values, 1, 1, 16, 32, 32);
        Save("swapped.safetensors", z.Values, 16, 1, 32, 32);
        foreach ((string file, string? word) in ((string, string?)[])[("last", "channels last"), ("tokens", "packed tokens of FLUX"), ("frame", null),
            ("frame-first", null), ("swapped", "other way round")])
        {
            AssertNear(z, LatentFile.Load(place.File(file + ".safetensors")));
            foreach (string[] command in (string[][])[["diagnose", "--latent"], ["check", "--ae", "embedded", "--latents"], ["inspect"]])
            {
                Workplace.Outcome said = place.Latent([.. command, file + ".safetensors"]).Expect(0);
                if (word is not null) Assert.Contains(word, said.Output + said.Error, StringComparison.Ordinal);
                if (word is not null) Assert.Contains($"latent mend {file}.safetensors -o NEW.safetensors", said.Output, StringComparison.Ordinal);
            }
        }
        place.Latent("mend", "tokens.safetensors", "-o", "NEW.safetensors", "--space", "flux1", "--size", "250x256").Expect(0);
        LatentFileContent mended = LatentFile.Read(place.File("NEW.safetensors"));
        Assert.Equal((true, (256, 250)), (mended.SpaceIsStated, mended.Latent.PictureSize));
        AssertNear(z, mended.Latent);
    }

    [Fact]
    public void What_cannot_be_laid_out_is_refused_by_name()
    {
        Save("video.safetensors", new float[16 * 3 * 64], 1, 16, 3, 8, 8);
        var noise = new float[12 * 64];
        GaussianNoise.Fill(noise, 4);
        Save("tokens.safetensors", noise, 1, 12, 64);
        foreach (string[] command in (string[][])[["diagnose", "--latent"], ["check", "--ae", "embedded", "--latents"], ["inspect"], ["decode"]])
        {
            Assert.Contains("the latent of a video, 3 frames", place.Latent([.. command, "video.safetensors"]).Expect(3).Error, StringComparison.Ordinal);
            Assert.Contains("latent mend tokens.safetensors -o NEW.safetensors --size WxH",
                place.Latent([.. command, "tokens.safetensors"]).Expect(3).Error, StringComparison.Ordinal);
        }
        place.Latent("mend", "tokens.safetensors", "-o", "NEW.safetensors", "--size", "64x48", "--space", "flux1").Expect(0);
        Assert.Contains("not the 5 x 3", place.Latent("mend", "tokens.safetensors", "--size", "80x48", "--space", "flux1").Expect(3).Error,
            StringComparison.Ordinal);
        place.Latent("mend", "tokens.safetensors", "--size", "64x48").Expect(2);
        Assert.Contains("Did you mean flux1", place.Latent("mend", "tokens.safetensors", "--size", "64x48", "--space", "flux").Expect(2).Error,
            StringComparison.Ordinal);
    }

    private void Save(string name, float[] values, params long[] shape)
        => SafetensorsWriter.Write(place.File(name), [SafetensorsEntry.Of("latent", values, shape)]);

    private static void AssertNear(Latent expected, Latent actual)
    {
        Assert.Equal((expected.Batch, expected.Height, expected.Width, expected.Space),
            (actual.Batch, actual.Height, actual.Width, actual.Space));
        for (int i = 0; i < expected.Values.Length; i++) Assert.Equal(expected.Values[i], actual.Values[i], 1e-4f);
    }
}
