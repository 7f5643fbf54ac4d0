using LatentSharp.Tensors;
using LatentSharp.Tests.Quality;
using LatentSharp.Tuning;
using LatentSharp.Weights;
using LatentSharp.Weights.Files;

namespace LatentSharp.Tests.Tuning;

/// <summary>What training writes: the file that it began with, and nothing but values of what was trained is different.</summary>
public sealed class TunedFileTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("latentsharp-").FullName;
    private readonly CancellationToken cancel = TestContext.Current.CancellationToken;

    // A checkpoint with other tensors beside the autoencoder, names of diffusers with a prefix, half precision, an order of its own.
    [Fact]
    public void Names_types_order_metadata_and_everything_else_stay()
    {
        string source = In("checkpoint.safetensors"), output = In("out.safetensors");
        WeightSource weights = EmbeddedAutoencoder.Shared.Weights;
        using (FileStream stream = File.Create(source))
            SafetensorsWriter.WriteInOrder(stream, [
                SafetensorsEntry.Of("model.diffusion_model.other", new float[] { 1, 2, 3 }, 3),
                .. weights.Tensors.Values.OrderByDescending(t => t.Name, StringComparer.Ordinal)
                    .Select(t => SafetensorsEntry.Convert(weights, t, "first_stage_model." + t.Name, t.Shape,
                        t.Shape.Rank == 1 ? ElementType.F32 : ElementType.F16)),
            ], new Dictionary<string, string> { ["format"] = "pt", ["author"] = "somebody", ["modelspec.hash_sha256"] = "of the old content" });
        TunedFile tuned = Tune(source, output, new Dictionary<string, string> { ["latentsharp.finetuned"] = "{}" });
        using SafetensorsFile before = SafetensorsFile.Open(source), after = SafetensorsFile.Open(output);
        Assert.Equal(Layout(before), Layout(after));
        Assert.Equal(("somebody", "{}", "flux1"), (after.Metadata["author"], after.Metadata["latentsharp.finetuned"], after.Metadata["latentsharp.family"]));
        Assert.False(after.Metadata.ContainsKey("modelspec.hash_sha256"));
        foreach (TensorInfo tensor in before.Tensors.Values)
            Assert.Equal(!tuned.Changed.Contains(tensor.Name),
                Bytes(before, tensor).SequenceEqual(Bytes(after, after.Tensors[tensor.Name])));
        Assert.Contains("first_stage_model.decoder.conv_out.weight", tuned.Changed);
        Assert.Equal(before.Tensors.Count, tuned.Changed.Count + tuned.Unchanged);
        Assert.Empty(tuned.Notes);

        static (string, ElementType, Shape)[] Layout(SafetensorsFile file)
            => [.. file.Tensors.Values.OrderBy(t => file.Locate(t)!.Offset).Select(t => (t.Name, t.Type, t.Shape))];
    }

    [Fact]
    public void Of_a_pair_the_trained_half_is_written()
    {
        string decoder = Shared.Path("models/tiny/taef1_decoder.safetensors"), output = In("taef1_decoder.safetensors");
        TunedFile tuned = Tune(decoder, output);
        using SafetensorsFile before = SafetensorsFile.Open(decoder), after = SafetensorsFile.Open(output);
        Assert.Equal(before.Tensors.Values.Select(t => t.ToString()).Order(), after.Tensors.Values.Select(t => t.ToString()).Order());
        Assert.Equal(["19.bias", "19.weight"], tuned.Changed);
        // Its family was told by the name of the file.
        Assert.Equal("taef1", after.Metadata["latentsharp.family"]);
        LatentSharpException both = Assert.Throws<LatentSharpException>(() => Tune(decoder, In("both.safetensors"), part: TrainedPart.Both));
        Assert.Contains("two files", both.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(In("both.safetensors")));
    }

    [Fact]
    public void A_torch_file_becomes_safetensors_with_a_word()
    {
        TunedFile tuned = Tune(Shared.Path("models/tiny/taef2_decoder.pth"), In("taef2_decoder.safetensors"));
        Assert.Contains("safetensors", Assert.Single(tuned.Notes), StringComparison.Ordinal);
        using Autoencoder opened = Autoencoder.Open(In("taef2_decoder.safetensors"));
        Assert.True(opened.CanDecode);
    }

    // ComfyUI's scaled 8-bit floats: a weight that is trained loses its scale, one that is not keeps bytes and scale.
    [Fact]
    public void Scaled_eight_bits_are_widened_without_their_scales()
    {
        const float scale = 1f / 64;
        string source = In("scaled.safetensors"), output = In("tuned.safetensors");
        WeightSource weights = EmbeddedAutoencoder.Shared.Weights;
        SafetensorsWriter.Write(source, weights.Tensors.Values.SelectMany(t =>
        {
            if (t.Shape.Rank == 1) return [SafetensorsEntry.Convert(weights, t, t.Name, t.Shape, ElementType.BF16)];
            var stored = new MemoryWeights("scaled");
            stored.Add(t.Name, Array.ConvertAll(weights.Read(t), v => v / scale), t.Shape.Dimensions.AsSpan());
            return (SafetensorsEntry[])[SafetensorsEntry.Convert(stored, stored.Tensors[t.Name], t.Name, t.Shape, ElementType.F8_E4M3),
                SafetensorsEntry.Of(t.Name[..^".weight".Length] + ".scale_weight", new[] { scale })];
        }));
        TunedFile tuned = Tune(source, output);
        Assert.Contains(tuned.Notes, n => n.Contains("bf16", StringComparison.Ordinal));
        Assert.Contains(tuned.Notes, n => n.Contains("scales", StringComparison.Ordinal));
        using (SafetensorsFile before = SafetensorsFile.Open(source), after = SafetensorsFile.Open(output))
        {
            Assert.Equal(ElementType.BF16, after.Tensors["decoder.conv_out.weight"].Type);
            Assert.DoesNotContain("decoder.conv_out.scale_weight", after.Tensors.Keys);
            Assert.Equal(ElementType.F8_E4M3, after.Tensors["decoder.conv_in.weight"].Type);
            Assert.Equal(Bytes(before, before.Tensors["decoder.conv_in.scale_weight"]), Bytes(after, after.Tensors["decoder.conv_in.scale_weight"]));
        }
        using Autoencoder start = Autoencoder.Open(source), end = Autoencoder.Open(output);
        float[] was = start.Weights.Read(start.Weights.Tensors["decoder.conv_out.weight"]),
            now = end.Weights.Read(end.Weights.Tensors["decoder.conv_out.weight"]);
        // A step at the rate of the options, and the rounding to bf16: nothing like a scale applied twice or not at all.
        Assert.InRange(was.Zip(now, (a, b) => Math.Abs(a - b)).Max(), 1e-6, 0.05 * was.Max(Math.Abs));
    }

    [Fact]
    public void Eight_bits_are_widened_with_a_word_and_what_overflows_is_refused()
    {
        string source = In("eight.safetensors");
        WeightSource weights = EmbeddedAutoencoder.Shared.Weights;
        SafetensorsWriter.Write(source, weights.Tensors.Values.Select(t => SafetensorsEntry.Convert(weights, t, t.Name, t.Shape,
            t.Shape.Rank == 1 ? ElementType.BF16 : ElementType.F8_E4M3)));
        TunedFile tuned = Tune(source, In("wide.safetensors"));
        Assert.Contains("bf16", Assert.Single(tuned.Notes), StringComparison.Ordinal);
        using SafetensorsFile wide = SafetensorsFile.Open(In("wide.safetensors"));
        Assert.Equal(ElementType.BF16, wide.Tensors["decoder.conv_out.weight"].Type);
        Assert.Equal(ElementType.F8_E4M3, wide.Tensors["decoder.conv_in.weight"].Type);

        // The decoder's last layer is made a hundred thousand times larger, which half precision does not hold.
        string half = In("half.safetensors");
        SafetensorsWriter.Write(half,
            weights.Tensors.Values.Select(t => SafetensorsEntry.Convert(weights, t, t.Name, t.Shape, ElementType.F16)));
        using Autoencoder opened = Autoencoder.Open(half);
        using var trainer = new Trainer(opened, new TrainerOptions { Part = TrainedPart.Last(1), Rate = 1e6, Warmup = 0, Average = null });
        trainer.Advance([new TrainingExample(Pictures.Scene(64, 64, 1))], cancel);
        LatentSharpException overflow = Assert.Throws<LatentSharpException>(
            () => trainer.Write(In("overflow.safetensors"), cancellationToken: cancel));
        Assert.Contains("F16", overflow.Message, StringComparison.OrdinalIgnoreCase);
        Assert.False(File.Exists(In("overflow.safetensors")));
    }

    [Fact]
    public void The_source_is_never_replaced()
    {
        string source = In("ae.safetensors");
        WeightSource weights = EmbeddedAutoencoder.Shared.Weights;
        SafetensorsWriter.Write(source, weights.Tensors.Values.Select(t => SafetensorsEntry.Copy(weights, t, t.Name, t.Shape)));
        byte[] before = File.ReadAllBytes(source);
        Assert.Throws<LatentSharpException>(() => Tune(source, source));
        Assert.Equal(before, File.ReadAllBytes(source));
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private TunedFile Tune(string source, string output, IReadOnlyDictionary<string, string>? metadata = null, TrainedPart? part = null)
    {
        using Autoencoder autoencoder = Autoencoder.Open(source);
        using var trainer = new Trainer(autoencoder, new TrainerOptions { Part = part ?? TrainedPart.Last(1), Warmup = 0 });
        ImageTensor picture = Pictures.Scene(64, 64, 3);
        int side = 64 / autoencoder.Space.Factor;
        Latent latent = new(autoencoder.Space, new float[autoencoder.Space.Channels * side * side], 1, side, side);
        trainer.Advance([new TrainingExample(picture, part is { MovesLatents: true } ? null : latent)], cancel);
        return trainer.Write(output, metadata: metadata, cancellationToken: cancel);
    }

    private string In(string name) => Path.Combine(folder, name);

    private static byte[] Bytes(SafetensorsFile file, TensorInfo tensor)
    {
        var bytes = new byte[tensor.ByteLength];
        file.ReadBytes(tensor, 0, bytes);
        return bytes;
    }
}
