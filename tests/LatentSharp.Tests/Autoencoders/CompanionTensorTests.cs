using LatentSharp.Autoencoders.Catalogue;
using LatentSharp.Autoencoders.Conversion;
using LatentSharp.Models.Autoencoders;
using LatentSharp.Tensors;
using LatentSharp.Tests.Weights;
using LatentSharp.Weights;
using LatentSharp.Weights.Files;
using LatentSharp.Weights.Identity;

namespace LatentSharp.Tests.Autoencoders;

/// <summary>Tensors that stand beside a weight and belong to it: scales of 8-bit floats are applied, others are refused by name.</summary>
public sealed class CompanionTensorTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    public enum ScaleForm { Scalar, PerChannel, PerChannelOfRank4, Blocks }

    [Theory]
    [InlineData(".scale_weight", ScaleForm.Scalar)]
    [InlineData(".weight_scale", ScaleForm.Scalar)]
    [InlineData(".weight_scale_inv", ScaleForm.Scalar)]
    [InlineData(".weight_scale", ScaleForm.PerChannel)]
    [InlineData(".weight_scale", ScaleForm.PerChannelOfRank4)]
    [InlineData(".weight_scale_inv", ScaleForm.Blocks)]
    public void Scales_of_8_bit_floats_are_applied_everywhere(string suffix, ScaleForm form)
    {
        // Every weight is a code times its scale, so that scaled and plain file hold exactly the same numbers.
        MemoryWeights plain = SmallKL.Create(16), stored = new();
        foreach (TensorInfo tensor in plain.Tensors.Values.ToArray())
        {
            float[] values = plain.Read(tensor);
            if (!tensor.Name.EndsWith(".weight", StringComparison.Ordinal) || tensor.Shape.Rank != 4)
            {
                stored.Add(tensor.Name, values, tensor.Shape.Dimensions.AsSpan());
                continue;
            }
            long rows = tensor.Shape[0], columns = tensor.Shape.ElementCount / rows;
            bool blocks = form == ScaleForm.Blocks && columns > 1;
            (long down, long across) = form == ScaleForm.Scalar ? (1L, 1L)
                : blocks ? ((rows + 127) / 128, (columns + 127) / 128) : (rows, 1L);
            float[] scales = [.. Enumerable.Range(0, (int)(down * across)).Select(i => MathF.ScaleB(1 + i % 3, -9))];
            for (long i = 0; i < values.Length; i++)
            {
                (long row, long column) = Math.DivRem(i, columns);
                float scale = scales[form == ScaleForm.Scalar ? 0 : blocks ? row / 128 * across + column / 128 : row];
                values[i] = Widened(values[i] / scale);
                stored.Add(tensor.Name, values, tensor.Shape.Dimensions.AsSpan());
            }
            float[] product =
                [.. values.Select(
                    (v, i) => v * scales[form == ScaleForm.Scalar ? 0
                        : blocks ? (int)(i / columns / 128 * across + i % columns / 128) : (int)(i / columns)])];
            plain.Add(tensor.Name, product, tensor.Shape.Dimensions.AsSpan());
            long[] shape = form switch
            {
                ScaleForm.Scalar => [],
                ScaleForm.PerChannelOfRank4 => [rows, 1, 1, 1],
                ScaleForm.Blocks when blocks => [down, across],
                _ => [rows]
            };
            stored.Add(tensor.Name[..^".weight".Length] + suffix, scales, shape);
            stored.Add(tensor.Name[..^".weight".Length] + ".input_scale", [1f], 1);
        }
        stored.Add("scaled_fp8", [0f], 1);
        string path = folder.File("scaled.safetensors");
        SafetensorsWriter.Write(path,
            stored.Tensors.Values.Select(t => t.Shape.Rank == 4 && t.Name.EndsWith(".weight", StringComparison.Ordinal)
            ? SafetensorsEntry.Convert(stored, t, t.Name, t.Shape, ElementType.F8_E4M3)
            : SafetensorsEntry.Copy(stored, t, t.Name, t.Shape)));

        using (WeightFile file = WeightFiles.Open(path))
        {
            CanonicalWeights canonical = CanonicalWeights.From(file);
            Assert.Empty(canonical.Unused);
            Assert.Equal(ContentDigest.Compute(plain, DigestLevel.Exact), ContentDigest.Compute(canonical, DigestLevel.Exact));
            string converted = folder.File("converted.safetensors");
            WeightConversion.Convert(file, converted, new WeightConversionOptions { Type = ElementType.F32 });
            using SafetensorsFile written = SafetensorsFile.Open(converted);
            Assert.Equal(ContentDigest.Compute(plain, DigestLevel.Exact), ContentDigest.Compute(written, DigestLevel.Exact));
        }
        using Autoencoder scaled = Autoencoder.Open(path), expected = Autoencoder.From(plain);
        Assert.Contains(scaled.Notes, n => n.Contains("their scales were applied", StringComparison.Ordinal));
        ImageTensor picture = EmbeddedAutoencoderTests.Gradient(1, 16, 16);
        Assert.Equal(expected.Encode(picture).Values, scaled.Encode(picture).Values);
    }

    [Theory]
    [InlineData("decoder.mid.attn_1.q.weight.absmax", "NF4")]
    [InlineData("decoder.mid.attn_1.q.weight.quant_state.bitsandbytes__nf4", "NF4")]
    [InlineData("decoder.mid.attn_1.q.SCB", "LLM.int8")]
    [InlineData("encoder.mid.attn_1.q.weight._scale", "quanto")]
    [InlineData("encoder.mid.attn_1.q.qweight", "GPTQ")]
    [InlineData("decoder.mid.attn_1.q.lora_A.weight", "LoRA")]
    [InlineData("decoder.mid.attn_1.q.lora_up.weight", "LoRA")]
    [InlineData("decoder.conv_in.weight_scale_2", "NVFP4")]
    public void Companions_that_are_not_understood_are_refused_by_name(string companion, string what)
    {
        MemoryWeights weights = SmallKL.Create(16);
        weights.Add(companion, [1f], 1);
        FaultyFileTests.Refused(SmallKL.Write(folder.File("companion.safetensors"), weights), what, companion);
    }

    [Fact]
    public void Integers_with_a_scale_are_refused()
    {
        MemoryWeights weights = SmallKL.Create(16);
        TensorInfo integers = new("decoder.conv_in.weight", ElementType.I8, weights.Tensors["decoder.conv_in.weight"].Shape);
        weights.Add("decoder.conv_in.weight_scale", [0.1f], 1);
        string path = folder.File("int8.safetensors");
        SafetensorsWriter.Write(path,
            [.. weights.Tensors.Values.Where(t => t.Name != integers.Name).Select(t => SafetensorsEntry.Copy(weights, t, t.Name, t.Shape)),
            new SafetensorsEntry(integers, (stream, _) => stream.Write(new byte[integers.ByteLength]))]);
        FaultyFileTests.Refused(path, "integers (I8) with a scale", "decoder.conv_in.weight_scale");
    }

    [Fact]
    public void What_the_network_does_not_read_is_listed()
    {
        MemoryWeights weights = SmallKL.Create(16);
        weights.Add("decoder.conv_in.foo", [1f], 1);
        weights.Add("decoder.up.1.attn.0.q.weight", new float[4], 2, 2, 1, 1);
        using Autoencoder opened = Autoencoder.From(weights);
        Assert.Contains(opened.Notes, n => n.Contains("decoder.conv_in.foo", StringComparison.Ordinal));
        Assert.Contains(opened.Notes,
            n => n.Contains("not used by the network", StringComparison.Ordinal) && n.Contains("decoder.up.1.attn.0.q.weight", StringComparison.Ordinal));
    }

    // What an F8_E4M3 code holds of a value.
    private static float Widened(float value)
    {
        var bytes = new byte[1];
        Narrowing.FromSingle(ElementType.F8_E4M3, [Math.Clamp(value, -448, 448)], bytes);
        var back = new float[1];
        Widening.ToSingle(ElementType.F8_E4M3, bytes, back);
        return back[0];
    }
}
