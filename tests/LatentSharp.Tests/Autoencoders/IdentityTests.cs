using LatentSharp.Autoencoders.Catalogue;
using LatentSharp.Autoencoders.Conversion;
using LatentSharp.Autoencoders.Families;
using LatentSharp.Models.Autoencoders;
using LatentSharp.Tensors;
using LatentSharp.Tests.Weights;
using LatentSharp.Weights;
using LatentSharp.Weights.Files;
using LatentSharp.Weights.Identity;

namespace LatentSharp.Tests.Autoencoders;

/// <summary>
/// Published files are recognised by what they contain: under another name, in another layout, in another type; and the constants that a
/// file brings itself count.
/// </summary>
public sealed class IdentityTests : IDisposable
{
    private static readonly DigestLevel[] Levels = Enum.GetValues<DigestLevel>();

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    // The catalogue's digests are those of the files: what `latent inspect FILE --entry` writes.
    [Theory]
    [InlineData("taesd_encoder.safetensors")]
    [InlineData("taesd_decoder.safetensors")]
    [InlineData("taesdxl_encoder.safetensors")]
    [InlineData("taesdxl_decoder.safetensors")]
    [InlineData("taesd3_encoder.safetensors")]
    [InlineData("taesd3_decoder.safetensors")]
    [InlineData("taef1_encoder.safetensors")]
    [InlineData("taef1_decoder.safetensors")]
    [InlineData("taef2_encoder.pth")]
    [InlineData("taef2_decoder.pth")]
    public void The_catalogue_has_every_file_at_hand(string name)
    {
        string path = Shared.Path("models/tiny/" + name);
        using WeightFile file = WeightFiles.Open(path);
        CanonicalWeights weights = CanonicalWeights.From(file);
        PublishedFile known = PublishedFiles.BuiltIn.OfDigest(FileDigest.Sha256(path))!;
        Assert.Equal((name, new FileInfo(path).Length), (known.FileName, known.Bytes!.Value));
        AutoencoderPart half = name.Contains("encoder", StringComparison.Ordinal) ? AutoencoderPart.Encoder : AutoencoderPart.Decoder;
        Assert.Equivalent(PublishedContent.Of(weights, half, ContentDigest.Compute(weights, Levels)),
            half == AutoencoderPart.Encoder ? known.Encoder : known.Decoder, strict: true);
        FileIdentity identity = Assert.Single(PublishedFiles.BuiltIn.Identify(weights, digests: ContentDigest.Compute(weights, Levels)));
        Assert.Equal((known, half, IdentityProof.Content, DigestLevel.Exact),
            (identity.File, identity.Part, identity.Proof, identity.Level));
    }

    [Theory]
    [InlineData(null, DigestLevel.Exact)]
    [InlineData(ElementType.F32, DigestLevel.Exact)]
    [InlineData(ElementType.BF16, DigestLevel.BF16)]
    [InlineData(ElementType.F8_E4M3, DigestLevel.F8_E4M3)]
    public void A_renamed_pair_in_another_layout_and_type_is_named(ElementType? type, DigestLevel level)
    {
        // TAEF2 is published in F16, so that BF16 really rounds.
        using WeightFile encoder = WeightFiles.Open(Shared.Path("models/tiny/taef2_encoder.pth")),
            decoder = WeightFiles.Open(Shared.Path("models/tiny/taef2_decoder.pth"));
        WeightConversion.Convert(CanonicalWeights.From(encoder, decoder), folder.File("x.safetensors"),
            new WeightConversionOptions { Naming = WeightNaming.Diffusers, Type = type });
        using WeightFile copy = WeightFiles.Open(folder.File("x.safetensors"));
        CanonicalWeights weights = CanonicalWeights.From(copy);
        IReadOnlyList<FileIdentity> found = PublishedFiles.BuiltIn.Identify(weights, digests: ContentDigest.Compute(weights, Levels));
        Assert.Equal([("taef2_encoder.pth", AutoencoderPart.Encoder, IdentityProof.Content, level),
            ("taef2_decoder.pth", AutoencoderPart.Decoder, IdentityProof.Content, level)], found.Select(i => (i.File.FileName, i.Part, i.Proof, i.Level)));
        // Without reading everything the sketch says the same, a little less surely.
        Assert.Equal(["taef2_encoder.pth", "taef2_decoder.pth"], PublishedFiles.BuiltIn.Identify(weights).Select(i => i.File.FileName));
    }

    [Fact]
    public void A_bf16_copy_under_a_name_that_says_nothing_keeps_its_family()
    {
        foreach ((string name, AutoencoderFamily family) in new[] { ("taesd", AutoencoderFamily.Taesd),
            ("taesdxl", AutoencoderFamily.Taesdxl), ("taesd3", AutoencoderFamily.Taesd3), ("taef1", AutoencoderFamily.Taef1) })
        {
            string copy = folder.File(family.Id.Length + "-" + family.Space.Scale[0].GetHashCode() + ".safetensors");
            using (WeightFile encoder = WeightFiles.Open(Shared.Path($"models/tiny/{name}_encoder.safetensors")))
                WeightConversion.Convert(encoder, copy,
                    new WeightConversionOptions { Type = ElementType.F16, Naming = WeightNaming.Diffusers });
            using Autoencoder autoencoder = Autoencoder.Open(copy);
            Assert.Equal((family, EvidenceSource.Catalogue), (autoencoder.Family, autoencoder.Evidence[0].Source));
        }
    }

    [Fact]
    public void Changed_weights_are_not_called_the_same()
    {
        using WeightFile file = WeightFiles.Open(Repository.Path("assets/models/flux1-mini.safetensors"));
        CanonicalWeights original = CanonicalWeights.From(file);
        FileIdentity whole = Assert.Single(PublishedFiles.BuiltIn.Identify(original, digests: ContentDigest.Compute(original, Levels)));
        Assert.Equal(("flux1-mini.safetensors", AutoencoderPart.Vae, IdentityProof.Content), (whole.File.FileName, whole.Part, whole.Proof));

        var tuned = new MemoryWeights();
        foreach (TensorInfo tensor in original.Tensors.Values)
            tuned.Add(tensor.Name, tensor.Name == "decoder.conv_out.bias" ? [0.1f, 0.2f, 0.3f] : original.Read(tensor), [.. tensor.Shape.Dimensions]);
        CanonicalWeights weights = CanonicalWeights.From(tuned);
        Assert.Equal([(AutoencoderPart.Encoder, IdentityProof.Content), (AutoencoderPart.Decoder, IdentityProof.Sketch)],
            PublishedFiles.BuiltIn.Identify(weights, digests: ContentDigest.Compute(weights, Levels)).Select(i => (i.Part, i.Proof)));

        Assert.Empty(PublishedFiles.BuiltIn.Identify(CanonicalWeights.From(SmallKL.Create(16)), bytes: 12));
        // A size proves nothing where the SHA-256 is known and differs.
        Assert.Equal(IdentityProof.Size,
            Assert.Single(PublishedFiles.BuiltIn.Identify(CanonicalWeights.From(SmallKL.Create(16)), 335_304_388)).Proof);
        Assert.Empty(PublishedFiles.BuiltIn.Identify(CanonicalWeights.From(SmallKL.Create(16)), 335_304_388, new string('0', 64)));
    }

    [Fact]
    public void Users_can_add_the_content_of_a_file()
    {
        string own = folder.Write(PublishedFiles.UserFileName,
            """[{"file": "mine.safetensors", "family": "sdxl", "encoder": {"parameters": 12, "bf16": "00ff"}}]"""u8.ToArray());
        PublishedContent content = PublishedFiles.Load(own).All[0].Encoder!;
        Assert.Equal((12, "00ff", null), (content.Parameters, content.Digests[DigestLevel.BF16], content.Sketch));
        folder.Write(PublishedFiles.UserFileName,
            """[{"file": "mine.safetensors", "family": "sdxl", "encoder": {"parameters": 12, "sketch": "short"}}]"""u8.ToArray());
        Assert.Contains("not a catalogue", Assert.Throws<LatentSharpException>(() => PublishedFiles.Load(own)).Message,
            StringComparison.Ordinal);
    }

    // Playground v2.5 keeps mean and deviation of its latents in its checkpoint (autoencoders.md 4): z = (m - mean) * 0.5 / std.
    [Fact]
    public void The_mean_and_deviation_in_a_checkpoint_are_read()
    {
        MemoryWeights checkpoint = SmallKL.Create(4, quant: true, prefix: "first_stage_model.");
        checkpoint.Add("edm_mean", [1, 2, 3, 4], 1, 4, 1, 1);
        checkpoint.Add("edm_std", [5, 4, 2, 1], 1, 4, 1, 1);
        using (Autoencoder autoencoder = Autoencoder.Open(SmallKL.Write(folder.File("p.safetensors"), checkpoint)))
        {
            Assert.Equal(AutoencoderFamily.Playground25, autoencoder.Family);
            Assert.Equal([0.1f, 0.125f, 0.25f, 0.5f], autoencoder.Space.Scale);
            Assert.Equal([1f, 2f, 3f, 4f], autoencoder.Space.Shift);
            // Taken out of the checkpoint it still knows.
            using WeightFile source = WeightFiles.Open(folder.File("p.safetensors"));
            WeightConversion.Convert(source, folder.File("vae.safetensors"),
                new WeightConversionOptions { Metadata = autoencoder.IdentifyingMetadata });
        }
        using (Autoencoder extracted = Autoencoder.Open(folder.File("vae.safetensors")))
        {
            Assert.Equal((AutoencoderFamily.Playground25, EvidenceSource.Metadata), (extracted.Family, extracted.Evidence[0].Source));
            Assert.Equal([0.1f, 0.125f, 0.25f, 0.5f], extracted.Space.Scale);
        }
        checkpoint.Add("edm_std", [5, 0, 2, 1], 1, 4, 1, 1);
        Assert.Contains("edm_std",
            Assert.Throws<LatentSharpException>(() => Autoencoder.Open(SmallKL.Write(folder.File("p.safetensors"), checkpoint))).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_configuration_with_constants_of_its_own_is_honoured()
    {
        string path = SmallKL.Write(folder.File("diffusion_pytorch_model.safetensors"), SmallKL.Create(4, quant: true));
        folder.Write("config.json", """{"_class_name": "AutoencoderKL", "scaling_factor": 0.25, "shift_factor": 0.5}"""u8.ToArray());
        using (Autoencoder variant = Autoencoder.Open(path))
        {
            Assert.Equal((0.25f, 0.5f), (variant.Space.Scale[0], variant.Space.Shift[0]));
            Assert.Contains(variant.Notes, n => n.Contains("config.json", StringComparison.Ordinal));
        }
        // Playground's vae/config.json: latents_mean and latents_std with scaling_factor 0.5.
        folder.Write("config.json",
            """
            {"_class_name": "AutoencoderKL", "scaling_factor": 0.5,
            "latents_mean": [-1.6574, 1.886, -1.383, 2.5155], "latents_std": [8.4927, 5.9022, 6.5498, 5.2299]}
            """u8.ToArray());
        using Autoencoder playground = Autoencoder.Open(path);
        Assert.Equal((AutoencoderFamily.Playground25, EvidenceSource.Configuration), (playground.Family, playground.Evidence[0].Source));
    }

    // ComfyUI keeps the scale that it undoes around a tiny autoencoder in its state: 0.3611 is FLUX.1's, 1.5305 Stable Diffusion 3's.
    [Theory]
    [InlineData(1.5305f, "taesd3")]
    [InlineData(0.3611f, "taef1")]
    public void The_scale_beside_a_tiny_autoencoder_tells_its_family(float scale, string family)
    {
        using WeightFile encoder = WeightFiles.Open(Shared.Path("models/tiny/taesd3_encoder.safetensors"));
        var comfy = new MemoryWeights();
        foreach (TensorInfo tensor in encoder.Tensors.Values)
            comfy.Add("taesd_encoder." + tensor.Name, encoder.Read(tensor), [.. tensor.Shape.Dimensions]);
        comfy.Add("vae_scale", [scale]);
        comfy.Add("vae_shift", [0f]);
        using Autoencoder autoencoder = Autoencoder.Open(SmallKL.Write(folder.File("x.safetensors"), comfy));
        Assert.Equal((family, EvidenceSource.Metadata), (autoencoder.Family.Id, autoencoder.Evidence[0].Source));
    }

    [Fact]
    public void A_guess_is_not_written_down()
    {
        using Autoencoder guessed = Autoencoder.Open(SmallKL.Write(folder.File("sdxl_vae.safetensors"), SmallKL.Create(4, quant: true)));
        Assert.Equal(EvidenceSource.FileName, guessed.Evidence[0].Source);
        Assert.Empty(guessed.IdentifyingMetadata);
        using Autoencoder named = Autoencoder.Open(folder.File("sdxl_vae.safetensors"), new AutoencoderOptions { Family = AutoencoderFamily.Sdxl });
        Assert.Equal(new Dictionary<string, string> { [AutoencoderMetadata.FamilyKey] = "sdxl" }, named.IdentifyingMetadata);
    }
}
