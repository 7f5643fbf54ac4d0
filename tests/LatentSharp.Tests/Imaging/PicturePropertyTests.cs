using CsCheck;

namespace LatentSharp.Tests.Imaging;

public sealed class PicturePropertyTests
{
    private static readonly Gen<(int Width, int Height, uint Seed)> AnyPicture = Gen.Select(Gen.Int[1, 40], Gen.Int[1, 40], Gen.UInt);

    [Fact]
    public void Any_picture_of_whole_levels_survives_PNG_and_TIFF()
        => Gen.Select(AnyPicture, Gen.Bool, Gen.Bool).Sample((picture, deep, tiff) =>
        {
            var random = new Random((int)picture.Seed);
            var image = new ImageTensor(1, picture.Height, picture.Width);
            foreach (ref float v in image.Values.AsSpan()) v = deep ? random.Next(65536) / 32767.5f - 1f : random.Next(256) / 127.5f - 1f;
            byte[] file = PictureFile.Encode(image, tiff ? PictureFormat.Tiff : PictureFormat.Png,
                new PictureSaveOptions { Bits = deep ? 16 : 8 });
            return PictureFile.Load(file, name: "any").Image.Values.SequenceEqual(image.Values);
        }, iter: 200);

    [Fact]
    public void Any_latent_survives_its_file()
    {
        using var folder = new TemporaryFolder();
        Gen.Select(Gen.Int[0, LatentSpace.Known.Length - 1].Select(i => LatentSpace.Known[i]), Gen.Int[1, 3], Gen.Int[1, 6], Gen.Int[1, 6],
            Gen.UInt).Sample((space, batch, height, width, seed) =>
        {
            string path = folder[Guid.NewGuid().ToString("N")];
            var random = new Random((int)seed);
            var values = new float[batch * space.Channels * height * width];
            foreach (ref float v in values.AsSpan())
                // Every magnitude, subnormals included.
                do v = BitConverter.Int32BitsToSingle(random.Next(int.MinValue, int.MaxValue)); while (!float.IsFinite(v));
            LatentFile.Save(path, new Latent(space, values, batch, height, width));
            Latent back = LatentFile.Load(path);
            return back.Space == space && (back.Batch, back.Height, back.Width) == (batch, height, width)
                && back.Values.AsSpan().SequenceEqual(values);
        }, iter: 100);
    }
}
