using System.Text.Json;
using LatentSharp.Models.Autoencoders;
using LatentSharp.Tensors;
using LatentSharp.Weights;
using LatentSharp.Weights.Files;

namespace LatentSharp.Tests.Weights;

/// <summary>The full-size models, by their names and shapes alone.</summary>
public class PublishedModelTests
{
    [Theory]
    [InlineData("flux1-ae-diffusers", "flux1-ae", "diffusers")]
    [InlineData("sd3-vae-diffusers", "sd3-vae", "diffusers")]
    [InlineData("sd-vae-diffusers", "sd-vae-bare", "diffusers")]
    [InlineData("sdxl-vae-diffusers", "sd-vae-bare", "diffusers")]
    [InlineData("sd-vae-diffusers-legacy", "sd-vae-bare", "diffusers (legacy attention names)")]
    [InlineData("sd-vae", "sd-vae-bare", "BFL/LDM")]
    [InlineData("flux2-ae-diffusers", "flux2-ae", "diffusers")]
    public void Every_layout_leads_to_the_same_names_and_shapes(string manifest, string reference, string layout)
    {
        Shared.Require($"spec/manifests/{manifest}.json");
        CanonicalWeights found = CanonicalWeights.From(new NamesOnly(manifest)), expected = CanonicalWeights.From(new NamesOnly(reference));
        Assert.Equal(layout, found.Layout);
        Assert.Empty(found.Unused);
        Assert.Equal(Listed(expected), Listed(found));
    }

    [Theory]
    [InlineData("taef1")]
    [InlineData("taesd")]
    public void The_diffusers_file_of_a_tiny_autoencoder_is_its_encoder_and_decoder(string name)
    {
        Shared.Require("spec/manifests");
        CanonicalWeights pair = CanonicalWeights.From(new NamesOnly($"{name}-encoder"), new NamesOnly($"{name}-decoder"));
        Assert.Equal(Listed(pair), Listed(CanonicalWeights.From(new NamesOnly($"{name}-diffusers"))));
    }

    [Theory]
    [InlineData("taef2")]
    [InlineData("taesana")]
    public void Halves_of_tiny_autoencoders_are_told_apart(string name)
    {
        Shared.Require("spec/manifests");
        Assert.Equal("TAESD (encoder file)", CanonicalWeights.From(new NamesOnly($"{name}-encoder")).Layout);
        Assert.Equal("TAESD (decoder file)", CanonicalWeights.From(new NamesOnly($"{name}-decoder")).Layout);
    }

    [Theory]
    [InlineData("clip-l-text")]
    [InlineData("t5xxl-encoder")]
    [InlineData("flux1-dev-transformer")]
    [InlineData("flux1-dev-transformer-diffusers")]
    [InlineData("ddpm-cat-256")]
    [InlineData("ddpm-cifar10-32-legacy")]
    public void What_is_no_autoencoder_is_not_taken_for_one(string manifest)
    {
        Shared.Require("spec/manifests");
        Assert.Equal(AutoencoderKind.Unknown, CanonicalWeights.From(new NamesOnly(manifest)).Kind);
    }

    // The sizes were computed with the reference writer's rules (shared/spec/manifests/INDEX.json): the same header, byte for byte as long.
    [Theory]
    [InlineData("flux1-ae", "F32", false)]
    [InlineData("flux1-ae-diffusers", "F32", true)]
    [InlineData("flux1-ae", "BF16", true)]
    [InlineData("sd-vae-bare", "F16", false)]
    public void A_written_file_is_as_long_as_the_one_of_the_reference_writer(string manifest, string type, bool format)
    {
        Shared.Require("spec/manifests");
        var source = new NamesOnly(manifest);
        using JsonDocument index = JsonDocument.Parse(File.ReadAllBytes(Shared.Path("spec/manifests/INDEX.json")));
        long expected = index.RootElement.GetProperty(manifest).GetProperty("computed_file_bytes").GetProperty(type + (format ? "+format:pt" : "")).GetInt64();
        ElementType element = Enum.Parse<ElementType>(type);
        using var counter = new LengthStream();
        var zeros = new byte[1 << 20];
        SafetensorsWriter.Write(counter,
            source.Tensors.Values.Select(t => new SafetensorsEntry(new TensorInfo(t.Name, element, t.Shape), (stream, _) =>
        {
            for (long left = t.Shape.ElementCount * element.BlockBytes(); left > 0; left -= zeros.Length)
                stream.Write(zeros, 0, (int)Math.Min(left, zeros.Length));
        })), format ? new Dictionary<string, string> { ["format"] = "pt" } : null);
        Assert.Equal(expected, counter.Length);
    }

    // sd.cpp puts the autoencoder into a GGUF file under `vae.`, attention weights quantised (shared/golden/gguf, flux-ae-slice).
    [Fact]
    public void An_autoencoder_inside_a_GGUF_file_is_found()
    {
        Shared.Require();
        using WeightFile file = WeightFiles.Open(Shared.Path("golden/gguf/flux-ae-slice.gguf"));
        CanonicalWeights weights = CanonicalWeights.From(file);
        Assert.Equal((AutoencoderKind.KL, "vae.", 0), (weights.Kind, weights.Prefix, weights.Unused.Count));
        TensorInfo q = weights.Tensors.Values.First(t => t.Type.BlockLength() > 1);
        Assert.Equal(file.Read(weights.Stored(q.Name)), weights.Read(q));
        Assert.Equal(4, q.Shape.Rank);
    }

    private static IEnumerable<(string, Shape)> Listed(CanonicalWeights weights)
        => weights.Tensors.Values.Select(t => (t.Name, t.Shape)).OrderBy(t => t.Name, StringComparer.Ordinal);

    private sealed class LengthStream : Stream
    {
        private long length;

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => length;

        public override long Position { get => length; set => throw new NotSupportedException(); }

        public override void Write(byte[] buffer, int offset, int count) => length += count;

        public override void Write(ReadOnlySpan<byte> buffer) => length += buffer.Length;

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
