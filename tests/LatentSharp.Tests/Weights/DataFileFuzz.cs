using LatentSharp.Datasets.Formats;
using LatentSharp.Weights;
using LatentSharp.Weights.Files;
using LatentSharp.Weights.Files.Numpy;

namespace LatentSharp.Tests.Weights;

/// <summary>
/// Pictures, latents and arrays of NumPy, damaged at random: readers give what they can or refuse with an error meant for people, in
/// bounded memory. As many as <see cref="DamagedBytes.Inputs"/> says; of pictures, whose decoders are slower, a fifth.
/// </summary>
public sealed class DataFileFuzz
{
    private const long MaxAllocation = 64 << 20;

    [Fact]
    public void Damaged_arrays_of_NumPy()
    {
        float[] values = [.. Enumerable.Range(0, 16 * 36).Select(i => MathF.Sin(i))];
        NumpyArray array = NumpyArray.Of(values, 16, 6, 6);
        using var archive = new MemoryStream();
        NumpyArchive.Write(archive, [("latents_6x6", array), ("original_size_6x6", NumpyArray.Of([48L, 48]))]);
        Fuzz(11, [archive.ToArray(), array.ToFile(), .. Golden("dataset/kohya"), .. Golden("dataset/bad")], 1, bytes =>
        {
            using WeightFile file = WeightFiles.Open(bytes, "damaged.npz");
            foreach (TensorInfo tensor in file.Tensors.Values.Where(t => t.Shape.ElementCount < 1 << 20)) file.Read(tensor);
        });
    }

    [Fact]
    public void Damaged_latents()
    {
        float[] values = [.. Enumerable.Range(0, 16 * 36).Select(i => MathF.Cos(i))];
        Latent latent = new(LatentSpace.Flux1, values, 1, 6, 6) { PictureSize = (44, 48) };
        List<byte[]> seeds = [LatentFile.ToBytes(latent), .. Golden("dataset/kohya"), .. Golden("dataset/musubi"), .. Golden("dataset/research"),
            .. Golden("faults/bugs", "09-"), .. Golden("dataset/ai-toolkit/_latent_cache")];
        Fuzz(12, seeds, 1, bytes => LatentFile.Read(bytes, name: "damaged"));
    }

    [Theory]
    [InlineData("PNG")]
    [InlineData("JPEG")]
    [InlineData("WebP")]
    [InlineData("TIFF")]
    public void Damaged_pictures(string format)
    {
        var picture = new ImageTensor(1, 24, 20);
        for (int i = 0; i < picture.Values.Length; i++) picture.Values[i] = MathF.Sin(i / 7f);
        PictureFormat kind = PictureFormat.All.Single(f => f.Name == format);
        List<byte[]> seeds = [PictureFile.Encode(picture, kind)];
        if (format == "PNG") seeds.AddRange([.. Golden("png-metadata"), .. Golden("faults/bugs", "11-")]);
        var options = new PictureOptions { MaximumPixels = 1_000_000 };
        Fuzz(13 + format.Length, seeds, 5, bytes =>
        {
            PictureMetadata.Read(new MemoryStream(bytes));
            PictureFile.Load(bytes, options, "damaged");
        });
    }

    private static IEnumerable<byte[]> Golden(string folder, string start = "")
    {
        string path = Shared.Path("golden/" + folder);
        return !Directory.Exists(path) ? [] : Directory.EnumerateFiles(path)
            .Where(f => Path.GetFileName(f).StartsWith(start, StringComparison.Ordinal) && new FileInfo(f).Length is > 0 and < 20_000)
            .Order(StringComparer.Ordinal).Select(File.ReadAllBytes);
    }

    private static void Fuzz(int seed, List<byte[]> seeds, int every, Action<byte[]> read)
    {
        int readable = 0;
        for (int i = DamagedBytes.Inputs.Start.Value; i < DamagedBytes.Inputs.End.Value; i += every)
        {
            var random = new Random(seed * 1_000_003 + i);
            byte[] input = DamagedBytes.Of(seeds[random.Next(seeds.Count)], seeds, random);
            if (input.Length == 0) continue;
            long before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                read(input);
                readable++;
            }
            catch (LatentSharpException error)
            {
                Assert.StartsWith("damaged", error.Message, StringComparison.Ordinal);
            }
            catch (Exception error)
            {
                throw new InvalidOperationException($"input {i} of seed {seed} ({input.Length} bytes): {error.GetType().Name}: {error.Message}", error);
            }
            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(allocated < MaxAllocation, $"input {i} of seed {seed} allocated {allocated:N0} bytes");
        }
        Assert.True(readable > 0, "no damaged file was still readable: the damage is too coarse to find anything");
    }
}
