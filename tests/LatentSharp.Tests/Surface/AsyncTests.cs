namespace LatentSharp.Tests.Surface;

/// <summary>
/// Asynchronous calls and series: the results of the plain calls, in order, with bounded memory, errors of single items, and an end when
/// asked.
/// </summary>
public sealed class AsyncTests
{
    private static ImageTensor Picture(int i) => new([i / 100f, 0, -i / 100f], 1, 1, 1);

    [Fact]
    public async Task Calls_give_what_the_plain_ones_give()
    {
        Latent latent = await Autoencoder.Pixels.EncodeAsync(Picture(7));
        Assert.Equal(Autoencoder.Pixels.Encode(Picture(7)).Values, latent.Values);
        Assert.Equal(Picture(7).Values, (await Autoencoder.Pixels.DecodeAsync(latent)).Values);
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => Autoencoder.Pixels.EncodeAsync(Picture(7), cancellationToken: cancelled.Token));
        await Assert.ThrowsAsync<ArgumentNullException>(() => Autoencoder.Pixels.EncodeAsync(null!));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task A_series_keeps_its_order_and_never_holds_more_than_it_may(int readAhead)
    {
        int alive = 0, most = 0;
        var counted = new CountingDouble(() => Interlocked.Decrement(ref alive));
        int next = 0;
        await foreach (BatchItem<int, Latent> item in counted.EncodeAsync(Enumerable.Range(0, 40), Read, readAhead: readAhead))
        {
            Assert.Equal((next, next), (item.Index, item.Source));
            Assert.Equal(Picture(next++).Values, item.Value.Values);
        }
        Assert.Equal(40, next);
        // One in work beside those that wait.
        Assert.InRange(most, 1, readAhead + 1);

        async ValueTask<ImageTensor> Read(int i, CancellationToken cancellationToken)
        {
            int now = Interlocked.Increment(ref alive);
            int seen;
            while (now > (seen = Volatile.Read(ref most)) && Interlocked.CompareExchange(ref most, now, seen) != seen) { }
            await Task.Yield();
            return Picture(i);
        }
    }

    [Fact]
    public async Task The_next_is_read_while_one_is_computed()
    {
        using var read = new SemaphoreSlim(0);
        bool overlapped = false;
        // The first picture is not encoded before the second has been read: without overlap this would wait for ever, so the wait has an
        // end, which fails the test.
        var waiting = new CountingDouble(() => overlapped |= read.Wait(TimeSpan.FromSeconds(30)));
        int index = 0;
        await foreach (BatchItem<int, Latent> item in waiting.EncodeAsync([0, 1], (i, _) =>
        {
            if (i == 1) read.Release(2);
            return ValueTask.FromResult(Picture(i));
        })) Assert.Equal(index++, item.Index);
        Assert.True(overlapped);
    }

    [Fact]
    public async Task A_bad_item_comes_as_its_problem_and_the_rest_follows()
    {
        var outcomes = new List<BatchItem<int, Latent>>();
        await foreach (BatchItem<int, Latent> item in Autoencoder.Pixels.EncodeAsync([0, 1, 2, 3], (i, _) => i switch
        {
            1 => throw new IOException("unreadable"),
            2 => ValueTask.FromResult(new ImageTensor([float.NaN, 0, 0], 1, 1, 1)),
            _ => ValueTask.FromResult(Picture(i)),
        })) outcomes.Add(item);
        Assert.Equal([true, false, false, true], outcomes.Select(o => o.Result is not null));
        Assert.Equal("unreadable", outcomes[1].Problem!.Message);
        Assert.Contains("NaN", outcomes[2].Problem!.Message);
        Assert.StartsWith("item 2: ", Assert.Throws<LatentSharpException>(() => outcomes[2].Value).Message);
    }

    [Fact]
    public async Task Leaving_early_ends_the_reading()
    {
        int taken = 0, reading = 0;
        await foreach (BatchItem<int, Latent> item in Autoencoder.Pixels.EncodeAsync(Endless(), async (i, token) =>
        {
            Interlocked.Increment(ref reading);
            try
            {
                await Task.Delay(i > 2 ? Timeout.Infinite : 0, token);
                return Picture(i);
            }
            finally
            {
                Interlocked.Decrement(ref reading);
            }
        })) if (item.Index == 2) break;
        Assert.Equal(0, reading);
        Assert.InRange(taken, 3, 5);

        IEnumerable<int> Endless()
        {
            while (true) yield return taken++;
        }
    }

    [Fact]
    public async Task Cancelling_ends_a_series()
    {
        using var source = new CancellationTokenSource();
        int seen = 0;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (BatchItem<int, Latent> item in Autoencoder.Pixels.EncodeAsync(Enumerable.Range(0, 100),
                (i, _) => ValueTask.FromResult(Picture(i)), cancellationToken: source.Token))
                if (++seen == 5) await source.CancelAsync();
        });
        Assert.Equal(5, seen);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (BatchItem<int, Latent> item in Autoencoder.Pixels.EncodeAsync([0], (i, _) => ValueTask.FromResult(Picture(i)))
                .WithCancellation(source.Token)) { }
        });
    }

    [Fact]
    public async Task Latents_come_back_as_pictures_in_series()
    {
        Latent[] latents = [.. Enumerable.Range(0, 5).Select(i => Autoencoder.Pixels.Encode(Picture(i)))];
        int next = 0;
        await foreach (BatchItem<Latent, ImageTensor> item in Autoencoder.Pixels.DecodeAsync(latents, (l, _) => ValueTask.FromResult(l)))
            Assert.Equal(Picture(next++).Values, item.Value.Values);
        Assert.Equal(5, next);
        Assert.Throws<ArgumentOutOfRangeException>(
            () => Autoencoder.Pixels.DecodeAsync(latents, (l, _) => ValueTask.FromResult(l), readAhead: 0));
    }

    private sealed class CountingDouble(Action encoded) : IAutoencoder
    {
        public string Name => "double";
        public LatentSpace Space => LatentSpace.Pixels;
        public bool CanEncode => true;
        public bool CanDecode => false;

        public Latent Encode(ImageTensor image, EncodeOptions? options = null, IProgress<StepProgress>? progress = null,
            CancellationToken cancellationToken = default)
        {
            Latent latent = Autoencoder.Pixels.Encode(image, options, progress, cancellationToken);
            encoded();
            return latent;
        }

        public ImageTensor Decode(Latent latent, DecodeOptions? options = null, IProgress<StepProgress>? progress = null,
            CancellationToken cancellationToken = default) => throw new NotSupportedException();
    }
}
