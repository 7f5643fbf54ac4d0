using LatentSharp.Tests.Quality;
using LatentSharp.Tuning;

namespace LatentSharp.Tests.Tuning;

/// <summary>Training by what is added to matrices, on small pictures.</summary>
public sealed class LowRankTests : IDisposable
{
    private const string Behind = "decoder.conv_out.weight";

    private static readonly ImageTensor[] Scenes = [.. Enumerable.Range(1, 5).Select(seed => Pictures.Scene(64, 64, seed))];

    private readonly string folder = Directory.CreateTempSubdirectory("latentsharp-").FullName;
    private readonly CancellationToken cancel = TestContext.Current.CancellationToken;

    // What is added to a matrix [out, the rest] has the rank that was asked for, before and after a stop.
    [Fact]
    public async Task A_low_rank_adds_few_numbers_to_matrices_and_goes_on_with_the_same_bits()
    {
        TrainerOptions options = new() { Part = TrainedPart.LowRank(2), Steps = 4, Warmup = 0, Rate = 1e-2 };
        string path = Path.Combine(folder, "rank.safetensors");
        using var whole = new Trainer(EmbeddedAutoencoder.Shared, options);
        await Train(whole, 4, step => [new TrainingExample(Scenes[step % 5])]);
        using (var first = new Trainer(EmbeddedAutoencoder.Shared, options))
        {
            await Train(first, 3, step => [new TrainingExample(Scenes[step % 5])]);
            first.Keep();
            first.Save(path);
        }
        using var second = new Trainer(EmbeddedAutoencoder.Shared, options);
        second.Resume(path);
        await Train(second, 4, step => [new TrainingExample(Scenes[step % 5])]);
        using Autoencoder kept = second.Kept();
        foreach (string name in whole.Trained)
        {
            Assert.True(EmbeddedAutoencoder.Shared.Weights.Tensors[name].Shape.Rank >= 2, name);
            Assert.Equal(Values(whole.Result, name), Values(second.Result, name));
        }
        Assert.NotEqual(Values(second.Result, Behind), Values(kept, Behind));
        Assert.DoesNotContain("decoder.norm_out.weight", whole.Trained);
        Assert.InRange(whole.Parameters, 1, TrainedPart.Decoder.Parameters(EmbeddedAutoencoder.Shared) / 10);

        const string matrix = "decoder.up.0.block.0.conv1.weight";
        float[] before = Values(EmbeddedAutoencoder.Shared, matrix), after = Values(whole.Result, matrix);
        int rows = (int)EmbeddedAutoencoder.Shared.Weights.Tensors[matrix].Shape[0], columns = before.Length / rows;
        double[][] change = [.. Enumerable.Range(0, rows).Select(r => Enumerable.Range(0, columns)
            .Select(c => (double)after[r * columns + c] - before[r * columns + c]).ToArray())];
        double all = change.Sum(r => r.Sum(v => v * v));
        Assert.True(all > 0);
        // Gram-Schmidt with the longest row first: two directions hold all but the rounding of float32.
        for (int direction = 0; direction < 2; direction++)
        {
            double[] longest = change.MaxBy(r => r.Sum(v => v * v))!;
            double length = Math.Sqrt(longest.Sum(v => v * v));
            double[] unit = [.. longest.Select(v => v / length)];
            change = [.. change.Select(r => (Row: r, Along: r.Zip(unit, (a, b) => a * b).Sum()))
                .Select(p => p.Row.Zip(unit, (a, b) => a - p.Along * b).ToArray())];
        }
        double rounding = before.Sum(v => Math.Pow(v * 6e-8, 2));
        Assert.InRange(change.Sum(r => r.Sum(v => v * v)), 0, 1e-6 * all + 10 * rounding);
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private static float[] Values(Autoencoder autoencoder, string name) => autoencoder.Weights.Read(autoencoder.Weights.Tensors[name]);

    private async Task Train(Trainer trainer, long to, Func<long, IReadOnlyList<TrainingExample>> batch)
    {
        await foreach (TrainingStep step in trainer.RunAsync(batch, cancel))
            if (step.Step == to) break;
    }
}
