using System.Security.Cryptography;
using System.Text.Json;
using LatentSharp.Datasets.Formats;
using LatentSharp.Weights.Files.Numpy;

namespace LatentSharp.Tests.Datasets;

/// <summary>Archives of NumPy: the samples of <c>golden/dataset</c>, written by numpy 1.24.2, and damaged ones.</summary>
public sealed class NumpyArchiveTests
{
    private static JsonElement Expected => JsonDocument.Parse(File.ReadAllBytes(Shared.Path("golden/dataset/expected.json"))).RootElement;

    public static TheoryData<string> Samples => ["both_0100x0075_sdxl", "deflated_0100x0075_flux", "dtypes", "photo_0100x0075_anima", "photo_0100x0075_flux",
        "photo_0100x0075_hi", "photo_0100x0075_sd", "photo_0100x0075_sd3", "plain_0100x0075_flux", "two-sizes_0100x0075_flux", "wide_12345x0075_flux"];

    [Theory]
    [MemberData(nameof(Samples))]
    public void Every_sample_holds_what_numpy_wrote(string name)
    {
        Dictionary<string, NumpyArray> arrays = NumpyArchive.Read(Shared.Path($"golden/dataset/kohya/{name}.npz"));
        JsonElement expected = Expected.GetProperty($"kohya/{name}.npz");
        int checkedKeys = 0;
        foreach ((string key, NumpyArray array) in arrays)
        {
            JsonElement about = expected.GetProperty(key);
            Assert.Equal(about.GetProperty("shape").EnumerateArray().Select(d => d.GetInt64()), array.Shape);
            if (about.TryGetProperty("sha256", out JsonElement sha) && about.GetProperty("dtype").GetString()![0] != '>')
                Assert.Equal(sha.GetString(), Convert.ToHexStringLower(SHA256.HashData(array.Bytes)));
            if (about.TryGetProperty("values", out JsonElement values))
                Assert.Equal(values.EnumerateArray().Select(v => v.GetSingle()), array.ToSingles());
            checkedKeys++;
        }
        Assert.Equal(expected.EnumerateObject().Count(p => p.Value.ValueKind == JsonValueKind.Object), checkedKeys);
    }

    [Theory]
    [InlineData("both_0100x0075_sdxl")]
    [InlineData("photo_0100x0075_anima")]
    [InlineData("photo_0100x0075_flux")]
    [InlineData("photo_0100x0075_hi")]
    [InlineData("photo_0100x0075_sd")]
    [InlineData("two-sizes_0100x0075_flux")]
    [InlineData("wide_12345x0075_flux")]
    public void Written_again_they_have_the_same_bytes(string name)
    {
        string path = Shared.Path($"golden/dataset/kohya/{name}.npz");
        using var written = new MemoryStream();
        NumpyArchive.Write(written, [.. NumpyArchive.Read(path).Select(a => (a.Key, a.Value))]);
        Assert.Equal(File.ReadAllBytes(path), written.ToArray());
    }

    [Theory]
    [InlineData("empty", "is empty")]
    [InlineData("truncated", "no whole archive of arrays")]
    [InlineData("bad-crc", "checksum of latents_8x8")]
    [InlineData("html", "a web page")]
    [InlineData("object-array", "Python objects")]
    [InlineData("duplicate-key", "two entries called")]
    [InlineData("huge-shape", "more elements than can be held")]
    [InlineData("header-code", "not evaluated")]
    [InlineData("zip-bomb", "its header promises 4,096 bytes")]
    public void What_is_damaged_is_named_and_costs_no_memory(string name, string said)
    {
        string path = Shared.Path($"golden/dataset/bad/{name}.npz");
        long before = GC.GetAllocatedBytesForCurrentThread();
        LatentSharpException error = Assert.Throws<LatentSharpException>(() => NumpyArchive.Read(path));
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.Contains(said, error.Message, StringComparison.Ordinal);
        Assert.StartsWith(path, error.Message, StringComparison.Ordinal);
        Assert.InRange(allocated, 0, new FileInfo(path).Length + (1 << 20));
    }

    [Fact]
    public void A_member_that_leads_elsewhere_is_a_key_like_others()
        => Assert.DoesNotContain("latents_8x8", NumpyArchive.Read(Shared.Path("golden/dataset/bad/traversal.npz")).Keys);
}
