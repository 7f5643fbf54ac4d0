using LatentSharp.Datasets;
using LatentSharp.Tests.CommandLine;
using LatentSharp.Tests.Quality;

namespace LatentSharp.Tests.Datasets;

/// <summary><see cref="LatentDataset"/> and <see cref="LatentDatasetReader"/>: what the commands do, for programs.</summary>
public sealed class LatentDatasetTests : IDisposable
{
    private static readonly LatentDatasetOptions Small = new()
    {
        Buckets = "kohya", Resolution = (64, 64), MinimumBucket = 32, MaximumBucket = 128,
        BucketStep = 16, Type = LatentSharp.Tensors.ElementType.F32, Mirror = true, KeepPosterior = true
    };

    private readonly Workplace place = new();

    public LatentDatasetTests()
    {
        Directory.CreateDirectory(place.File("set"));
        for (int i = 0; i < 9; i++)
        {
            PictureFile.Save(place.File($"set/{i}.png"), i % 3 == 0 ? Pictures.Scene(48, 96, i) : Pictures.Scene(64, 64, i));
            File.WriteAllText(place.File($"set/{i}.txt"), $"picture {i}\n");
        }
        File.WriteAllText(place.File("set/broken.png"), "no picture");
    }

    public void Dispose() => place.Dispose();

    [Fact]
    public async Task Pictures_are_given_as_they_are_finished_and_leaving_the_loop_ends_the_work()
    {
        int given = 0;
        await foreach (DatasetItem picture in Encode(new LatentDatasetOptions { Shard = (0, 1) }))
        {
            Assert.False(picture.WasThere);
            if (++given == 3) break;
        }
        var rest = new List<DatasetItem>();
        await foreach (DatasetItem picture in Encode(null)) rest.Add(picture);
        Assert.Equal(10, rest.Count);
        Assert.InRange(rest.Count(p => p.WasThere), 2, 9);
        DatasetItem broken = Assert.Single(rest, p => p.Error is not null);
        Assert.Equal(("broken.png", ErrorKind.BadInput), (broken.Name, broken.Error!.Kind));
        Assert.All(rest.Where(p => p.Error is null), p =>
        {
            Assert.Equal(2, p.Files.Count);
            Assert.All(p.Files, f => Assert.True(File.Exists(place.File("out/" + f))));
        });
        // Another way is never mixed in.
        LatentSharpException other = await Assert.ThrowsAsync<LatentSharpException>(async () =>
        {
            await foreach (DatasetItem _ in Encode(new LatentDatasetOptions { Mirror = false })) { }
        });
        Assert.Equal(ErrorKind.Mismatch, other.Kind);

        IAsyncEnumerable<DatasetItem> Encode(LatentDatasetOptions? options) => LatentDataset.EncodeAsync(place.File("set"), place.File("out"),
            EmbeddedAutoencoder.Shared, Directory.Exists(place.File("out")) ? options
                : Small with { Shard = options?.Shard }, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Batches_hold_one_size_in_an_order_that_seed_and_epoch_decide_from_any_position()
    {
        await foreach (DatasetItem _ in LatentDataset.EncodeAsync(place.File("set"), place.File("out"), EmbeddedAutoencoder.Shared, Small,
            TestContext.Current.CancellationToken)) { }
        using LatentDatasetReader reader = LatentDatasetReader.Open(place.File("out"));
        Assert.Equal((18, LatentSpace.Flux1), (reader.Count, reader.Space));
        Assert.Equal(2, reader.Buckets.Count);
        Assert.Equal(18, reader.Buckets.Sum(b => b.Count));
        var options = new LatentBatchOptions { Size = 4, Seed = 7 };
        LatentBatch[] epoch = [.. reader.Batches(options)];
        Assert.Equal(reader.BatchesOf(options), epoch.Length);
        foreach (LatentBatch batch in epoch)
        {
            Assert.InRange(batch.Latents.Batch, 1, 4);
            for (int i = 0; i < batch.Names.Count; i++)
            {
                Assert.Equal($"picture {Path.GetFileNameWithoutExtension(batch.Names[i])}", batch.Captions[i]);
                Latent plain = LatentFile.Load(place.File($"out/{batch.Names[i]}.latent.safetensors")),
                    mirrored = LatentFile.Load(place.File($"out/{batch.Names[i]}.mirrored.latent.safetensors"));
                int size = plain.Values.Length;
                float[] values = batch.Latents.Values[(i * size)..((i + 1) * size)];
                Assert.True(values.AsSpan().SequenceEqual(plain.Values) || values.AsSpan().SequenceEqual(mirrored.Values));
                Assert.Equal((plain.Width * 8, plain.Height * 8), batch.Bucket);
            }
        }
        // Every latent once: each picture plain and mirrored.
        Assert.All(epoch.SelectMany(b => b.Names).GroupBy(n => n), g => Assert.Equal(2, g.Count()));
        Assert.Equal(18, epoch.Sum(b => b.Names.Count));
        Assert.Equal(new LatentBatchPosition(1, 0), epoch[^1].Next);

        // From where it stopped it goes on, to the bit; another epoch and another seed have another order; without a seed it is the
        // stored one.
        LatentBatch[] rest = [.. reader.Batches(options, epoch[1].Next)];
        Assert.Equal(epoch[2..].Select(b => string.Join(' ', b.Names)), rest.Select(b => string.Join(' ', b.Names)));
        Assert.Equal(epoch[2].Latents.Values, rest[0].Latents.Values);
        string order = Order(options, 0);
        Assert.NotEqual(order, Order(options, 1));
        Assert.NotEqual(order, Order(options with { Seed = 8 }, 0));
        Assert.Equal(Order(options with { Seed = null }, 0), Order(options with { Seed = null }, 1));

        // Parts of equal length that overlap in nothing; small batches left out.
        var parts = Enumerable.Range(0, 2).Select(p => reader.Batches(options with { Part = (p, 2) }).ToArray()).ToArray();
        Assert.Equal(parts[0].Length, parts[1].Length);
        Assert.Empty(parts[0].Select(Key).Intersect(parts[1].Select(Key)));
        Assert.All(reader.Batches(options with { DropLast = true }), b => Assert.Equal(4, b.Names.Count));
        Assert.Equal(9, reader.Batches(options with { Mirrored = false }).Sum(b => b.Names.Count));
        Assert.Throws<ArgumentOutOfRangeException>(() => reader.Batches(options with { Part = (2, 2) }));

        // Drawn from the posterior: mean + exp(logvar / 2) * noise, another in each epoch, the same for the same.
        LatentBatch[] drawn = [.. reader.Batches(options with { Draw = true })], again = [.. reader.Batches(options with { Draw = true })];
        Assert.Equal(drawn[0].Latents.Values, again[0].Latents.Values);
        Assert.NotEqual(drawn[0].Latents.Values, epoch[0].Latents.Values);
        double squares = 0, count = 0;
        for (int b = 0; b < drawn.Length; b++)
        {
            for (int i = 0; i < drawn[b].Names.Count; i++)
            {
                Latent plain = LatentFile.Load(place.File($"out/{drawn[b].Names[i]}.latent.safetensors"));
                int size = plain.Values.Length;
                if (!epoch[b].Latents.Values[(i * size)..((i + 1) * size)].AsSpan().SequenceEqual(plain.Values)) continue;
                for (int v = 0; v < size; v++)
                {
                    double deviation = Math.Exp(plain.LogVariance![v] / 2) * 0.3611;
                    squares += Math.Pow((drawn[b].Latents.Values[i * size + v] - plain.Values[v]) / deviation, 2);
                    count++;
                }
            }
        }
        // The mean of n squares of a standard normal is 1 with a deviation of sqrt(2 / n); five of them.
        Assert.Equal(1, squares / count, 5 * Math.Sqrt(2 / count));

        string Order(LatentBatchOptions o, int e) => string.Join(' ', reader.Batches(o, new LatentBatchPosition(e,
            0)).SelectMany(b => b.Names));
        static string Key(LatentBatch batch) => Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(
            System.Runtime.InteropServices.MemoryMarshal.AsBytes(batch.Latents.Values.AsSpan())));
    }

    [Fact]
    public async Task Drawing_needs_the_variance_and_an_empty_data_set_says_so()
    {
        await foreach (DatasetItem _ in LatentDataset.EncodeAsync(place.File("set"), place.File("out"), EmbeddedAutoencoder.Shared,
            Small with { KeepPosterior = null }, TestContext.Current.CancellationToken)) { }
        using LatentDatasetReader reader = LatentDatasetReader.Open(place.File("out"));
        Assert.Contains("log-variance", Assert.Throws<LatentSharpException>(() => reader.Batches(new LatentBatchOptions { Draw = true })).Message,
            StringComparison.Ordinal);
        Assert.Equal(ErrorKind.NotFound, Assert.Throws<LatentSharpException>(() => LatentDatasetReader.Open(place.File("set"))).Kind);
    }
}
