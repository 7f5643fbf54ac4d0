using System.Security.Cryptography;
using System.Text;
using LatentSharp.Autoencoders.Catalogue;
using LatentSharp.Models.Autoencoders;
using LatentSharp.Tests.Training;
using LatentSharp.Weights;
using LatentSharp.Weights.Files;
using LatentSharp.Weights.Identity;

namespace LatentSharp.Tests.Weights;

public class ContentDigestTests
{
    [Fact]
    public void The_recipe_is_the_documented_one()
    {
        var weights = new MemoryWeights();
        weights.Add("b", [1.5f, -2, float.NaN, 3], 2, 2, 1, 1);
        weights.Add("a", [0.1f]);
        string Hash(string level, Func<float[], byte[]> store)
        {
            string a = Convert.ToHexStringLower(SHA256.HashData(store([0.1f]))),
                b = Convert.ToHexStringLower(SHA256.HashData(store([1.5f, -2, BitConverter.UInt32BitsToSingle(0x7FC00000), 3])));
            return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"LatentSharp weights 1 {level}\na [] {a}\nb [2,2] {b}\n")));
        }
        Assert.Equal(Hash("exact", v => [.. v.SelectMany(BitConverter.GetBytes)]), ContentDigest.Compute(weights, DigestLevel.Exact).Whole);
        Assert.Equal(Hash("f16", v => [.. v.SelectMany(x => BitConverter.GetBytes((Half)x))]),
            ContentDigest.Compute(weights, DigestLevel.F16).Whole);
        // 0.1 is 0x3DCCCCCD in float32; the bfloat16 nearest to it is 0x3DCD, not the truncated 0x3DCC.
        Assert.Equal(Hash("bf16",
            v => [.. v.SelectMany(x => BitConverter.GetBytes((ushort)(x == 0.1f ? 0x3DCD : BitConverter.SingleToUInt32Bits(x) >> 16)))]),
            ContentDigest.Compute(weights).Whole);
    }

    // Computed by a Python script of twelve lines (json, struct, hashlib) that follows the documented recipe and shares no code with the
    // library: these files are stored as BF16, so that at this level the stored bytes themselves are hashed. They also hold the recipe
    // still: a digest that people have written down must not change.
    [Theory]
    [InlineData("taesd_encoder", "d0101cef068dc809a093f117588b86f8905023012ff96779e8ac5bb5ed6a6654")]
    [InlineData("taesd_decoder", "894871888ad5162dff46b3baee9a7abee7d3a2e077e51f26410533a6501200b8")]
    [InlineData("taesdxl_encoder", "e41c73ed7d7e8e10b178dc3cad7588c042625a3a24db3c4d7cd4752d555107d5")]
    [InlineData("taesdxl_decoder", "e68c0572461def110f055d9dfd9be8be496e620f664154ca8251baf7d86668d2")]
    [InlineData("taesd3_encoder", "97a6fe6411f127d19f5b1853b1437f34e9fb972fcc03f0d56d9dbf45edefa88f")]
    [InlineData("taesd3_decoder", "916e2609b7389bc5ac33a93c0e58efbf252a210b54bdfa034db8709a589fe81a")]
    [InlineData("taef1_encoder", "7a5b63640a66f613b55e38e64d619eae26688b252f37e1eb71f8d0bc97b64ba0")]
    [InlineData("taef1_decoder", "f15973d71e3be7f157add824278398cc67c8ff58cdaf201728059f0c157a84b8")]
    public void The_digests_of_published_tiny_autoencoders_stay_what_they_are(string name, string digest)
    {
        Shared.Require($"models/tiny/{name}.safetensors");
        using WeightFile file = WeightFiles.Open(Shared.Path($"models/tiny/{name}.safetensors"));
        Assert.Equal(digest, ContentDigest.Compute(file).Whole);
    }

    // Written into the model card by training/card.py, which follows the documented recipe in Python.
    [Fact]
    public void The_digest_of_the_embedded_autoencoder_is_the_one_on_its_card()
    {
        using WeightFile file = WeightFiles.Open(Repository.Path("assets/models/flux1-mini.safetensors"));
        Assert.Equal(EmbeddedCard.ContentDigest, ContentDigest.Compute(file).ToString());
    }

    // Pairs of files that hold the same values (shared/golden/README.md, shared/models/synthetic/README.md).
    [Theory]
    [InlineData("models/synthetic/flux-ch32-bf16.safetensors", "models/synthetic/flux-ch32-diffusers.safetensors")]
    [InlineData("golden/flux2-ae/flux2-ch32.safetensors", "golden/flux2-ae/flux2-ch32-diffusers.safetensors")]
    [InlineData("golden/sd-vae/sd-ch32.ckpt", "golden/sd-vae/sd-ch32.safetensors")]
    [InlineData("golden/sd-vae/sd-ch32-legacy.ckpt", "golden/sd-vae/sd-ch32-diffusers-old-attn.safetensors")]
    public void Containers_layouts_and_lossless_types_do_not_change_any_digest(string first, string second)
    {
        Shared.Require(first, second);
        using WeightFile a = WeightFiles.Open(Shared.Path(first)), b = WeightFiles.Open(Shared.Path(second));
        DigestLevel[] all = Enum.GetValues<DigestLevel>();
        Assert.Equal(ContentDigest.Compute(a, all), ContentDigest.Compute(b, all));
    }

    // flux-ch32s is full-precision float32; its BF16 and F16 copies are roundings to nearest even made by torch (shared/golden/README.md,
    // flux-ae).
    [Theory]
    [InlineData("bf16", DigestLevel.BF16)]
    [InlineData("fp16", DigestLevel.F16)]
    public void A_rounded_copy_shares_the_digest_of_its_level_and_no_other_exact_one(string copy, DigestLevel level)
    {
        Shared.Require($"golden/flux-ae/flux-ch32s-{copy}.safetensors");
        using WeightFile full = WeightFiles.Open(Shared.Path("golden/flux-ae/flux-ch32s.safetensors")),
            rounded = WeightFiles.Open(Shared.Path($"golden/flux-ae/flux-ch32s-{copy}.safetensors"));
        Assert.Equal(level, DigestLevels.For(rounded.Tensors["encoder.conv_in.weight"].Type));
        Assert.Equal(ContentDigest.Compute(full, level), ContentDigest.Compute(rounded, level));
        Assert.NotEqual(ContentDigest.Compute(full, DigestLevel.Exact), ContentDigest.Compute(rounded, DigestLevel.Exact));
    }

    [Fact]
    public void Halves_have_digests_of_their_own()
    {
        Shared.Require();
        using WeightFile encoder = WeightFiles.Open(Shared.Path("models/tiny/taef1_encoder.safetensors")),
            decoder = WeightFiles.Open(Shared.Path("models/tiny/taef1_decoder.safetensors"));
        ContentDigest whole = ContentDigest.Compute(CanonicalWeights.From(encoder, decoder)), half = ContentDigest.Compute(encoder);
        Assert.Equal(whole.Encoder, half.Encoder);
        Assert.Equal(half.Whole, half.Encoder);
        Assert.Null(half.Decoder);
        Assert.Equal(whole.Decoder, ContentDigest.Compute(decoder).Decoder);
        Assert.NotEqual(whole.Whole, whole.Decoder);
    }

    [Fact]
    public void One_changed_value_changes_the_digest_and_progress_reaches_the_end()
    {
        var weights = new MemoryWeights();
        weights.Add("w", new float[200_000], 200_000);
        string before = ContentDigest.Compute(weights).Whole;
        var changed = new float[200_000];
        changed[199_999] = 1e-3f;
        weights.Add("w", changed, 200_000);
        var seen = new List<double>();
        Assert.NotEqual(before, ContentDigest.Compute(weights, DigestLevel.BF16, new Immediate(seen.Add)).Whole);
        Assert.Equal(1, seen[^1]);
        Assert.Throws<OperationCanceledException>(
            () => ContentDigest.Compute(weights, DigestLevel.BF16, null, new CancellationToken(true)));
    }

    // sha256 from shared/models/tiny/README.md.
    [Fact]
    public void The_sha256_of_a_file_is_that_of_its_bytes()
    {
        Shared.Require();
        Assert.Equal("bb41500b646d5b8b592b7f3ca5d20d888c3075e209d178d99af609cd7e02a1d4",
            FileDigest.Sha256(Shared.Path("models/tiny/taef1_decoder.safetensors")));
    }

    private sealed class Immediate(Action<double> report) : IProgress<double>
    {
        public void Report(double value) => report(value);
    }
}
