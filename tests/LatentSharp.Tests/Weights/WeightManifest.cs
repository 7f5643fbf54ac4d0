using System.Security.Cryptography;
using System.Text.Json;
using LatentSharp.Tensors;
using LatentSharp.Weights;

namespace LatentSharp.Tests.Weights;

/// <summary>The lists of files beside the golden data and what each must give.</summary>
internal static class WeightManifest
{
    /// <summary>The entries of <c>golden/FOLDER/manifest.json</c>; empty when the golden data is absent.</summary>
    public static JsonElement.ArrayEnumerator Files(string folder)
    {
        if (!Shared.Available) return default;
        JsonElement root = JsonDocument.Parse(File.ReadAllBytes(Shared.Path($"golden/{folder}/manifest.json"))).RootElement;
        return (root.ValueKind == JsonValueKind.Array ? root : root.GetProperty("files")).EnumerateArray();
    }

    /// <summary>
    /// File names for a theory; one placeholder when the golden data is absent, so that the theory skips instead of failing for want of
    /// data.
    /// </summary>
    public static TheoryData<string> Names(string folder, Func<JsonElement, bool> where)
    {
        var data = new TheoryData<string>();
        foreach (JsonElement entry in Files(folder))
            if (where(entry)) data.Add(entry.GetProperty("file").GetString()!);
        if (data.Count == 0) data.Add("(golden data absent)");
        return data;
    }

    public static JsonElement Entry(string folder, string file) => Files(folder).First(e => e.GetProperty("file").GetString() == file);

    /// <summary>Checks type, shape, bytes and values of every tensor against a manifest entry's <c>tensors</c>.</summary>
    public static void AssertTensors(JsonElement expected, WeightSource source, Func<string, string>? nameInSource = null)
    {
        nameInSource ??= static name => name;
        int count = 0;
        foreach (JsonProperty property in expected.EnumerateObject())
        {
            count++;
            string name = nameInSource(property.Name);
            Assert.True(source.Tensors.TryGetValue(name, out TensorInfo? info),
                $"{name} is missing; present: {string.Join(", ", source.Tensors.Keys.Take(20))}");
            Assert.Equal(name, info.Name);
            Assert.Equal(property.Value.GetProperty("dtype").GetString(), info.Type.Name());
            Assert.Equal(property.Value.GetProperty("shape").EnumerateArray().Select(d => d.GetInt64()), info.Shape.Dimensions);
            var bytes = new byte[info.ByteLength];
            source.ReadBytes(info, 0, bytes);
            if (property.Value.TryGetProperty("hex", out JsonElement hex)) Assert.Equal(hex.GetString(), Convert.ToHexStringLower(bytes));
            else Assert.Equal(property.Value.GetProperty("sha256").GetString(), Convert.ToHexStringLower(SHA256.HashData(bytes)));
            if (property.Value.TryGetProperty("values", out JsonElement values)) AssertValues(values, source.Read(info), name);
        }
        Assert.Equal(count, source.Tensors.Count);
    }

    private static void AssertValues(JsonElement values, float[] found, string name)
    {
        float[] expected = values.EnumerateArray().Select(Number).ToArray();
        Assert.Equal(expected.Length, found.Length);
        for (int i = 0; i < expected.Length; i++)
            Assert.True(BitConverter.SingleToInt32Bits(expected[i]) == BitConverter.SingleToInt32Bits(found[i])
                || (float.IsNaN(expected[i]) && float.IsNaN(found[i])), $"{name}[{i}]: expected {expected[i]:R}, found {found[i]:R}");
    }

    private static float Number(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.True => 1,
        JsonValueKind.False => 0,
        JsonValueKind.String =>
            value.GetString() switch
            {
                "NaN" => float.NaN,
                "Infinity" => float.PositiveInfinity,
                "-Infinity" => float.NegativeInfinity,
                string s => (float)double.Parse(s),
                null => throw new InvalidDataException()
            },
        _ => value.TryGetInt64(out long integer) && !value.GetRawText().StartsWith("-0", StringComparison.Ordinal)
            ? integer : (float)value.GetDouble(),
    };
}
