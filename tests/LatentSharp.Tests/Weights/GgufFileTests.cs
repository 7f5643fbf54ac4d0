using System.Text.Json;
using LatentSharp.Weights;
using LatentSharp.Weights.Files;

namespace LatentSharp.Tests.Weights;

public class GgufFileTests
{
    // Words of the rule that shared/golden/gguf/hostile/manifest.json says a file breaks.
    private static readonly Dictionary<string, string> Rules = new()
    {
        ["gg-empty"] = "0 bytes",
        ["gg-bad-magic"] = "letters GGUF",
        ["gg-magic-only"] = "cut short",
        ["gg-truncated-header"] = "cut short",
        ["gg-version-0"] = "version 0",
        ["gg-version-1"] = "version 1",
        ["gg-version-99"] = "version 99",
        ["gg-big-endian"] = "big-endian",
        ["gg-tensor-count-huge"] = "announces 4,611,686,018,427,387,904 tensors",
        ["gg-tensor-count-negative"] = "announces 18,446,744,073,709,551,615 tensors",
        ["gg-kv-count-huge"] = "metadata entries",
        ["gg-kv-count-too-many"] = "metadata entries|cut short|metadata key",
        ["gg-key-length-huge"] = "a metadata key announces",
        ["gg-key-length-minus-one"] = "a metadata key announces",
        ["gg-string-beyond-file"] = "a metadata value announces",
        ["gg-array-count-huge"] = "the array",
        ["gg-array-size-overflow"] = "the array",
        ["gg-array-of-strings-huge"] = "the array",
        ["gg-array-nested"] = "array of arrays",
        ["gg-array-nested-20k"] = "array of arrays",
        ["gg-value-type-13"] = "value type 13",
        ["gg-array-type-255"] = "value type 255",
        ["gg-bool-7"] = "neither 0 nor 1",
        ["gg-duplicate-key"] = "occurs twice",
        ["gg-alignment-0"] = "not a power of two",
        ["gg-alignment-3"] = "not a power of two",
        ["gg-alignment-2g"] = "begin after the end|past the end",
        ["gg-alignment-string"] = "general.alignment",
        ["gg-dims-huge-count"] = "dimensions",
        ["gg-dims-5"] = "5 dimensions",
        ["gg-dims-negative"] = "negative",
        ["gg-dims-overflow"] = "overflows 64 bits",
        ["gg-dims-size-overflow"] = "overflows 64 bits",
        ["gg-dims-beyond-file"] = "past the end",
        ["gg-offset-beyond-file"] = "past the end",
        ["gg-offset-unaligned"] = "not a multiple of the alignment",
        ["gg-offset-overflow"] = "past the end",
        ["gg-overlap"] = "overlap",
        ["gg-type-200"] = "type 200",
        ["gg-type-removed-4"] = "type 4",
        ["gg-type-negative"] = "type 4294967295",
        ["gg-row-not-block-multiple"] = "no multiple of the block",
        ["gg-k-row-128"] = "no multiple of the block",
        ["gg-duplicate-tensor"] = "same name",
        ["gg-truncated-data"] = "past the end",
        ["gg-truncated-info"] = "cut short",
        ["gg-name-length-huge"] = "a tensor name announces",
        ["gg-name-not-utf8"] = "not valid UTF-8",
    };

    public static TheoryData<string> Valid => WeightManifest.Names("gguf", _ => true);

    public static TheoryData<string> Hostile => WeightManifest.Names("gguf/hostile", _ => true);

    [Theory]
    [MemberData(nameof(Valid))]
    public void Reads_a_valid_file_and_dequantises_bit_for_bit(string name)
    {
        Shared.Require($"golden/gguf/{name}");
        JsonElement entry = WeightManifest.Entry("gguf", name);
        using GgufFile file = GgufFile.Open(Shared.Path($"golden/gguf/{name}"));
        JsonElement[] tensors = [.. entry.GetProperty("tensors").EnumerateArray()];
        Assert.Equal(tensors.Length, file.Tensors.Count);
        foreach (JsonElement tensor in tensors)
        {
            TensorInfo info = file.Tensors[tensor.GetProperty("name").GetString()!];
            Assert.Equal(tensor.GetProperty("type").GetString(), info.Type.ToString());
            Assert.Equal(tensor.GetProperty("shape").EnumerateArray().Select(d => d.GetInt64()), info.Shape.Dimensions);
            Assert.Equal(tensor.GetProperty("bytes").GetInt64(), info.ByteLength);
        }
        AssertMetadata(entry.GetProperty("metadata"), file.Metadata);
        string expectedPath = Shared.Path($"golden/gguf/{System.IO.Path.GetFileNameWithoutExtension(name)}-expected.safetensors");
        if (!File.Exists(expectedPath)) return;
        using SafetensorsFile expected = SafetensorsFile.Open(expectedPath);
        Assert.Equal(file.Tensors.Count, expected.Tensors.Count);
        foreach (TensorInfo info in file.Tensors.Values)
        {
            int[] wanted = [.. expected.Read(expected.Tensors[info.Name]).Select(BitConverter.SingleToInt32Bits)];
            Assert.Equal(wanted, file.Read(info).Select(BitConverter.SingleToInt32Bits));
            // Part by part as well, at every block.
            int block = LatentSharp.Tensors.ElementTypes.BlockLength(info.Type);
            for (int first = 0; first < wanted.Length; first += block)
            {
                var part = new float[Math.Min(block, wanted.Length - first)];
                file.Read(info, first, part);
                Assert.Equal(wanted.AsSpan(first, part.Length).ToArray(), part.Select(BitConverter.SingleToInt32Bits));
            }
        }
    }

    // t5-small.gguf holds exactly the values of text/t5-small.safetensors under llama.cpp names (shared/golden/README.md, gguf).
    [Fact]
    public void The_values_of_a_text_encoder_arrive()
    {
        Shared.Require();
        using GgufFile file = GgufFile.Open(Shared.Path("golden/gguf/t5-small.gguf"));
        using SafetensorsFile expected = SafetensorsFile.Open(Shared.Path("golden/text/t5-small.safetensors"));
        Assert.Equal(expected.Read(expected.Tensors["encoder.block.1.layer.0.SelfAttention.q.weight"]), file.Read(file.Tensors["enc.blk.1.attn_q.weight"]));
    }

    [Theory]
    [MemberData(nameof(Hostile))]
    public void A_hostile_file_behaves_as_the_manifest_says(string name)
    {
        Shared.Require($"golden/gguf/hostile/{name}");
        bool mayLoad = WeightManifest.Entry("gguf/hostile", name).GetProperty("expect").GetString() == "either";
        long before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            using GgufFile file = GgufFile.Open(Shared.Path($"golden/gguf/hostile/{name}"));
            Assert.True(mayLoad, $"{name} was accepted");
            foreach (TensorInfo tensor in file.Tensors.Values) file.Read(tensor);
        }
        catch (LatentSharpException error)
        {
            Assert.Equal(ErrorKind.BadInput, error.Kind);
            Assert.Contains(name, error.Message);
            if (Rules.TryGetValue(System.IO.Path.GetFileNameWithoutExtension(name), out string? words))
                Assert.True(words.Split('|').Any(error.Message.Contains), error.Message);
            else Assert.True(mayLoad, $"no rule is listed for {name}: {error.Message}");
        }
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 16 << 20);
    }

    private static void AssertMetadata(JsonElement expected, IReadOnlyDictionary<string, string> found)
    {
        // The manifest lists the alignment apart from the other metadata.
        Assert.Equal(expected.EnumerateObject().Count(p => p.Name != "general.alignment"), found.Count(m => m.Key != "general.alignment"));
        foreach (JsonProperty property in expected.EnumerateObject())
        {
            JsonElement value = property.Value.GetProperty("value");
            string text = found[property.Name];
            switch (property.Value.GetProperty("type").GetString())
            {
                case "str": Assert.Equal(value.GetString(), text); break;
                case "f32": Assert.Equal((float)value.GetDouble(), float.Parse(text)); break;
                case "f64": Assert.Equal(value.GetDouble(), double.Parse(text)); break;
                case "bool": Assert.Equal(value.GetBoolean(), bool.Parse(text)); break;
                default:
                    if (value.ValueKind is JsonValueKind.Number or JsonValueKind.String)
                        Assert.Equal(value.ToString(), text);
                    else Assert.StartsWith("[", text); break;
            }
        }
    }
}
