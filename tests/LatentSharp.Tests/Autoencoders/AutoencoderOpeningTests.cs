using LatentSharp.Autoencoders.Catalogue;
using LatentSharp.Autoencoders.Families;
using LatentSharp.Weights;

namespace LatentSharp.Tests.Autoencoders;

/// <summary>
/// What a file is taken for, and why: structure, metadata, configuration, the rest of the checkpoint, the name; and what is refused.
/// </summary>
public sealed class AutoencoderOpeningTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("latentsharp-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData(16, "ae.safetensors", "flux1", EvidenceSource.FileName)]
    [InlineData(16, "something.safetensors", "flux1", EvidenceSource.Assumption)]
    [InlineData(16, "sd3_vae.safetensors", "sd3", EvidenceSource.FileName)]
    [InlineData(4, "sdxl_vae.safetensors", "sdxl", EvidenceSource.FileName)]
    [InlineData(4, "something.safetensors", "sd1", EvidenceSource.Assumption)]
    [InlineData(32, "something.safetensors", "flux2", EvidenceSource.Structure)]
    public void FamiliesAreTold(int channels, string file, string family, EvidenceSource source)
    {
        using Autoencoder autoencoder =
            Autoencoder.Open(SmallKL.Write(Path.Combine(folder, file), SmallKL.Create(channels, quant: channels != 16)));
        Assert.Equal((family, source), (autoencoder.Family.Id, autoencoder.Evidence[0].Source));
        Assert.Equal(AutoencoderFamily.Find(family)!.Space, autoencoder.Space);
    }

    [Fact]
    public void MetadataOutweighsTheFileName()
    {
        var metadata = new Dictionary<string, string> { ["modelspec.architecture"] = "Flux.1-AE" };
        using Autoencoder autoencoder =
            Autoencoder.Open(SmallKL.Write(Path.Combine(folder, "sd3.safetensors"), SmallKL.Create(16), metadata));
        Assert.Equal(("flux1", EvidenceSource.Metadata), (autoencoder.Family.Id, autoencoder.Evidence[0].Source));
        Assert.Contains(autoencoder.Notes, n => n.Contains("speaks for Stable Diffusion 3", StringComparison.Ordinal));
    }

    [Fact]
    public void AConfigurationBesideTheWeightsCounts()
    {
        string path = SmallKL.Write(Path.Combine(folder, "diffusion_pytorch_model.safetensors"), SmallKL.Create(4, quant: true));
        File.WriteAllText(Path.Combine(folder, "config.json"), """{"_class_name": "AutoencoderKL", "scaling_factor": 0.13025}""");
        using Autoencoder file = Autoencoder.Open(path), opened = Autoencoder.Open(folder);
        Assert.Equal((LatentSpace.Sdxl, LatentSpace.Sdxl), (file.Space, opened.Space));
        Assert.Equal(EvidenceSource.Configuration, file.Evidence[0].Source);
    }

    [Fact]
    public void TheRestOfACheckpointCounts()
    {
        MemoryWeights checkpoint = SmallKL.Create(16, prefix: "first_stage_model.");
        checkpoint.Add("model.diffusion_model.joint_blocks.0.x_block.attn.qkv.weight", [1f], 1);
        using Autoencoder autoencoder = Autoencoder.Open(SmallKL.Write(Path.Combine(folder, "checkpoint.safetensors"), checkpoint));
        Assert.Equal(("sd3", EvidenceSource.Checkpoint), (autoencoder.Family.Id, autoencoder.Evidence[0].Source));
    }

    [Fact]
    public void ThreeLevelsAreTheUpscaler()
    {
        using Autoencoder autoencoder =
            Autoencoder.Open(SmallKL.Write(Path.Combine(folder, "vae.safetensors"), SmallKL.Create(4, levels: 3, quant: true)));
        Assert.Equal(LatentSpace.SdUpscaler, autoencoder.Space);
        Latent latent = autoencoder.Encode(EmbeddedAutoencoderTests.Gradient(1, 14, 9));
        Assert.Equal((4, 3), (latent.Height, latent.Width));
        ImageTensor picture = autoencoder.Decode(latent);
        Assert.Equal((14, 9), (picture.Height, picture.Width));
    }

    [Fact]
    public void UnknownNumbersOfChannelsWorkUnscaled()
    {
        using Autoencoder autoencoder = Autoencoder.Open(SmallKL.Write(Path.Combine(folder, "vae.safetensors"), SmallKL.Create(6)));
        Assert.Equal(("unnamed-f8c6", 1f), (autoencoder.Space.Id, autoencoder.Space.Scale[0]));
        Assert.Equal(6, autoencoder.Encode(EmbeddedAutoencoderTests.Gradient(1, 8, 8)).Channels);
    }

    [Fact]
    public void TheCallerMayNameTheFamilyIfItFits()
    {
        string path = SmallKL.Write(Path.Combine(folder, "ae.safetensors"), SmallKL.Create(16));
        using (Autoencoder autoencoder = Autoencoder.Open(path, new AutoencoderOptions { Family = AutoencoderFamily.Sd3 }))
            Assert.Equal(LatentSpace.Sd3, autoencoder.Space);
        LatentSharpException error = Assert.Throws<LatentSharpException>(
            () => Autoencoder.Open(path, new AutoencoderOptions { Family = AutoencoderFamily.Sdxl }));
        Assert.Equal(ErrorKind.Mismatch, error.Kind);
    }

    [Fact]
    public void MissingTensorsAreListedInGroups()
    {
        MemoryWeights damaged = SmallKL.Without(SmallKL.Create(16),
            n => n.StartsWith("decoder.up.2.", StringComparison.Ordinal) || n == "encoder.norm_out.bias");
        LatentSharpException error = Assert.Throws<LatentSharpException>(
            () => Autoencoder.Open(SmallKL.Write(Path.Combine(folder, "ae.safetensors"), damaged)));
        Assert.Equal(ErrorKind.BadInput, error.Kind);
        Assert.Contains("decoder.up.2.", error.Message, StringComparison.Ordinal);
        Assert.Contains("encoder.norm_out.bias", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AHalfWorksAsFarAsItGoes()
    {
        MemoryWeights half = SmallKL.Without(SmallKL.Create(16), n => n.StartsWith("encoder.", StringComparison.Ordinal));
        using Autoencoder autoencoder = Autoencoder.Open(SmallKL.Write(Path.Combine(folder, "decoder-only.safetensors"), half));
        Assert.Equal((false, true), (autoencoder.CanEncode, autoencoder.CanDecode));
        Assert.Contains("encoder is missing",
            Assert.Throws<LatentSharpException>(() => autoencoder.Encode(EmbeddedAutoencoderTests.Gradient(1, 8, 8))).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void FilesWithoutAnAutoencoderAreRefused()
    {
        var weights = new MemoryWeights();
        weights.Add("model.diffusion_model.input_blocks.0.0.weight", [1f], 1);
        LatentSharpException error = Assert.Throws<LatentSharpException>(
            () => Autoencoder.Open(SmallKL.Write(Path.Combine(folder, "unet.safetensors"), weights)));
        Assert.Contains("no autoencoder that is known", error.Message, StringComparison.Ordinal);
        Assert.Equal(ErrorKind.NotFound, Assert.Throws<LatentSharpException>(() => Autoencoder.Open(Path.Combine(folder, "nothing.safetensors"))).Kind);
    }

    // The telling tensors are those of ComfyUI's comfy/sd.py (autoencoders.md 13.1).
    [Theory]
    [InlineData("vae.decoder.up_blocks.0.res_blocks.0.conv1.conv.weight", 8, "LTX-Video")]
    public void KnownArchitecturesThatAreNotOpenedAreNamed(string tensor, int size, string name)
    {
        var weights = new MemoryWeights();
        weights.Add(tensor, new float[size], size);
        LatentSharpException error = Assert.Throws<LatentSharpException>(
            () => Autoencoder.Open(SmallKL.Write(Path.Combine(folder, "other.safetensors"), weights)));
        Assert.Contains(name, error.Message, StringComparison.Ordinal);
        Assert.Contains("FLUX.1", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void StableVideoDiffusionIsNotTakenForItsLookAlike()
    {
        MemoryWeights video = SmallKL.Create(4, quant: true, prefix: "first_stage_model.");
        video.Add("first_stage_model.decoder.mid.block_1.mix_factor", [0f], 1);
        Assert.Contains("Stable Video Diffusion",
            Assert.Throws<LatentSharpException>(
                () => Autoencoder.Open(SmallKL.Write(Path.Combine(folder, "svd.safetensors"), video))).Message, StringComparison.Ordinal);
    }

    /// <summary>Torch checkpoints of the golden data: a full checkpoint with a prefix, and the legacy container.</summary>
    [Theory]
    [InlineData("golden/sd-vae/sd-ch32.ckpt")]
    [InlineData("golden/sd-vae/sd-ch32-legacy.ckpt")]
    public void TorchCheckpointsGiveTheSameLatentsAsSafetensors(string path)
    {
        using Autoencoder torch = Autoencoder.Open(Shared.Path(path)), safetensors = Autoencoder.Open(Shared.Path("golden/sd-vae/sd-ch32.safetensors"));
        ImageTensor image = EmbeddedAutoencoderTests.Gradient(1, 16, 24);
        Assert.Equal(safetensors.Encode(image).Values, torch.Encode(image).Values);
    }

    [Fact]
    public void TheCatalogueKnowsPublishedFilesAndCanBeExtended()
    {
        Assert.Equal("flux1", PublishedFiles.BuiltIn.OfSize(335_304_388)!.Family);
        Assert.Equal("sdxl_vae.safetensors", PublishedFiles.BuiltIn.OfDigest("63AEECB90FF7BC1C115395962D3E803571385B61938377BC7089B36E81E92E2E")!.FileName);
        Assert.All(PublishedFiles.BuiltIn.All, f => Assert.NotNull(AutoencoderFamily.Find(f.Family)));
        string own = Path.Combine(folder, PublishedFiles.UserFileName);
        File.WriteAllText(own, """[{"file": "mine.safetensors", "family": "sdxl", "bytes": 12}]""");
        Assert.Equal("mine.safetensors", PublishedFiles.Load(own).OfSize(12)!.FileName);
        File.WriteAllText(own, "{}");
        Assert.Contains("not a catalogue", Assert.Throws<LatentSharpException>(() => PublishedFiles.Load(own)).Message,
            StringComparison.Ordinal);
    }
}
