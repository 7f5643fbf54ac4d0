using System.Collections.Concurrent;

namespace LatentSharp.Tests.Autoencoders;

/// <summary>One autoencoder, many callers; and what they hear about progress.</summary>
public sealed class AutoencoderConcurrencyTests
{
    [Fact]
    public async Task CallsAtTheSameTimeGiveWhatTheyGiveAlone()
    {
        ImageTensor[] pictures = [.. Enumerable.Range(1, 6).Select(i => EmbeddedAutoencoderTests.Gradient(1, 8 * i, 24))];
        float[][] alone = [.. pictures.Select(p => EmbeddedAutoencoder.Shared.Decode(EmbeddedAutoencoder.Shared.Encode(p)).Values)];
        float[][] together =
            await Task.WhenAll(
                pictures.Select(p => Task.Run(() => EmbeddedAutoencoder.Shared.Decode(EmbeddedAutoencoder.Shared.Encode(p)).Values)));
        Assert.Equal(alone, together);
    }

    [Fact]
    public void TheNumberOfThreadsDoesNotChangeTheResult()
    {
        ImageTensor picture = EmbeddedAutoencoderTests.Gradient(1, 40, 24);
        Latent one = EmbeddedAutoencoder.Shared.Encode(picture, new EncodeOptions { Compute = new ComputeOptions { Threads = 1 } });
        Latent three = EmbeddedAutoencoder.Shared.Encode(picture, new EncodeOptions { Compute = new ComputeOptions { Threads = 3 } });
        Assert.Equal(one.Values, three.Values);
    }

    [Fact]
    public void ProgressOfABatchRisesToOne()
    {
        var seen = new ConcurrentQueue<double>();
        EmbeddedAutoencoder.Shared.Encode(EmbeddedAutoencoderTests.Gradient(3, 8, 8),
            progress: new Listener(p => seen.Enqueue(p.Fraction)));
        double[] fractions = [.. seen];
        Assert.Equal(fractions.Order(), fractions);
        Assert.InRange(fractions[0], 0, 0.34);
        Assert.Equal(1, fractions[^1], 9);
    }

    [Fact]
    public void CancellingInTheMiddleOfABatchEndsIt()
    {
        using var source = new CancellationTokenSource();
        int steps = 0;
        Assert.Throws<OperationCanceledException>(
            () => EmbeddedAutoencoder.Shared.Encode(EmbeddedAutoencoderTests.Gradient(50, 8, 8), progress: new Listener(_ =>
        {
            if (++steps == 5) source.Cancel();
        }), cancellationToken: source.Token));
        Assert.Equal(5, steps);
    }

    private sealed class Listener(Action<StepProgress> hear) : IProgress<StepProgress>
    {
        public void Report(StepProgress value) => hear(value);
    }
}
