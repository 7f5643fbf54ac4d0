using LatentSharp.Tensors;
using LatentSharp.Tests.Autoencoders;
using LatentSharp.Tests.CommandLine;
using LatentSharp.Tests.Reference;
using LatentSharp.Weights.Files;

namespace LatentSharp.Tests.Tiling;

/// <summary>
/// Tiles as <c>AutoencoderKL.enable_tiling()</c> of diffusers 58eb52c makes and blends them: shared/golden/flux-ae, where the configuration
/// beside the weights says tiles of 64 pixels. The golden data's own tolerance is 4e-4 absolutely; here it is 1e-4 of the range.
/// </summary>
[Collection(CommandsCollection.Name)]
public sealed class DiffusersTilingTests : IDisposable
{
    private const string Model = "models/synthetic/flux-ch32-diffusers.safetensors", Reference = "diffusers 58eb52c, tiled";

    private readonly Workplace place = new();

    public void Dispose() => place.Dispose();

    [Fact]
    public void Tiled_moments_and_pictures_are_those_of_diffusers()
    {
        using Autoencoder autoencoder = Autoencoder.Open(Shared.Path(Model));
        var golden = new Golden("flux-ae/diffusers-tiled-io.safetensors");
        ImageTensor image = KLGoldenTests.Image(golden, "image");
        foreach ((BlendedTiling? tiling, string kind) in ((BlendedTiling?, string)[])[(BlendedTiling.Diffusers, "tiled"), (null, "untiled")])
        {
            Latent latent = autoencoder.Encode(image, new EncodeOptions { Tiling = tiling, KeepPosterior = true });
            var mean = new float[latent.Values.Length];
            latent.Space.ToModel(latent.Values, mean, latent.Height, latent.Width);
            Correctness.Check($"tiling diffusers, moments {kind}", Reference, golden["moments_" + kind], [.. mean, .. latent.LogVariance!], 1e-4);
            Assert.Equal(tiling is null ? null : "diffusers, tiles of 64 pixels, 16 shared", latent.Provenance.GetValueOrDefault("tiling"));

            ImageTensor decoded = autoencoder.Decode(Z(golden, autoencoder), new DecodeOptions { Tiling = tiling });
            Correctness.Check($"tiling diffusers, decoded {kind}", Reference, golden["decoded_" + kind], decoded.Values, 1e-4);
        }
    }

    [Fact]
    public void Commands_take_the_tiles_of_the_configuration_or_of_an_option()
    {
        var golden = new Golden("flux-ae/diffusers-tiled-io.safetensors");
        string model = Shared.Path(Model);
        using (Autoencoder autoencoder = Autoencoder.Open(model)) LatentFile.Save(place.File("z.safetensors"), Z(golden, autoencoder));
        Workplace.Outcome said = place.Latent("decode", "z.safetensors", "--ae", model, "--tiling", "diffusers", "-o", "raw.safetensors").Expect(0);
        Assert.Contains("diffusers, tiles of 64 pixels, 16 shared", said.Error, StringComparison.Ordinal);
        Assert.Equal(0, Difference(golden["decoded_tiled"], Tensor("raw.safetensors", "image")), 4e-4);

        place.Latent("decode", "z.safetensors", "--ae", model, "--tiling", "diffusers", "--tile-size", "128", "-o", "other.safetensors").Expect(0);
        Assert.NotEqual(Tensor("raw.safetensors", "image"), Tensor("other.safetensors", "image"));
        place.Latent("decode", "z.safetensors", "--ae", model, "--tiling", "diffusers", "--tile-size", "1024", "-o", "one.safetensors").Expect(0);
        Assert.Equal(0, Difference(golden["decoded_untiled"], Tensor("one.safetensors", "image")), 4e-4);
    }

    /// <summary>A latent that was encoded whole is not taken for a tiled one, nor the reverse.</summary>
    [Fact]
    public void A_batch_encodes_again_what_was_tiled_otherwise()
    {
        string model = Shared.Path(Model);
        Directory.CreateDirectory(place.File("in"));
        foreach (int i in (int[])[1, 2])
            PictureFile.Save(place.File($"in/{i}.png"), Photographs.Middle(Repository.Path("assets/photos/fur-kitten.png"), 64 + 8 * i));
        string[] whole = ["encode", "in", "--ae", model, "-o", "out", "--json"], tiled = [.. whole, "--tiling", "diffusers", "--tile-size", "64"];
        foreach ((string[] command, int done) in ((string[], int)[])[(whole, 2), (whole, 0), (tiled, 2), (tiled, 0), (whole, 2)])
            Assert.Equal(done, place.Latent(command).Expect(0).Json.GetProperty("results").EnumerateArray()
                .Count(r => r.GetProperty("status").GetString() == "done"));
    }

    [Fact]
    public void What_cannot_be_tiled_so_is_refused_with_a_reason()
    {
        LatentFile.Save(place.File("z.safetensors"), new Latent(LatentSpace.Flux1, new float[16 * 64], 1, 8, 8));
        string[] decode = ["decode", "z.safetensors", "-o", "out.png"];
        string model = Shared.Path(Model), wan = Shared.Path("golden/wan-ae/wan21-d6.safetensors");
        foreach ((string[] options, string reason) in ((string[], string)[])
        [
            (["--tiling", "diffusers", "--ae", wan], "is not tiled as diffusers does it"),
            (["--tiling", "diffusers", "--ae", model, "--tile-size", "60"], "tile-size 60: a multiple of 8 is expected"),
            (["--tiling", "diffusers", "--ae", model, "--tile-overlap", "40"], "tile-overlap 40: a multiple of 8 is expected, at most 32"),
            (["--tiling", "comfyui", "--ae", model, "--tile-size", "72"], "a multiple of 16 is expected"),
            (["--tile-size", "64", "--ae", model], "unless a program is named"),
        ])
        {
            Workplace.Outcome said = place.Latent([.. decode, .. options]).Expect(2);
            Assert.Contains(reason, said.Error, StringComparison.Ordinal);
        }
        Assert.False(File.Exists(place.File("out.png")));
    }

    private static double Difference(float[] expected, float[] found)
    {
        Assert.Equal(expected.Length, found.Length);
        return expected.Zip(found, (e, f) => Math.Abs((double)e - f)).Max();
    }

    private static Latent Z(Golden golden, Autoencoder autoencoder)
    {
        Shape shape = golden.ShapeOf("z");
        return new Latent(autoencoder.Space, golden["z"], (int)shape[0], (int)shape[2], (int)shape[3]);
    }

    private float[] Tensor(string file, string name)
    {
        using SafetensorsFile tensors = SafetensorsFile.Open(place.File(file));
        return tensors.Read(tensors.Tensors[name]);
    }
}
