using LatentSharp.Autoencoders.Opening;
using LatentSharp.Autoencoders.Pool;
using LatentSharp.Models.Autoencoders;
using LatentSharp.Weights;

namespace LatentSharp.Tests.Autoencoders;

/// <summary>Lazy opening, leases, the memory budget, and names that change hands while calls are under way.</summary>
public sealed class AutoencoderPoolTests
{
    private const int Bytes = 4;

    [Fact]
    public void FilesAreOpenedWhenFirstAskedForAndOnlyOnce()
    {
        int opened = 0;
        using var registry = new AutoencoderPool();
        registry.Register("a", () => Fake(() => opened++));
        Assert.Equal(0, opened);
        using (AutoencoderLease one = registry.Acquire("A"), two = registry.Acquire("a")) Assert.Same(one.Autoencoder, two.Autoencoder);
        registry.Acquire("a").Dispose();
        Assert.Equal((1, Bytes), (opened, registry.OpenBytes));
    }

    [Fact]
    public void UnknownNamesAndBrokenFilesAreErrorsThatPass()
    {
        using var registry = new AutoencoderPool();
        Assert.Equal(ErrorKind.NotFound, Assert.Throws<LatentSharpException>(() => registry.Acquire("nothing")).Kind);
        bool broken = true;
        registry.Register("a", () => broken ? throw new LatentSharpException(ErrorKind.BadInput, "a", "broken") : Fake());
        Assert.Throws<LatentSharpException>(() => registry.Acquire("a"));
        broken = false;
        registry.Acquire("a").Dispose();
    }

    [Fact]
    public void TheLongestUnusedIsClosedWhenTheBudgetIsExceeded()
    {
        var closed = new List<string>();
        using var registry = new AutoencoderPool(memoryBudget: 2 * Bytes);
        foreach (string name in (string[])["a", "b", "c"]) registry.Register(name, () => Fake(closed: () => closed.Add(name)));
        registry.Acquire("a").Dispose();
        registry.Acquire("b").Dispose();
        registry.Acquire("a").Dispose();
        registry.Acquire("c").Dispose();
        Assert.Equal(["b"], closed);
        Assert.Equal(2 * Bytes, registry.OpenBytes);
    }

    [Fact]
    public void WhatIsInUseStaysOpenBeyondTheBudget()
    {
        var closed = new List<string>();
        using var registry = new AutoencoderPool(memoryBudget: 0);
        registry.Register("a", () => Fake(closed: () => closed.Add("a")));
        using (AutoencoderLease lease = registry.Acquire("a"))
        {
            Assert.Equal(Bytes, registry.OpenBytes);
            Assert.Empty(closed);
        }
        Assert.Equal(["a"], closed);
    }

    [Fact]
    public void AReplacedAutoencoderIsClosedWithItsLastLease()
    {
        var closed = new List<string>();
        using var registry = new AutoencoderPool();
        registry.Register("a", () => Fake(closed: () => closed.Add("old")));
        AutoencoderLease held = registry.Acquire("a");
        registry.Register("a", () => Fake(closed: () => closed.Add("new")));
        using (AutoencoderLease fresh = registry.Acquire("a")) Assert.NotSame(held.Autoencoder, fresh.Autoencoder);
        Assert.Empty(closed);
        held.Dispose();
        held.Dispose();
        Assert.Equal(["old"], closed);
        Assert.True(registry.Remove("a"));
        Assert.Equal(["old", "new"], closed);
        Assert.Equal(0, registry.OpenBytes);
    }

    [Fact]
    public void ATaskIsServedByTheNextBetterChoice()
    {
        using var registry = new AutoencoderPool();
        registry.Register("full", () => Fake());
        registry.Register("tiny", () => Fake());
        registry.Prefer("flux1", AutoencoderTask.Final, "full");
        using (AutoencoderLease lease = registry.AcquireFor("flux1", AutoencoderTask.Preview)) Assert.Equal("full", lease.Name);
        registry.Prefer("flux1", AutoencoderTask.Preview, "tiny");
        using (AutoencoderLease lease = registry.AcquireFor("flux1", AutoencoderTask.Preview)) Assert.Equal("tiny", lease.Name);
        Assert.Throws<LatentSharpException>(() => registry.AcquireFor("flux1", AutoencoderTask.Archive));
    }

    /// <summary>
    /// Many threads use a name while others replace it and the budget closes what is idle: nobody ever sees a closed autoencoder,
    /// everything that was opened is closed once.
    /// </summary>
    [Fact]
    public async Task SwapsUnderLoadLoseNothing()
    {
        int opened = 0, closed = 0, brokenUses = 0;
        var registry = new AutoencoderPool(memoryBudget: Bytes);
        void Register(string name)
            => registry.Register(name, () => Fake(() => Interlocked.Increment(ref opened), () => Interlocked.Increment(ref closed)));
        string[] names = ["a", "b", "c"];
        foreach (string name in names) Register(name);
        Task[] users = [.. Enumerable.Range(0, 6).Select(i => Task.Run(() =>
        {
            for (int n = 0; n < 500; n++)
            {
                using AutoencoderLease lease = registry.Acquire(names[(i + n) % names.Length]);
                try
                {
                    lease.Autoencoder.PlanDecode(1, 1);
                    Thread.Yield();
                    lease.Autoencoder.PlanDecode(1, 1);
                }
                catch (ObjectDisposedException)
                {
                    Interlocked.Increment(ref brokenUses);
                }
            }
        }))];
        Task swapper = Task.Run(() =>
        {
            for (int n = 0; n < 300; n++) Register(names[n % names.Length]);
        });
        await Task.WhenAll([.. users, swapper]);
        registry.Dispose();
        Assert.Equal((0, opened), (brokenUses, closed));
        Assert.Equal(0, registry.OpenBytes);
        Assert.Throws<ObjectDisposedException>(() => registry.Acquire("a"));
    }

    [Fact]
    public void WhatALibraryListsIsOpenedOnceUntilItsFileIsAnother()
    {
        DirectoryInfo home = Directory.CreateTempSubdirectory("latent-pool-");
        string small = System.IO.Path.Combine(home.FullName, "vae.safetensors"), capital = System.IO.Path.Combine(home.FullName, "VAE.safetensors");
        byte[] weights = File.ReadAllBytes(Repository.Path("assets/models/flux1-mini.safetensors"));
        File.WriteAllBytes(small, weights);
        try
        {
            using var pool = new AutoencoderPool();
            var library = new AutoencoderLibrary(home.FullName, [], pool);
            Autoencoder first;
            using (AutoencoderLease one = library.Acquire(library.Find("vae")), two = library.Acquire(library.Find(small)))
            {
                first = one.Autoencoder;
                Assert.Same(first, two.Autoencoder);
                Assert.Equal("vae", one.Name);
            }
            using (AutoencoderLease again = library.Acquire(library.Find("vae"))) Assert.Same(first, again.Autoencoder);
            File.SetLastWriteTimeUtc(small, DateTime.UnixEpoch);
            using (AutoencoderLease other = library.Acquire(library.Find("vae"))) Assert.NotSame(first, other.Autoencoder);
            Assert.Throws<ObjectDisposedException>(() => first.PlanDecode(8, 8));
            // Names are compared without case, paths are not: where the system tells them apart, so does the pool.
            File.WriteAllBytes(capital, weights);
            if (Directory.GetFiles(home.FullName).Length == 2)
                using (AutoencoderLease one = library.Acquire(library.Find(small)), two = library.Acquire(library.Find(capital)))
                    Assert.NotSame(one.Autoencoder, two.Autoencoder);
        }
        finally
        {
            home.Delete(recursive: true);
        }
    }

    private static Autoencoder Fake(Action? opened = null, Action? closed = null)
    {
        opened?.Invoke();
        var weights = new MemoryWeights("fake");
        weights.Add("w", [1f], 1);
        return new Autoencoder(
            new OpenedAutoencoder("fake", null, AutoencoderFamily.Pixels, LatentSpace.Pixels, new PixelHalves(),
                weights)
            { Owned = [new Closing(closed)] });
    }

    private sealed class Closing(Action? closed) : IDisposable
    {
        public void Dispose() => closed?.Invoke();
    }
}
