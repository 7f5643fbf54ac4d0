using LatentSharp.Models.Autoencoders;
using LatentSharp.Weights;
using LatentSharp.Weights.Files;

namespace LatentSharp.Tests.Weights;

/// <summary>
/// Valid files, damaged at random: whatever the readers are given, they open it and read every tensor of it, or refuse it with an error
/// meant for people. Seeds are fixed, so that a failure comes back. A few thousand inputs by default; 375,000 in all when LATENTSHARP_LONG
/// is 1; LATENTSHARP_FUZZ says how many each reader gets, 2,000,000 for ten million in all, or which: 100000..200000.
/// </summary>
public class WeightFileFuzz
{
    private const long MaxAllocation = 64 << 20;
    [Fact]
    public void The_samples_are_valid()
    {
        using var folder = new TemporaryFolder();
        foreach ((string name, byte[] sample, int tensors) in new[] { ("a.safetensors", CheckpointSamples.Safetensors(), 5),
            ("a.gguf", CheckpointSamples.Gguf(), 3), ("a.pth", CheckpointSamples.TorchZip(), 2),
            ("b.pth", CheckpointSamples.TorchLegacy(), 2) })
        {
            using WeightFile file = WeightFiles.Open(folder.Write(name, sample));
            Assert.Equal(tensors, file.Tensors.Count);
            foreach (TensorInfo tensor in file.Tensors.Values) file.Read(tensor);
        }
    }

    [Fact]
    public void Damaged_safetensors()
    => Fuzz(1, path => SafetensorsFile.Open(path), CheckpointSamples.Safetensors(), "valid", ".safetensors");

    [Fact]
    public void Damaged_gguf() => Fuzz(2, path => GgufFile.Open(path), CheckpointSamples.Gguf(), "gguf", ".gguf");

    [Fact]
    public void Damaged_torch_zip() => Fuzz(3, path => TorchFile.Open(path), CheckpointSamples.TorchZip(), "valid", ".ckpt");

    [Fact]
    public void Damaged_torch_legacy() => Fuzz(4, path => TorchFile.Open(path), CheckpointSamples.TorchLegacy(), "valid", "legacy.ckpt");

    [Fact]
    public void Damaged_index()
    {
        byte[] index = """
            {"metadata":{"total_size":16},"weight_map":{"a":"one.safetensors","b":"two.safetensors","c":"two.safetensors"}}
            """u8.ToArray();
        Fuzz(5, path => ShardedSafetensors.Open(path), index, "valid", ".safetensors.index.json", folder =>
        {
            SafetensorsWriter.Write(folder.File("one.safetensors"), [SafetensorsEntry.Of("a", new float[] { 5 }, 1)]);
            SafetensorsWriter.Write(folder.File("two.safetensors"),
                [SafetensorsEntry.Of("b", new float[] { 1, 2 }, 2), SafetensorsEntry.Of("c", new float[] { 3 }, 1)]);
        });
    }

    private static void Fuzz(int seed, Func<string, WeightFile> open, byte[] sample, string golden, string extension,
        Action<TemporaryFolder>? prepare = null)
    {
        List<byte[]> seeds = [sample];
        // Files from the golden data make better seeds where they are there; large ones would only slow the search down.
        foreach (var entry in WeightManifest.Files(golden))
        {
            string path = Shared.Path($"golden/{golden}/{entry.GetProperty("file").GetString()}");
            if (path.EndsWith(extension, StringComparison.Ordinal) && new FileInfo(path).Length < 20_000)
                seeds.Add(File.ReadAllBytes(path));
        }
        using var folder = new TemporaryFolder();
        prepare?.Invoke(folder);
        string file = folder.File("input" + extension);
        int opened = 0;
        for (int i = DamagedBytes.Inputs.Start.Value; i < DamagedBytes.Inputs.End.Value; i++)
        {
            var random = new Random(seed * 1_000_003 + i);
            byte[] input = DamagedBytes.Of(seeds[random.Next(seeds.Count)], seeds, random);
            File.WriteAllBytes(file, input);
            long before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                using WeightFile weights = open(file);
                opened++;
                foreach (TensorInfo tensor in weights.Tensors.Values)
                {
                    weights.Read(tensor);
                    weights.ReadBytes(tensor, 0, new byte[tensor.ByteLength]);
                }
                CanonicalWeights.From(weights);
            }
            catch (LatentSharpException error)
            {
                // An index may name a shard that is refused in its turn.
                Assert.StartsWith(folder.Path, error.Message);
            }
            catch (Exception error)
            {
                throw new InvalidOperationException(
                    $"input {i} of seed {seed} ({input.Length} bytes): {error.GetType().Name}: {error.Message}", error);
            }
            Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < MaxAllocation,
                $"input {i} of seed {seed} allocated {GC.GetAllocatedBytesForCurrentThread() - before:N0} bytes");
        }
        Assert.True(opened > 0, "no damaged file was still readable: the damage is too coarse to find anything");
        Assert.False(File.Exists("/tmp/PWNED"));
    }
}
