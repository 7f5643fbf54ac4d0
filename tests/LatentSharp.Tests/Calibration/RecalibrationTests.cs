using LatentSharp.Autoencoders.Families;
using LatentSharp.Quality.Calibration;
using LatentSharp.Quality.Metrics;
using LatentSharp.Tests.Quality;
using LatentSharp.Weights;
using LatentSharp.Weights.Files;

namespace LatentSharp.Tests.Calibration;

public sealed class RecalibrationTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("latentsharp-").FullName;

    private static ImageTensor[] Scenes(int count, int size = 64)
        => [.. Enumerable.Range(1, count).Select(seed => Pictures.Scene(size, size, seed))];

    [Theory]
    [InlineData(RecalibrationKind.Colour)]
    [InlineData(RecalibrationKind.LastLayer)]
    public void A_planted_cast_is_taken_out_and_the_proof_is_on_other_pictures(RecalibrationKind kind)
    {
        string planted = Path.Combine(folder, "planted.safetensors"), better = Path.Combine(folder, "better.safetensors");
        Plant(planted);
        using Autoencoder faulty = Autoencoder.Open(planted);
        // The smallest size that the embedded one was trained on: smaller pictures get a cast of their own, which differs from scene to
        // scene.
        Recalibration result = Recalibration.Write(faulty, Scenes(6, 128), kind, better);
        Assert.Equal((3, 3), (result.FitCount, result.HeldOutCount));
        // 0.12 on the scale of [-1, 1] in the red channel is a strong cast; what is left is that of the scenes against photographs.
        Assert.True(result.Before.Cast > 4 && result.After.Cast < 0.5 * result.Before.Cast,
            $"cast {result.Before.Cast} -> {result.After.Cast}");
        Assert.True(result.After.Psnr > result.Before.Psnr + 1);
        using WeightFile written = WeightFiles.Open(better);
        Assert.Equal(kind == RecalibrationKind.Colour ? "colour" : "last-layer", written.Metadata["latentsharp.recalibrated"]);
        Assert.Contains("PSNR", written.Metadata["latentsharp.recalibrated.held_out"], StringComparison.Ordinal);
        Assert.Equal(EmbeddedAutoencoder.Shared.Weights.Tensors.Count, written.Tensors.Count);
        Assert.Single(Directory.GetFiles(folder, "better*"));
    }

    [Fact]
    public void What_does_not_help_is_refused_and_nothing_is_written()
    {
        string path = Path.Combine(folder, "none.safetensors");
        // Fitted on one scene, proved on noise: nothing learned from the one holds for the other.
        ImageTensor noise = Pictures.Make(64, 64, (c, y, x) => new Random(c * 10000 + y * 64 + x).Next(256));
        LatentSharpException refused = Assert.Throws<LatentSharpException>(
            () => Recalibration.Write(EmbeddedAutoencoder.Shared, [Flat(60), noise, Flat(50), Half(noise)], RecalibrationKind.Colour,
                path));
        Assert.Contains("does not help", refused.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(folder));

        static ImageTensor Flat(int level) => Pictures.Make(64, 64, (c, _, _) => level + 60 * c);
        // Another noise: mirrored, and half as strong.
        static ImageTensor Half(ImageTensor noise)
            => Pictures.Make(64, 64, (c, y, x) => 64 + 64 * (1 + noise.Plane(0, c)[y * 64 + 63 - x]) * (x < 32 ? 1 : 0.5));
    }

    [Fact]
    public void Copies_of_a_picture_prove_nothing()
    {
        string path = Path.Combine(folder, "none.safetensors");
        ImageTensor scene = Pictures.Scene(256, 256, 1), other = Pictures.Scene(256, 256, 2);
        ImageTensor compressed = PictureFile.Load(PictureFile.Encode(scene, PictureFormat.Jpeg, new PictureSaveOptions { Quality = 60 }),
            name: "copy").Image;
        // The same, smaller: means of two by two.
        ImageTensor smaller = Pictures.Make(128, 128, (c, y, x) => 127.5 * (1 + 0.25 * (At(c, 2 * y, 2 * x) + At(c, 2 * y, 2 * x + 1)
            + At(c, 2 * y + 1, 2 * x) + At(c, 2 * y + 1, 2 * x + 1))));
        ImageTensor[] pictures = [scene, scene, compressed, smaller, other];
        Assert.Equal([scene, other], DistinctPictures.Of(pictures));
        foreach (LatentSharpException refused in new[]
            {
                Assert.Throws<LatentSharpException>(
                    () => Recalibration.Write(EmbeddedAutoencoder.Shared, pictures, RecalibrationKind.Colour, path)),
                Assert.Throws<LatentSharpException>(() => LatentCentring.Write(EmbeddedAutoencoder.Shared, pictures, false, path)),
            })
            Assert.Contains("there are 2 that differ among 5", refused.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(folder));

        float At(int c, int y, int x) => scene.Plane(0, c)[y * 256 + x];
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Centred_latents_are_a_space_of_their_own_and_pictures_come_back_unchanged(bool perChannel)
    {
        string planted = Path.Combine(folder, "planted.safetensors"), path = Path.Combine(folder, "centred.safetensors");
        // Three times FLUX.1's scale and a shift that is far off: latents of deviation 3 and mean -1.
        WeightSource source = EmbeddedAutoencoder.Shared.Weights;
        SafetensorsWriter.Write(planted, source.Tensors.Select(t => SafetensorsEntry.Copy(source, t.Value, t.Key, t.Value.Shape)),
            new Dictionary<string, string>
            {
                [AutoencoderMetadata.FamilyKey] = "flux1", ["latentsharp.scale"] = "1.0833",
                ["latentsharp.shift"] = "1"
            });
        using Autoencoder faulty = Autoencoder.Open(planted);
        LatentCentring result = LatentCentring.Write(faulty, Scenes(6), perChannel, path);
        Assert.Equal((3, 3), (result.FitCount, result.HeldOutCount));
        Assert.True(result.After < result.Before, $"{result.Before} -> {result.After} nats");
        Assert.Equal(perChannel ? 16 : 1, result.Space.Scale.Length);
        using Autoencoder centred = Autoencoder.Open(path);
        Assert.Equal(result.Space, centred.Space);
        Assert.NotEqual(LatentSpace.Flux1, centred.Space);

        ImageTensor[] fitted = [.. Scenes(6).Where((_, i) => i % 2 == 0)];
        LatentStatistics statistics = LatentStatistics.Of([.. fitted.Select(p => centred.Encode(p))]);
        // By construction: mean 0 and deviation 1 over the pictures of the fit, in float32.
        if (perChannel)
            Assert.All(statistics.Channels,
                c => Assert.True(Math.Abs(c.Mean) < 1e-4 && Math.Abs(c.Deviation - 1) < 1e-4, $"{c.Mean}, {c.Deviation}"));
        else Assert.Equal((0.0, 1.0), (Math.Round(statistics.Channels.Average(c => c.Mean), 4), Math.Round(statistics.Rms, 4)));

        Latent z = centred.Encode(fitted[0]);
        ImageTensor before = faulty.Decode(faulty.Encode(fitted[0])), after = centred.Decode(z);
        // Scale and shift cancel but for the rounding of float32.
        Assert.True(before.Values.Zip(after.Values).Max(v => Math.Abs(v.First - v.Second)) < 1e-3);
        Assert.Throws<LatentSpaceMismatchException>(() => EmbeddedAutoencoder.Shared.Decode(z));
        string file = Path.Combine(folder, "z.safetensors");
        LatentFile.Save(file, z);
        Assert.Equal(centred.Space, LatentFile.Read(file).Latent.Space);
        LatentSharpException again = Assert.Throws<LatentSharpException>(
            () => LatentCentring.Write(centred, [.. fitted.SelectMany(p => new[] { p, Darker(p) })], perChannel,
                Path.Combine(folder, "again.safetensors")));
        Assert.Contains("does not help", again.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(folder, "again.safetensors")));

        // Other pictures of nearly the same latents.
        static ImageTensor Darker(ImageTensor picture)
            => new([.. picture.Values.Select(v => v - 0.04f)], 1, picture.Height, picture.Width);
    }

    [Fact]
    public void Normal_equations_give_the_least_squares_solution()
    {
        Random random = new(3);
        LeastSquares equations = new(3, 1);
        double[] inputs = new double[300], wanted = new double[100];
        for (int i = 0; i < 100; i++)
        {
            for (int j = 0; j < 3; j++) inputs[3 * i + j] = random.NextDouble() - 0.5;
            wanted[i] = 2 * inputs[3 * i] - 0.5 * inputs[3 * i + 1] + 3 * inputs[3 * i + 2];
        }
        equations.Add(inputs, wanted, 100);
        double[] solution = equations.Solve(0)[0];
        Assert.Equal(2, solution[0], 1e-9);
        Assert.Equal(-0.5, solution[1], 1e-9);
        Assert.Equal(3, solution[2], 1e-9);
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    // The embedded autoencoder with 0.12 more red at the end of its decoder.
    private static void Plant(string path)
    {
        WeightSource source = EmbeddedAutoencoder.Shared.Weights;
        SafetensorsWriter.Write(path, source.Tensors.Select(t =>
        {
            if (t.Key != "decoder.conv_out.bias") return SafetensorsEntry.Copy(source, t.Value, t.Key, t.Value.Shape);
            float[] bias = source.Read(t.Value);
            bias[0] += 0.12f;
            return SafetensorsEntry.Of(t.Key, bias, 3);
        }));
    }
}
