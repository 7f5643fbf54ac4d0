using LatentSharp.Tensors;
using LatentSharp.Weights;
using LatentSharp.Weights.Files;
using LatentSharp.Weights.Views;

namespace LatentSharp.Tests.Weights;

/// <summary>Views over weights: what they read, element by element and in any pieces, against loops written out here.</summary>
public class WeightViewTests
{
    [Fact]
    public void Renamed_tensors_are_stretches_of_others()
    {
        MemoryWeights source = Counting(("qkv", [6, 2]));
        var view = new RenamedWeights("view", source.Metadata);
        Assert.True(view.TryAdd("k", source, source.Tensors["qkv"], new Shape(2, 2), 4));
        Assert.False(view.TryAdd("k", source, source.Tensors["qkv"]));
        Check(view, "k", [4, 5, 6, 7]);
        Assert.Equal("qkv", view.Stored("k").Name);
        Assert.Throws<ArgumentOutOfRangeException>(() => view.TryAdd("v", source, source.Tensors["qkv"], new Shape(2, 2), 9));

        var second = new RenamedWeights(view, name => "attention." + name);
        Check(second, "attention.k", [4, 5, 6, 7]);
        Assert.Throws<ArgumentException>(() => new RenamedWeights(Counting(("a", [1]), ("b", [1])), _ => "same"));
    }

    [Fact]
    public void A_renamed_tensor_lies_where_the_original_lies()
    {
        using var folder = new TemporaryFolder();
        MemoryWeights source = Counting(("a", [3]), ("b", [4, 2]));
        string path = folder.Write("two.safetensors", []);
        SafetensorsWriter.Write(path, source.Tensors.Values.Select(t => SafetensorsEntry.Copy(source, t, t.Name, t.Shape)));
        using SafetensorsFile file = SafetensorsFile.Open(path);
        var view = new RenamedWeights("view", file.Metadata);
        view.TryAdd("lower", file, file.Tensors["b"], new Shape(2, 2), 4);
        StoredRange whole = file.Locate(file.Tensors["b"])!, half = view.Locate(view.Tensors["lower"])!;
        Assert.Equal((whole.Path, whole.Offset + 16, 16L), (half.Path, half.Offset, half.Length));
    }

    [Fact]
    public void Joined_tensors_follow_one_another()
    {
        var view = new JoinedWeights(Counting(("q", [2, 3]), ("k", [1, 3]), ("v", [2, 3])));
        view.Join("qkv", "q", "k", "v");
        Assert.Equal(new Shape(5, 3), view.Tensors["qkv"].Shape);
        Check(view, "qkv", [0, 1, 2, 3, 4, 5, 0, 1, 2, 0, 1, 2, 3, 4, 5]);
        Check(view, "k", [0, 1, 2]);
        Assert.Throws<ArgumentException>(() => view.Join("x", "q", "absent"));
        Assert.Throws<ArgumentException>(() => new JoinedWeights(Counting(("a", [2, 3]), ("b", [2, 4]))).Join("ab", "a", "b"));
    }

    [Fact]
    public void An_index_or_the_first_half_of_a_dimension_is_taken()
    {
        var view = new SelectedWeights(Counting(("taps", [2, 3, 2]), ("kernel", [2, 4, 2]), ("other", [2])));
        view.Select("taps", 1, 2);
        Assert.Equal(new Shape(2, 2), view.Tensors["taps"].Shape);
        Check(view, "taps", [4, 5, 10, 11]);
        view.SelectFirstHalf("kernel", 1);
        Assert.Equal(new Shape(2, 2, 2), view.Tensors["kernel"].Shape);
        Check(view, "kernel", [0, 1, 2, 3, 8, 9, 10, 11]);
        Check(view, "other", [0, 1]);
        Assert.Throws<ArgumentException>(() => view.Select("taps", 1, 3));
        Assert.Throws<ArgumentException>(() => view.SelectFirstHalf("taps", 1));
    }

    [Fact]
    public void Halves_are_swapped_under_the_same_name()
    {
        var view = new JoinedWeights(Counting(("final.weight", [4, 2]), ("odd", [3])));
        view.SwapHalves("final.weight", "final.weight");
        Check(view, "final.weight", [4, 5, 6, 7, 0, 1, 2, 3]);
        Assert.Null(view.Locate(view.Tensors["final.weight"]));
        Assert.Throws<ArgumentException>(() => view.SwapHalves("odd", "odd"));
    }

    [Theory]
    [InlineData(ElementType.BF16)]
    [InlineData(ElementType.F16)]
    [InlineData(ElementType.F8_E4M3)]
    public void Rounded_weights_are_those_that_a_conversion_writes(ElementType type)
    {
        using var folder = new TemporaryFolder();
        var source = new MemoryWeights();
        source.Add("w", [.. Enumerable.Range(0, 3000).Select(i => MathF.Sin(i) * 3)], 30, 100);
        string path = folder.Write("rounded.safetensors", []);
        SafetensorsWriter.Write(path, [SafetensorsEntry.Convert(source, source.Tensors["w"], "w", new Shape(30, 100), type)]);
        using SafetensorsFile file = SafetensorsFile.Open(path);
        var view = new RoundedWeights(source, type);
        Assert.Equal(file.Tensors["w"], view.Tensors["w"]);
        Check(view, "w", file.Read(file.Tensors["w"]));
        var stored = new byte[file.Tensors["w"].ByteLength];
        file.ReadBytes(file.Tensors["w"], 0, stored);
        var made = new byte[stored.Length];
        view.ReadBytes(view.Tensors["w"], 0, made);
        Assert.Equal(stored, made);
        Assert.Null(view.FirstThatOverflows());
    }

    [Fact]
    public void Values_that_the_smaller_type_cannot_hold_are_found()
    {
        var source = new MemoryWeights();
        source.Add("small", [1, 2], 2);
        source.Add("large", [1, 70_000], 2);      // beyond 65504, the largest number of F16
        Assert.Equal("large", new RoundedWeights(source, ElementType.F16).FirstThatOverflows()!.Name);
        Assert.Null(new RoundedWeights(source, ElementType.BF16).FirstThatOverflows());
    }

    [Fact]
    public void A_low_rank_product_is_added()
    {
        var source = new MemoryWeights();
        float[] below = [.. Enumerable.Range(0, 4 * 6).Select(i => i / 4f)], up = [.. Enumerable.Range(0, 4 * 2).Select(i => i - 3f)],
            down = [.. Enumerable.Range(0, 2 * 6).Select(i => 0.5f * i)];
        source.Add("w", below, 4, 3, 1, 2);
        var view = new OverlaidWeights(source);
        view.AddProduct("w", up, down, rank: 2, scale: 0.25f);
        var expected = new float[24];
        for (int o = 0; o < 4; o++)
            // All exact in float32.
            for (int i = 0; i < 6; i++)
                expected[6 * o + i] = below[6 * o + i] + 0.25f * (up[2 * o] * down[i] + up[2 * o + 1] * down[6 + i]);
        Check(view, "w", expected);
        Assert.Throws<ArgumentException>(() => view.AddProduct("w", up, down, rank: 3, scale: 1));
        Assert.Throws<ArgumentException>(() => view.AddProduct("absent", up, down, rank: 2, scale: 1));
    }

    [Fact]
    public void Replaced_values_stand_in_and_the_rest_stays()
    {
        MemoryWeights source = Counting(("a", [3]), ("b", [2]));
        var view = new OverlaidWeights(source, new Dictionary<string, string> { ["note"] = "changed" });
        view.Replace("b", [7, 8]);
        Check(view, "a", [0, 1, 2]);
        Check(view, "b", [7, 8]);
        Assert.Equal("changed", view.Metadata["note"]);
        Assert.Throws<ArgumentException>(() => view.Replace("b", [1]));
    }

    private static MemoryWeights Counting(params (string Name, long[] Shape)[] tensors)
    {
        var weights = new MemoryWeights();
        foreach ((string name, long[] shape) in tensors)
            weights.Add(name, [.. Enumerable.Range(0, (int)shape.Aggregate(1L, (a, b) => a * b)).Select(i => (float)i)], shape);
        return weights;
    }

    // Whole, in every piece of up to four elements, and as bytes from every offset.
    private static void Check(WeightSource view, string name, float[] expected)
    {
        TensorInfo tensor = view.Tensors[name];
        Assert.Equal(expected, view.Read(tensor));
        for (int first = 0; first < expected.Length; first++)
            for (int count = 0; count <= Math.Min(4, expected.Length - first); count++)
            {
                var part = new float[count];
                view.Read(tensor, first, part);
                Assert.Equal(expected[first..(first + count)], part);
            }
        Assert.Throws<ArgumentOutOfRangeException>(() => view.Read(tensor, expected.Length, new float[1]));
        if (tensor.Type != ElementType.F32) return;
        byte[] bytes = [.. expected.SelectMany(BitConverter.GetBytes)];
        for (int offset = 0; offset < bytes.Length; offset++)
        {
            var part = new byte[Math.Min(9, bytes.Length - offset)];
            view.ReadBytes(tensor, offset, part);
            Assert.Equal(bytes.AsSpan(offset, part.Length).ToArray(), part);
        }
        Assert.Throws<ArgumentOutOfRangeException>(() => view.ReadBytes(tensor, bytes.Length, new byte[1]));
    }
}
