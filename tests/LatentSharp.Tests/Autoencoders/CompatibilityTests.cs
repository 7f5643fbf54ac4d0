using LatentSharp.Autoencoders.Checks;
using LatentSharp.Autoencoders.Families;
using LatentSharp.Weights;
using LatentSharp.Weights.Files;

namespace LatentSharp.Tests.Autoencoders;

/// <summary>Right and wrong pairings of real autoencoders (the TAESD family) and photographs.</summary>
public sealed class CompatibilityTests
{
    private static readonly string[] Tiny = ["taesd", "taesdxl", "taesd3", "taef1"];

    [Fact]
    public void EveryPairingOfTinyAutoencodersIsJudgedRightly()
    {
        Autoencoder[] all = [.. Tiny.Select(n => Autoencoder.Open(Shared.Path($"models/tiny/{n}_encoder.safetensors")))];
        var image = PictureFile.Load(Shared.Path("golden/tiny/photo-a.png")).Image;
        foreach (Autoencoder writer in all)
        {
            Latent latent = writer.Encode(image);
            foreach (Autoencoder reader in all)
            {
                CompatibilityReport report = Compatibility.Check(reader, latent);
                string said = $"{writer.Name} read by {reader.Name}: {string.Join("; ", report.Findings.Select(f => $"{f.Aspect} {f.Verdict}: {f.Text}"))}";
                if (writer == reader) Assert.True(report.Verdict == CompatibilityVerdict.Fits && report.Advice is null, said);
                else Assert.True(!report.IsCompatible && report.Advice is not null, said);
            }
        }
        foreach (Autoencoder autoencoder in all) autoencoder.Dispose();
    }

    /// <summary>A latent that claims the wrong space: names agree, values do not.</summary>
    [Theory]
    [InlineData("taesdxl", "taesd", false)]      // too alike for the consistency probe
    [InlineData("taesd3", "taef1", true)]
    public void AFalseClaimIsFoundOut(string writer, string reader, bool byConsistencyToo)
    {
        using Autoencoder wrote = Autoencoder.Open(Shared.Path($"models/tiny/{writer}_encoder.safetensors")),
            reads = Autoencoder.Open(Shared.Path($"models/tiny/{reader}_encoder.safetensors"));
        Latent latent = wrote.Encode(PictureFile.Load(Shared.Path("golden/tiny/photo-a.png")).Image);
        CompatibilityReport report = Compatibility.Check(reads, new Latent(reads.Space, latent.Values, 1, latent.Height, latent.Width));
        string said = string.Join("; ", report.Findings.Select(f => $"{f.Aspect} {f.Verdict}: {f.Text}"));
        Assert.True(Verdict(CompatibilityAspect.Identity) == CompatibilityVerdict.Fits
            && Verdict(CompatibilityAspect.Statistics) == CompatibilityVerdict.Mismatch, said);
        Assert.True(byConsistencyToo == Verdict(CompatibilityAspect.Consistency) >= CompatibilityVerdict.Suspicious, said);
        Assert.Contains(wrote.Family.Title, report.Advice, StringComparison.Ordinal);

        CompatibilityVerdict Verdict(CompatibilityAspect aspect) => report.Findings.Single(f => f.Aspect == aspect).Verdict;
    }

    [Theory]
    [InlineData("taesd", "taesd")]
    [InlineData("taesdxl", "taesdxl")]
    [InlineData("taesd3", "taesd3")]
    [InlineData("taef1", "taef1")]
    public void TheBuiltInProbeTellsLookAlikesApart(string file, string family)
    {
        using Autoencoder autoencoder = Autoencoder.Open(Shared.Path($"models/tiny/{file}_encoder.safetensors"));
        Evidence evidence = StatisticalEvidence.Of(autoencoder)!;
        Assert.True(evidence.Family.Id == family && evidence.Confidence > 0.5, $"{evidence}, confidence {evidence.Confidence}");
    }

    [Fact]
    public void TheEmbeddedAutoencoderIsToldFromStableDiffusion3()
    {
        Evidence evidence = StatisticalEvidence.Of(EmbeddedAutoencoder.Shared)!;
        Assert.True(evidence.Family == AutoencoderFamily.Flux1 && evidence.Confidence > 0.5,
            $"{evidence}, confidence {evidence.Confidence}");
    }

    [Theory]
    [InlineData(4)]
    [InlineData(16)]
    public void RandomWeightsAreTakenForNothing(int channels)
    {
        string path = Path.Combine(Directory.CreateTempSubdirectory("latentsharp-").FullName, "x.safetensors");
        try
        {
            using Autoencoder autoencoder = Autoencoder.Open(SmallKL.Write(path, SmallKL.Create(channels, quant: channels == 4)));
            Evidence evidence = StatisticalEvidence.Of(autoencoder)!;
            Assert.True(evidence.Confidence < 0.5, $"{evidence}, confidence {evidence.Confidence}");
        }
        finally
        {
            Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
        }
    }

    /// <summary>
    /// TAESD3 under a name that says nothing, its weights rescaled so that the catalogue does not know them: FLUX.1 is assumed, and the
    /// latents that it makes give it away.
    /// </summary>
    [Fact]
    public void AWrongAssumptionIsFoundOutByTheProbe()
    {
        string folder = Directory.CreateTempSubdirectory("latentsharp-").FullName;
        try
        {
            foreach (string half in (string[])["encoder", "decoder"])
            {
                using WeightFile file = WeightFiles.Open(Shared.Path($"models/tiny/taesd3_{half}.safetensors"));
                SmallKL.Write(Path.Combine(folder, $"unknown_{half}.safetensors"), Rescaled(file));
            }
            using Autoencoder autoencoder = Autoencoder.Open(Path.Combine(folder, "unknown_encoder.safetensors"));
            Assert.Equal((LatentSpace.Flux1, EvidenceSource.Assumption, "unknown"),
                (autoencoder.Space, autoencoder.Evidence[0].Source, autoencoder.Name));
            Assert.True(Compatibility.Check(autoencoder, ModelHint.Named("flux1-dev"), probe: false).IsCompatible);
            CompatibilityReport report = Compatibility.Check(autoencoder, ModelHint.Named("flux1-dev"));
            Assert.Equal(CompatibilityVerdict.Mismatch, report.Findings.Single(f => f.Aspect == CompatibilityAspect.Statistics).Verdict);
            Assert.Contains("ae.safetensors", report.Advice, StringComparison.Ordinal);
            // For the model that it does fit, the assumption does not stand in the way.
            Assert.Equal(CompatibilityVerdict.Mismatch, report.Findings.Single(f => f.Aspect == CompatibilityAspect.Identity).Verdict);
            Assert.Equal(CompatibilityVerdict.Fits, Compatibility.Check(autoencoder, ModelHint.Named("sd3")).Verdict);
            Assert.Equal(CompatibilityVerdict.Unknown, Compatibility.Check(autoencoder, ModelHint.Named("sd3"), probe: false).Verdict);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void ModelsAreKnownByNameAndByTheirTensors()
    {
        Assert.True(Compatibility.Check(EmbeddedAutoencoder.Shared, ModelHint.Named("FLUX.1-dev")).IsCompatible);
        CompatibilityReport wrong = Compatibility.Check(EmbeddedAutoencoder.Shared, ModelHint.Named("sd3"));
        Assert.Equal((CompatibilityVerdict.Fits, CompatibilityVerdict.Mismatch), (wrong.Findings[0].Verdict, wrong.Findings[1].Verdict));
        Assert.Contains("TAESD3", wrong.Advice, StringComparison.Ordinal);
        Assert.Equal(ErrorKind.NotFound, Assert.Throws<LatentSharpException>(() => ModelHint.Named("no such model")).Kind);

        var checkpoint = new MemoryWeights("checkpoint");
        checkpoint.Add("model.diffusion_model.joint_blocks.0.context_block.mlp.fc1.weight", [1f], 1);
        Assert.Equal(LatentSpace.Sd3, ModelHint.Of(checkpoint).Space);
    }

    // The same function in other numbers: what lies between two ReLUs of a block may be scaled, channel by channel, and unscaled behind the
    // second.
    private static MemoryWeights Rescaled(WeightSource source)
    {
        var random = new Random(1);
        var result = new MemoryWeights();
        var scales = new Dictionary<string, float[]>();
        foreach (TensorInfo tensor in source.Tensors.Values.OrderBy(t => t.Name, StringComparer.Ordinal))
        {
            float[] values = source.Read(tensor);
            int outputs = (int)tensor.Shape[0], each = values.Length / outputs;
            string[] parts = tensor.Name.Split('.');
            float[]? scale = parts is [_, "conv", "0" or "2", _] ? Scale($"{parts[0]}.{parts[2]}", outputs) : null;
            float[]? before = parts is [_, "conv", "2" or "4", "weight"]
                ? Scale($"{parts[0]}.{(parts[2] == "2" ? "0" : "2")}", (int)tensor.Shape[1]) : null;
            int kernel = before is null ? 1 : each / before.Length;
            for (int i = 0; i < values.Length; i++) values[i] *= (scale?[i / each] ?? 1) / (before?[i % each / kernel] ?? 1);
            result.Add(tensor.Name, values, [.. tensor.Shape.Dimensions]);
        }
        return result;

        float[] Scale(string layer, int channels)
        {
            if (!scales.TryGetValue(layer, out float[]? values))
                scales[layer] = values = [.. Enumerable.Range(0, channels).Select(_ => MathF.Pow(2, random.Next(-3, 4)))];
            return values;
        }
    }
}
