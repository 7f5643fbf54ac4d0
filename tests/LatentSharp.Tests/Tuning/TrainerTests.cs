using LatentSharp.Autoencoders.Catalogue;
using LatentSharp.Tests.Quality;
using LatentSharp.Training;
using LatentSharp.Tuning;
using LatentSharp.Weights.Identity;
using LatentSharp.Weights.Views;

namespace LatentSharp.Tests.Tuning;

/// <summary>Training of the embedded autoencoder on small pictures.</summary>
public sealed class TrainerTests : IDisposable
{
    private const string Behind = "decoder.conv_out.weight", Norm = "decoder.norm_out.weight";

    private static readonly TrainerOptions Quick = new() { Part = TrainedPart.Last(1), Steps = 4, Warmup = 0, Rate = 1e-3 };
    private static readonly ImageTensor[] Scenes = [.. Enumerable.Range(1, 5).Select(seed => Pictures.Scene(64, 64, seed))];

    private readonly string folder = Directory.CreateTempSubdirectory("latentsharp-").FullName;
    private readonly CancellationToken cancel = TestContext.Current.CancellationToken;

    [Fact]
    public async Task Steps_lower_the_loss_and_leave_the_encoder_and_the_original_alone()
    {
        using Autoencoder original = Reddish();
        ContentDigest before = ContentDigest.Compute(original.Weights, DigestLevel.Exact, cancellationToken: cancel);
        var options = new TrainerOptions { Steps = 6, Warmup = 0, Rate = 1e-4, Loss = PictureLosses.MeanSquare };
        using var trainer = new Trainer(original, options);
        var losses = new List<double>();
        await foreach (TrainingStep step in trainer.RunAsync(_ => [new TrainingExample(Scenes[0])], cancel))
        {
            Assert.Equal(losses.Count + 1, step.Step);
            Assert.True(step.GradientNorm > 0 && step.Rate is >= 0 and <= 1e-4 && step.Seconds > 0, step.ToString());
            losses.Add(step.Loss);
        }
        Assert.Equal(6, losses.Count);
        Assert.True(losses[^1] < 0.9 * losses[0], string.Join(", ", losses));
        ContentDigest after = ContentDigest.Compute(trainer.Result.Weights, DigestLevel.Exact, cancellationToken: cancel);
        Assert.Equal(before.Encoder, after.Encoder);
        Assert.NotEqual(before.Decoder, after.Decoder);
        Assert.Equal(before, ContentDigest.Compute(original.Weights, DigestLevel.Exact, cancellationToken: cancel));
        Latent latent = trainer.Result.Encode(Scenes[1], cancellationToken: cancel);
        Assert.Equal(original.Encode(Scenes[1], cancellationToken: cancel).Values, latent.Values);
        Assert.Equal(original.Space, latent.Space);
    }

    [Fact]
    public async Task A_run_that_was_saved_goes_on_with_the_same_bits_on_any_number_of_threads()
    {
        string path = Path.Combine(folder, "state.safetensors");
        using var whole = new Trainer(EmbeddedAutoencoder.Shared, Quick with { Compute = new ComputeOptions { Threads = 1 } });
        await Run(whole, 4);
        using (var first = new Trainer(EmbeddedAutoencoder.Shared, Quick with { Compute = new ComputeOptions { Threads = 2 } }))
        {
            await Run(first, 2);
            first.Keep();
            first.Save(path, "half of it");
        }
        using var second = new Trainer(EmbeddedAutoencoder.Shared, Quick);
        Assert.Equal("half of it", second.Resume(path));
        Assert.Equal((2, true), (second.Step, second.HasKept));
        await Run(second, 4);
        Assert.Equal(4, second.Step);
        foreach (string name in whole.Trained) Assert.Equal(Values(whole.Result, name), Values(second.Result, name));
        using Autoencoder kept = second.Kept();
        Assert.NotEqual(Values(second.Result, Behind), Values(kept, Behind));

        using var other = new Trainer(EmbeddedAutoencoder.Shared, Quick with { Recipe = "other pictures" });
        LatentSharpException refused = Assert.Throws<LatentSharpException>(() => other.Resume(path));
        Assert.Equal(ErrorKind.Mismatch, refused.Kind);
        Assert.Contains("other pictures", refused.Message, StringComparison.Ordinal);

        Task Run(Trainer trainer, long to)
            => Train(trainer, to, step => [new TrainingExample(Scenes[step % 5]), new TrainingExample(Scenes[(step + 1) % 5])]);
    }

    // Two pictures of which one has three times the pixels: the mean over all pixels. The rule is SGD, which is linear in the gradient.
    [Fact]
    public void A_batch_is_the_mean_over_all_its_pixels()
    {
        TrainerOptions options = Quick with { Optimiser = OptimiserKind.Sgd, Clip = null, Average = null, Curve = RateCurve.Constant };
        TrainingExample small = new(Scenes[0]), large = new(Pictures.Scene(64, 192, 7));
        double[] both = Change([small, large]), one = Change([small]), other = Change([large]);
        double longest = both.Max(Math.Abs);
        Assert.True(longest > 1e-6);
        // Differences of float32 weights of up to 0.5.
        for (int i = 0; i < both.Length; i++) Assert.InRange(Math.Abs(both[i] - (one[i] + 3 * other[i]) / 4), 0, 1e-7);

        double[] Change(TrainingExample[] examples)
        {
            using var trainer = new Trainer(EmbeddedAutoencoder.Shared, options);
            trainer.Advance(examples, cancel);
            return [.. Values(trainer.Result, Behind).Zip(Values(EmbeddedAutoencoder.Shared, Behind), (a, b) => (double)a - b)];
        }
    }

    [Fact]
    public void A_loss_is_a_function_over_nodes_that_gives_one_value()
    {
        // Brightness alone, so that a picture with all colours exchanged is as good as the picture.
        static LossNode Brightness(LossNode x) => x.Channel(0) + x.Channel(1) + x.Channel(2);
        TrainerOptions options = Quick with { Loss = (x, y) => (Brightness(x) - Brightness(y)).Square().Mean() };
        using var trainer = new Trainer(EmbeddedAutoencoder.Shared, options);
        ImageTensor picture = Scenes[0];
        double loss = trainer.Advance([new TrainingExample(picture)], cancel).Loss;
        Autoencoder ae = EmbeddedAutoencoder.Shared;
        ImageTensor decoded = ae.Decode(ae.Encode(picture, cancellationToken: cancel), cancellationToken: cancel);
        double expected = Enumerable.Range(0, 64 * 64).Average(
            i => Math.Pow(Enumerable.Range(0, 3).Sum(c => decoded.Plane(0, c)[i] - picture.Plane(0, c)[i]) / 2.0, 2));
        // The decoder of a training sums convolutions directly, the other by Winograd.
        Assert.Equal(expected, loss, 1e-4 * expected);
        ArgumentException refused = Assert.Throws<ArgumentException>(() => new Trainer(ae, Quick with { Loss = (x, y) => x - y }));
        Assert.Contains("Mean()", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_no_number_is_named_with_the_step_and_the_layer_and_changes_nothing()
    {
        var broken = new OverlaidWeights(EmbeddedAutoencoder.Shared.Weights, EmbeddedAutoencoder.Shared.IdentifyingMetadata);
        float[] bias = Values(EmbeddedAutoencoder.Shared, "decoder.up.1.block.0.conv1.bias");
        bias[3] = float.PositiveInfinity;
        broken.Replace("decoder.up.1.block.0.conv1.bias", bias);
        using var spoilt = Autoencoder.From(broken, new AutoencoderOptions { Family = EmbeddedAutoencoder.Shared.Family });
        using var trainer = new Trainer(spoilt, Quick);
        float[] before = Values(trainer.Result, Behind);
        var error = Assert.Throws<LatentSharpException>(() => trainer.Advance([new TrainingExample(Scenes[0])], cancel));
        Assert.Contains("step 1", error.Message, StringComparison.Ordinal);
        Assert.Contains("decoder.up.1.block.0.conv1", error.Message, StringComparison.Ordinal);
        Assert.Equal(0, trainer.Step);
        Assert.Equal(before, Values(trainer.Result, Behind));
    }

    // Chosen by the budget, which holds the state too; the gradients are the same to the bit.
    [Fact]
    public void What_is_not_kept_is_computed_again_with_the_same_bits()
    {
        TrainerOptions options = Quick with { Part = TrainedPart.Decoder };
        TrainingPlan plan = TrainingPlan.Of(EmbeddedAutoencoder.Shared, options, 64, 64);
        Assert.Equal(plan.Kept, plan.Chosen);
        Assert.True(plan.Again.PeakBytes < plan.Kept.PeakBytes, $"{plan.Kept.PeakBytes} and {plan.Again.PeakBytes}");
        Assert.InRange((double)plan.Again.MultiplyAdds / plan.Kept.MultiplyAdds, 1.05, 4 / 3.0);
        using var kept = new Trainer(EmbeddedAutoencoder.Shared, options);
        var budget = new ComputeOptions { MemoryBudget = kept.StateBytes + (plan.Kept.PeakBytes + plan.Again.PeakBytes) / 2 };
        using var again = new Trainer(EmbeddedAutoencoder.Shared, options with { Compute = budget });
        Assert.Equal(plan.Again.MultiplyAdds, again.Plan(64, 64).MultiplyAdds);
        TrainingStep first = kept.Advance([new TrainingExample(Scenes[0])], cancel);
        TrainingStep second = again.Advance([new TrainingExample(Scenes[0])], cancel);
        Assert.Equal((first.Loss, first.GradientNorm), (second.Loss, second.GradientNorm));
        foreach (string name in kept.Trained) Assert.Equal(Values(kept.Result, name), Values(again.Result, name));
        var none = new ComputeOptions { MemoryBudget = kept.StateBytes + plan.Again.PeakBytes / 4 };
        using var refused = new Trainer(EmbeddedAutoencoder.Shared, options with { Compute = none });
        Assert.Contains("would do", Assert.Throws<LatentSharpException>(() => refused.Plan(64, 64)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_step_that_is_cancelled_was_not_made()
    {
        using var stop = new CancellationTokenSource();
        using var trainer = new Trainer(EmbeddedAutoencoder.Shared, Quick);
        float[] before = [];
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (TrainingStep _ in trainer.RunAsync(step => [new TrainingExample(Scenes[step])], stop.Token))
            {
                before = Values(trainer.Result, Behind);
                await stop.CancelAsync();
            }
        });
        Assert.Equal(1, trainer.Step);
        Assert.Equal(before, Values(trainer.Result, Behind));
    }

    [Theory]
    [InlineData("encoder", true, false)]
    [InlineData("both", true, true)]
    [InlineData("norms", false, true)]
    public void Parts_are_what_they_are_called(string word, bool encoder, bool decoder)
    {
        using var trainer = new Trainer(EmbeddedAutoencoder.Shared, Quick with { Part = TrainedPart.Parse(word) });
        Assert.Equal(encoder, trainer.Trained.Any(n => n.StartsWith("encoder.", StringComparison.Ordinal)));
        Assert.Equal(decoder, trainer.Trained.Contains(Norm));
        Assert.Equal(decoder && word != "norms", trainer.Trained.Contains(Behind));
        trainer.Advance([new TrainingExample(Scenes[0])], cancel);
        string changed = encoder ? "encoder.conv_in.weight" : Norm;
        Assert.NotEqual(Values(EmbeddedAutoencoder.Shared, changed), Values(trainer.Result, changed));
    }

    [Fact]
    public void The_last_blocks_come_with_what_stands_behind_them()
    {
        Assert.Equal(["decoder.conv_out.bias", "decoder.conv_out.weight", "decoder.norm_out.bias", "decoder.norm_out.weight"],
            TrainedPart.Last(1).Of(EmbeddedAutoencoder.Shared).Where(n => !n.Contains(".block.", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        Assert.All(TrainedPart.Last(1).Of(EmbeddedAutoencoder.Shared).Where(n => n.Contains(".block.", StringComparison.Ordinal)),
            n => Assert.StartsWith("decoder.up.0.block.2.", n, StringComparison.Ordinal));
        Assert.Equal("decoder.up.3.block.0", TrainedPart.BlockOf("decoder.up.3.block.0.nin_shortcut.weight"));
        Assert.Equal("decoder.3", TrainedPart.BlockOf("decoder.3.conv.0.weight"));
        Assert.Equal("", TrainedPart.BlockOf("decoder.conv_out.weight"));
        var refused = Assert.Throws<LatentSharpException>(() => TrainedPart.Last(100).Of(EmbeddedAutoencoder.Shared));
        Assert.Contains("blocks", refused.Message, StringComparison.Ordinal);
        Assert.Contains("decoder", Assert.Throws<LatentSharpException>(() => TrainedPart.Parse("decodr")).Message, StringComparison.Ordinal);
        Assert.Equal("last:3", TrainedPart.Parse("LAST:3").Word);
        Assert.Equal(TrainedPart.LowRank(8), TrainedPart.Parse("Rank:8"));
    }

    [Fact]
    public void Pictures_and_latents_that_do_not_fit_are_refused()
    {
        using var trainer = new Trainer(EmbeddedAutoencoder.Shared, Quick);
        var odd = Assert.Throws<LatentSharpException>(() => trainer.Advance([new TrainingExample(Pictures.Scene(60, 64, 1))], cancel));
        Assert.Contains("multiples of 8", odd.Message, StringComparison.Ordinal);
        Latent latent = EmbeddedAutoencoder.Shared.Encode(Scenes[0], cancellationToken: cancel);
        Assert.Throws<LatentSharpException>(() => trainer.Advance([new TrainingExample(Pictures.Scene(128, 64, 1), latent)], cancel));
        var other = new Latent(LatentSpace.Sd3, latent.Values, 1, 8, 8);
        Assert.Throws<LatentSpaceMismatchException>(() => trainer.Advance([new TrainingExample(Scenes[0], other)], cancel));
        trainer.Advance([new TrainingExample(Scenes[0], latent)], cancel);
        Assert.Equal(1, trainer.Step);
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    // More red at the end of the decoder.
    private static Autoencoder Reddish()
    {
        var planted = new OverlaidWeights(EmbeddedAutoencoder.Shared.Weights, EmbeddedAutoencoder.Shared.IdentifyingMetadata);
        float[] bias = Values(EmbeddedAutoencoder.Shared, "decoder.conv_out.bias");
        bias[0] += 0.2f;
        planted.Replace("decoder.conv_out.bias", bias);
        return Autoencoder.From(planted, new AutoencoderOptions { Family = EmbeddedAutoencoder.Shared.Family });
    }

    private static float[] Values(Autoencoder autoencoder, string name) => autoencoder.Weights.Read(autoencoder.Weights.Tensors[name]);

    private async Task Train(Trainer trainer, long to, Func<long, IReadOnlyList<TrainingExample>> batch)
    {
        await foreach (TrainingStep step in trainer.RunAsync(batch, cancel))
            if (step.Step == to) break;
    }
}
