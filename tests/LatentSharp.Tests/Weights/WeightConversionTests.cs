using System.Text;
using LatentSharp.Autoencoders.Catalogue;
using LatentSharp.Autoencoders.Conversion;
using LatentSharp.Models.Autoencoders;
using LatentSharp.Tensors;
using LatentSharp.Weights;
using LatentSharp.Weights.Files;
using LatentSharp.Weights.Identity;

namespace LatentSharp.Tests.Weights;

public class WeightConversionTests
{
    public static TheoryData<string, WeightNaming, ElementType?> Conversions
    {
        get
        {
            var data = new TheoryData<string, WeightNaming, ElementType?>();
            foreach (string file in new[] { "golden/flux-ae/flux-ch32s.safetensors", "golden/flux2-ae/flux2-ch32-diffusers.safetensors",
                "golden/flux2-ae/flux2-ch32.safetensors", "golden/sd-vae/sd-ch32.ckpt" })
                foreach (WeightNaming naming in Enum.GetValues<WeightNaming>())
                    foreach (ElementType? type in new ElementType?[] { null, ElementType.F32, ElementType.F16, ElementType.BF16,
                        ElementType.F8_E4M3 })
                        data.Add(file, naming, type);
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Conversions))]
    public void There_and_back_the_content_is_the_same(string file, WeightNaming naming, ElementType? type)
    {
        Shared.Require(file);
        using var folder = new TemporaryFolder();
        using WeightFile source = WeightFiles.Open(Shared.Path(file));
        string there = folder.File("there.safetensors"), back = folder.File("back.safetensors");
        WeightConversionResult result = WeightConversion.Convert(source, there,
            new WeightConversionOptions { Naming = naming, Type = type });
        DigestLevel level = type is { } t ? DigestLevels.For(t) : DigestLevel.Exact;
        Assert.Equal(ContentDigest.Compute(source, level), result.Digest);
        using (WeightFile written = WeightFiles.Open(there))
        {
            CanonicalWeights canonical = CanonicalWeights.From(written);
            Assert.Equal(naming == WeightNaming.Diffusers ? "diffusers" : "BFL/LDM", canonical.Layout);
            Assert.Equal(("", 0, result.Tensors), (canonical.Prefix, canonical.Unused.Count, written.Tensors.Count));
            if (type is not null) Assert.Equal(type, canonical.Tensors["encoder.conv_in.weight"].Type);
            if (type is not null and not ElementType.F8_E4M3)
                Assert.All(canonical.Tensors.Values.Where(x => x.Type.IsFloat()), x => Assert.Equal(type, x.Type));
            Assert.Equal($"{level.Name()}:{result.Digest.Whole}", written.Metadata["latentsharp.digest"]);
            Assert.StartsWith(System.IO.Path.GetFileName(file), written.Metadata["latentsharp.converted_from"]);
            WeightConversion.Convert(written, back, new WeightConversionOptions { Naming = WeightNaming.Bfl, Type = ElementType.F32 });
            using WeightFile returned = WeightFiles.Open(back);
            Assert.Equal(ContentDigest.Compute(source, level), ContentDigest.Compute(returned, level));
        }
        Assert.Equal(2, Directory.GetFiles(folder.Path).Length);
    }

    // The names that each layout gives are those of the reference files (golden/flux2-ae holds the same weights in both).
    [Theory]
    [InlineData("golden/flux2-ae/flux2-ch32-diffusers.safetensors", WeightNaming.Bfl, "golden/flux2-ae/flux2-ch32.safetensors")]
    [InlineData("golden/flux2-ae/flux2-ch32.safetensors", WeightNaming.Diffusers, "golden/flux2-ae/flux2-ch32-diffusers.safetensors")]
    [InlineData("models/synthetic/flux-ch32-bf16.safetensors", WeightNaming.Diffusers, "models/synthetic/flux-ch32-diffusers.safetensors")]
    [InlineData("models/synthetic/flux-ch32-diffusers.safetensors", WeightNaming.Ldm, "models/synthetic/flux-ch32-bf16.safetensors")]
    public void Names_and_shapes_are_those_of_the_reference_file(string file, WeightNaming naming, string reference)
    {
        Shared.Require(file, reference);
        using var folder = new TemporaryFolder();
        using WeightFile source = WeightFiles.Open(Shared.Path(file)), expected = WeightFiles.Open(Shared.Path(reference));
        WeightConversion.Convert(source, folder.File("out.safetensors"), new WeightConversionOptions { Naming = naming });
        using WeightFile written = WeightFiles.Open(folder.File("out.safetensors"));
        Assert.Equal(expected.Tensors.Values.Select(t => (t.Name, t.Shape)).OrderBy(t => t.Name, StringComparer.Ordinal),
            written.Tensors.Values.Select(t => (t.Name, t.Shape)).OrderBy(t => t.Name, StringComparer.Ordinal));
    }

    [Theory]
    [InlineData(AutoencoderPart.Encoder)]
    [InlineData(AutoencoderPart.Decoder)]
    public void A_half_is_taken_out_of_a_checkpoint(AutoencoderPart part)
    {
        Shared.Require();
        using var folder = new TemporaryFolder();
        using WeightFile source = WeightFiles.Open(Shared.Path("golden/sd-vae/sd-ch32.safetensors"));
        WeightConversionResult result = WeightConversion.Convert(source, folder.File("half.safetensors"),
            new WeightConversionOptions { Part = part, Naming = WeightNaming.Ldm });
        using WeightFile half = WeightFiles.Open(folder.File("half.safetensors"));
        string own = part == AutoencoderPart.Encoder ? "encoder." : "decoder.", convolution = part == AutoencoderPart.Encoder
            ? "quant_conv." : "post_quant_conv.";
        Assert.All(half.Tensors.Keys,
            name => Assert.True(name.StartsWith(own, StringComparison.Ordinal)
                || name.StartsWith(convolution, StringComparison.Ordinal), name));
        Assert.Equal(source.Tensors.Count, half.Tensors.Count + result.LeftOut.Count);
        ContentDigest whole = ContentDigest.Compute(source, DigestLevel.Exact);
        Assert.Equal(part == AutoencoderPart.Encoder ? whole.Encoder : whole.Decoder, ContentDigest.Compute(half, DigestLevel.Exact).Whole);
    }

    [Fact]
    public void Tiny_autoencoders_go_through_every_layout()
    {
        Shared.Require();
        using var folder = new TemporaryFolder();
        using WeightFile encoder = WeightFiles.Open(Shared.Path("models/tiny/taef2_encoder.pth")),
            decoder = WeightFiles.Open(Shared.Path("models/tiny/taef2_decoder.pth"));
        CanonicalWeights pair = CanonicalWeights.From(encoder, decoder);
        ContentDigest expected = ContentDigest.Compute(pair, DigestLevel.Exact);
        foreach ((WeightNaming naming, string layout) in new[] { (WeightNaming.Diffusers, "TAESD (diffusers)"),
            (WeightNaming.Bfl, "TAESD (ComfyUI)") })
        {
            WeightConversion.Convert(pair, folder.File("pair.safetensors"), new WeightConversionOptions { Naming = naming });
            using WeightFile written = WeightFiles.Open(folder.File("pair.safetensors"));
            Assert.Equal(layout, CanonicalWeights.From(written).Layout);
            Assert.Equal(expected, ContentDigest.Compute(written, DigestLevel.Exact));
        }
        WeightConversion.Convert(pair, folder.File("half.safetensors"), new WeightConversionOptions { Part = AutoencoderPart.Decoder });
        using WeightFile half = WeightFiles.Open(folder.File("half.safetensors"));
        Assert.Equal("TAESD (decoder file)", CanonicalWeights.From(half).Layout);
        Assert.Equal(decoder.Tensors.Keys.Order(), half.Tensors.Keys.Order());
    }

    [Fact]
    public void Quantised_and_unknown_weights_are_copied_under_their_names()
    {
        Shared.Require();
        using var folder = new TemporaryFolder();
        using WeightFile source = WeightFiles.Open(Shared.Path("golden/gguf/flux-tiny-schnell.gguf"));
        WeightConversion.Convert(source, folder.File("out.safetensors"));
        using WeightFile written = WeightFiles.Open(folder.File("out.safetensors"));
        Assert.Equal(source.Tensors.Keys.Order(), written.Tensors.Keys.Order());
        foreach (TensorInfo tensor in source.Tensors.Values) Assert.Equal(source.Read(tensor), written.Read(written.Tensors[tensor.Name]));
        Assert.Contains("no autoencoder",
            Assert.Throws<LatentSharpException>(
                () => WeightConversion.Convert(source, folder.File("out.safetensors"),
                    new WeightConversionOptions { Part = AutoencoderPart.Decoder })).Message);
    }

    [Fact]
    public void Metadata_is_kept_and_impossible_requests_are_refused()
    {
        Shared.Require();
        using var folder = new TemporaryFolder();
        var weights = new MemoryWeights();
        weights.Add("w", [1, 2], 2);
        string path = folder.File("in.safetensors");
        SafetensorsWriter.Write(path, [SafetensorsEntry.Convert(weights, weights.Tensors["w"], "w", new Shape(2), ElementType.BF16)],
            new Dictionary<string, string> { ["modelspec.title"] = "mine", ["format"] = "np" });
        using WeightFile source = WeightFiles.Open(path);
        WeightConversion.Convert(source, folder.File("out.safetensors"));
        using (WeightFile written = WeightFiles.Open(folder.File("out.safetensors")))
        {
            Assert.Equal(("mine", "np"), (written.Metadata["modelspec.title"], written.Metadata["format"]));
            Assert.Equal(ElementType.BF16, written.Tensors["w"].Type);
        }
        Assert.Contains("replace the file", Assert.Throws<LatentSharpException>(() => WeightConversion.Convert(source, path)).Message);
        using WeightFile sana = WeightFiles.Open(Shared.Path("golden/dc-ae/sana-f32.safetensors"));
        Assert.Contains("diffusers names only",
            Assert.Throws<LatentSharpException>(
                () => WeightConversion.Convert(sana, folder.File("dc.safetensors"),
                    new WeightConversionOptions { Naming = WeightNaming.Bfl })).Message);
        using WeightFile decoder = WeightFiles.Open(Shared.Path("models/tiny/taef1_decoder.safetensors"));
        Assert.Contains("no encoder",
            Assert.Throws<LatentSharpException>(
                () => WeightConversion.Convert(decoder, folder.File("e.safetensors"),
                    new WeightConversionOptions { Part = AutoencoderPart.Encoder })).Message);
        Assert.Equal(["in.safetensors", "out.safetensors"],
            Directory.GetFiles(folder.Path).Select(f => System.IO.Path.GetFileName(f)).Order());
    }

    // While the source is read, while the result is written, and while it is read back.
    [Theory]
    [InlineData(0.1)]
    [InlineData(0.5)]
    [InlineData(0.9)]
    public void A_cancelled_conversion_ends_where_it_is_and_leaves_nothing(double at)
    {
        Shared.Require();
        using var folder = new TemporaryFolder();
        using WeightFile source = WeightFiles.Open(Shared.Path("golden/flux-ae/flux-ch32s.safetensors"));
        string path = folder.File("out.safetensors");
        using var cancellationToken = new CancellationTokenSource();
        var stopper = new Recorder(fraction => { if (fraction > at) cancellationToken.Cancel(); });
        Assert.Throws<OperationCanceledException>(() => WeightConversion.Convert(source, path, null, stopper, cancellationToken.Token));
        Assert.Empty(Directory.GetFiles(folder.Path));
        // Each report is a piece of a few megabytes at most. Digests are computed on all cores: each ends the piece that it has begun.
        Assert.InRange(stopper.Fractions.Count(f => f > at), 1, Environment.ProcessorCount);
    }

    [Fact]
    public void Progress_of_a_conversion_never_goes_back()
    {
        Shared.Require();
        using var folder = new TemporaryFolder();
        using WeightFile source = WeightFiles.Open(Shared.Path("golden/flux-ae/flux-ch32s.safetensors"));
        string path = folder.File("out.safetensors");
        var seen = new Recorder(_ => { });
        WeightConversion.Convert(source, path, null, seen);
        Assert.Equal(seen.Fractions.Order(), seen.Fractions);
        Assert.Equal(1, seen.Fractions[^1], 1e-9);
    }

    private sealed class Recorder(Action<double> seen) : IProgress<double>
    {
        public List<double> Fractions { get; } = [];

        public void Report(double value)
        {
            Fractions.Add(value);
            seen(value);
        }
    }

    // A checkpoint of 7 GB, of which the file system stores only the autoencoder: opening it, digest and conversion hold a few megabytes at
    // a time. Runs where files may have holes.
    [Fact]
    public void A_checkpoint_of_7_GB_is_converted_in_little_memory()
    {
        Shared.Require();
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs sparse files");
        using var folder = new TemporaryFolder();
        using WeightFile vae = WeightFiles.Open(Shared.Path("models/synthetic/flux-ch32-bf16.safetensors"));
        string path = folder.File("checkpoint.safetensors");
        const string unet = "model.diffusion_model.big.weight";
        const long unetBytes = 7L << 30;
        using (var memory = new MemoryStream())
        {
            SafetensorsWriter.Write(memory, vae.Tensors.Values.Select(t => SafetensorsEntry.Copy(vae, t, "vae." + t.Name, t.Shape)));
            byte[] bytes = memory.ToArray();
            int length = 8 + BitConverter.ToInt32(bytes);
            string header = Encoding.UTF8.GetString(bytes, 8, length - 8).TrimEnd()[..^1]
                + $",\"{unet}\":{{\"dtype\":\"F32\",\"shape\":[{unetBytes / 4}],"
                + $"\"data_offsets\":[{bytes.Length - length},{bytes.Length - length + unetBytes}]}}}}";
            using FileStream stream = File.Create(path);
            stream.Write(BitConverter.GetBytes((long)Encoding.UTF8.GetByteCount(header)));
            stream.Write(Encoding.UTF8.GetBytes(header));
            stream.Write(bytes, length, bytes.Length - length);
            stream.SetLength(stream.Position + unetBytes);
        }
        using WeightFile checkpoint = WeightFiles.Open(path);
        Assert.Equal(unetBytes, checkpoint.Tensors[unet].ByteLength);
        long before = GC.GetAllocatedBytesForCurrentThread();
        WeightConversionResult result = WeightConversion.Convert(checkpoint, folder.File("vae.safetensors"),
            new WeightConversionOptions { Type = ElementType.F16 });
        Assert.Equal([unet], result.LeftOut);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 200 << 20);
        using WeightFile written = WeightFiles.Open(folder.File("vae.safetensors"));
        Assert.Equal(ContentDigest.Compute(vae, DigestLevel.F16), ContentDigest.Compute(written, DigestLevel.F16));
    }
}
