using LatentSharp.Weights;
using LatentSharp.Weights.Files;

namespace LatentSharp.Tests.Surface;

/// <summary>
/// Weight files, latents and pictures from bytes and streams give what the same file gives by its path; errors name what the caller gave.
/// </summary>
public sealed class MemoryFileTests
{
    private static readonly string Weights = Repository.Path("assets/models/flux1-mini.safetensors");

    private static ImageTensor Sample()
    {
        var image = new ImageTensor(1, 16, 24);
        for (int i = 0; i < image.Values.Length; i++) image.Values[i] = MathF.Sin(i * 0.37f);
        return image;
    }

    [Fact]
    public void An_autoencoder_opens_from_bytes_and_from_streams()
    {
        byte[] bytes = File.ReadAllBytes(Weights);
        using Autoencoder byPath = Autoencoder.Open(Weights);
        Latent expected = byPath.Encode(Sample());

        using (Autoencoder ae = Autoencoder.Open(bytes, new AutoencoderOptions { Name = "mini" }))
        {
            Assert.Equal(("mini", null, byPath.Family), (ae.Name, ae.Path, ae.Family));
            Assert.Equal(expected.Values, ae.Encode(Sample()).Values);
            ae.Dispose();
            Assert.Throws<ObjectDisposedException>(() => ae.Encode(Sample()));
        }
        using (FileStream stream = File.OpenRead(Weights))
        using (Autoencoder ae = Autoencoder.Open(stream)) Assert.Equal(expected.Values, ae.Encode(Sample()).Values);
        using (var forward = new ForwardStream(bytes))
        using (Autoencoder ae = Autoencoder.Open(forward))
        {
            forward.Dispose();
            Assert.Equal(expected.Values, ae.Encode(Sample()).Values);
        }
        // A stream is read from where it stands.
        using (var within = new MemoryStream([1, 2, 3, .. bytes]) { Position = 3 })
        using (Autoencoder ae = Autoencoder.Open(within)) Assert.Equal(expected.Values, ae.Encode(Sample()).Values);
    }

    [Fact]
    public void Errors_name_what_was_given()
    {
        byte[] page = "<!doctype html><title>404</title>"u8.ToArray();
        Assert.StartsWith("the bytes given: ", Assert.Throws<LatentSharpException>(() => WeightFiles.Open(page)).Message);
        Assert.StartsWith("the stream: ", Assert.Throws<LatentSharpException>(() => WeightFiles.Open(new MemoryStream(page))).Message);
        Assert.StartsWith("upload 7: ", Assert.Throws<LatentSharpException>(() => WeightFiles.Open(page, "upload 7")).Message);
        Assert.StartsWith("upload 8: ",
            Assert.Throws<LatentSharpException>(
                () => Autoencoder.Open(new MemoryStream(page), new AutoencoderOptions { Name = "upload 8" })).Message);
        Assert.StartsWith("the bytes given: ", Assert.Throws<LatentSharpException>(() => LatentFile.Load(page)).Message);
        Assert.StartsWith("the stream: ", Assert.Throws<LatentSharpException>(() => LatentFile.Load(new MemoryStream(page))).Message);
        Assert.StartsWith("the bytes given: ", Assert.Throws<LatentSharpException>(() => PictureFile.Load(page)).Message);
        Assert.StartsWith("the stream: ", Assert.Throws<LatentSharpException>(() => PictureFile.Load(new MemoryStream(page))).Message);
        foreach (byte[] cut in (byte[][])[[], [0], [.. File.ReadAllBytes(Weights).AsSpan(0, 5000)]])
        {
            Assert.Equal(ErrorKind.BadInput, Assert.Throws<LatentSharpException>(() => WeightFiles.Open(cut)).Kind);
            Assert.Equal(ErrorKind.BadInput, Assert.Throws<LatentSharpException>(() => WeightFiles.Open(new MemoryStream(cut))).Kind);
            Assert.Equal(ErrorKind.BadInput, Assert.Throws<LatentSharpException>(() => LatentFile.Load(cut)).Kind);
            Assert.Equal(ErrorKind.BadInput, Assert.Throws<LatentSharpException>(() => PictureFile.Load(cut)).Kind);
        }
        Assert.Contains("beside it",
            Assert.Throws<LatentSharpException>(() => WeightFiles.Open("{\"weight_map\":{}}"u8.ToArray(), "x.index.json")).Message);
        var closed = new MemoryStream(page);
        closed.Dispose();
        Assert.Throws<ArgumentException>(() => WeightFiles.Open(closed));
        Assert.Contains("the line is dead",
            Assert.Throws<LatentSharpException>(() => WeightFiles.Open(new ForwardStream(page) { Fails = true })).Message);
        Assert.Contains("the line is dead",
            Assert.Throws<LatentSharpException>(() => PictureFile.Load(new ForwardStream(page) { Fails = true })).Message);
    }

    [Fact]
    public void Weights_in_memory_lie_in_no_file()
    {
        using WeightFile file = WeightFiles.Open(File.ReadAllBytes(Weights));
        Assert.All(file.Tensors.Values, t => Assert.Null(file.Locate(t)));
        using WeightFile byPath = WeightFiles.Open(Weights);
        foreach (TensorInfo tensor in byPath.Tensors.Values) Assert.Equal(byPath.Read(tensor), file.Read(file.Tensors[tensor.Name]));
    }

    [Fact]
    public void A_latent_has_the_same_bytes_wherever_it_goes()
    {
        Latent latent = Autoencoder.Pixels.Encode(Sample());
        string path = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.safetensors");
        try
        {
            LatentFile.Save(path, latent);
            byte[] bytes = LatentFile.ToBytes(latent);
            Assert.Equal(File.ReadAllBytes(path), bytes);
            Assert.Equal(latent.Values, LatentFile.Load(bytes).Values);
            Assert.Equal(latent.Values, LatentFile.Load(new ForwardStream(bytes)).Values);
            Assert.Equal(latent.PictureSize, LatentFile.Load(bytes.AsSpan()).PictureSize);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void A_picture_has_the_same_bytes_wherever_it_goes()
    {
        byte[] bytes = PictureFile.Encode(Sample(), PictureFormat.Png);
        using var stream = new MemoryStream();
        PictureFile.Save(stream, Sample(), PictureFormat.Png);
        Assert.Equal(bytes, stream.ToArray());
        Assert.Equal(PictureFile.Load(bytes).Image.Values, PictureFile.Load(new ForwardStream(bytes)).Image.Values);
        Assert.Equal((24, 16), (PictureFile.Inspect(bytes).Width, PictureFile.Inspect(bytes).Height));
    }

    /// <summary>A stream that only goes forward, a few bytes at a time, as from a network.</summary>
    private sealed class ForwardStream(byte[] bytes) : Stream
    {
        private int at;

        public bool Fails { get; init; }

        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => false;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count)
        {
            if (Fails) throw new IOException("the line is dead");
            int read = Math.Min(Math.Min(count, 70_001), bytes.Length - at);
            bytes.AsSpan(at, read).CopyTo(buffer.AsSpan(offset));
            at += read;
            return read;
        }

        public override void Flush() { }
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
