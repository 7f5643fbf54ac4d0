using System.Diagnostics;
using System.Text.Json;
using LatentSharp.Quality.Metrics;
using LatentSharp.Tests.CommandLine;
using LatentSharp.Tests.Quality;
using LatentSharp.Weights;
using LatentSharp.Weights.Files;

namespace LatentSharp.Tests.Tuning;

/// <summary><c>latent finetune</c> on small drawn pictures, and in its long form on photographs.</summary>
[Collection(CommandsCollection.Name)]
public sealed class FinetuneTests : IDisposable
{
    private const string Worse = "worse.safetensors", Better = "better.safetensors", LastBias = "decoder.conv_out.bias";

    private static readonly string[] Quick = ["finetune", Worse, "--images", "set", "-o", Better, "--part", "last:1", "--crop", "64", "--batch", "1",
        "--steps", "10", "--rate", "2e-3"];

    private readonly Workplace place = new();

    public FinetuneTests()
    {
        Directory.CreateDirectory(place.File("set"));
        for (int i = 0; i < 5; i++) PictureFile.Save(place.File($"set/{i}.png"), Pictures.Scene(72, 80, i + 1));
        Write(place.File(Worse), (name, values) =>
        {
            if (name == LastBias) values[0] += 0.12f;
        });
    }

    public void Dispose() => place.Dispose();

    [Fact]
    public void A_planted_cast_is_trained_away_and_the_latent_space_is_proved_to_stay()
    {
        Workplace.Outcome outcome = place.Latent([.. Quick, "--page", "course.html", "--json"]).Expect(0);
        JsonElement result = outcome.Json;
        Assert.Contains("1 is held back", outcome.Error, StringComparison.Ordinal);
        Assert.True(Psnr(result, "after") > Psnr(result, "before") + 1, outcome.Output);
        Assert.Equal((4, 1, 10), (Int(result, "pictures"), Int(result, "held_back"), Int(result, "steps")));
        JsonElement space = result.GetProperty("space");
        Assert.True(space.GetProperty("encoder_unchanged").GetBoolean());
        Assert.Equal(0, space.GetProperty("latent_difference").GetDouble());
        Assert.Equal(11, result.GetProperty("course").GetArrayLength());
        Assert.Equal([Better, "course.html"], place.Files.Where(f => !f.StartsWith("set", StringComparison.Ordinal)).Except([Worse]));
        string page = File.ReadAllText(place.File("course.html"));
        Assert.Contains("<svg", page, StringComparison.Ordinal);
        Assert.Contains("data:image/webp;base64,", page, StringComparison.Ordinal);

        using SafetensorsFile before = SafetensorsFile.Open(place.File(Worse)), after = SafetensorsFile.Open(place.File(Better));
        Assert.Equal(before.Tensors.Values.Select(t => t.ToString()), after.Tensors.Values.Select(t => t.ToString()));
        JsonElement recipe = JsonDocument.Parse(after.Metadata["latentsharp.finetuned"]).RootElement;
        Assert.Equal(("last:1", Int(result, "best_step")), (recipe.GetProperty("part").GetString(), Int(recipe, "step")));
        Assert.Equal(64, after.Metadata["latentsharp.finetuned.from"].Length);
        place.Latent("inspect", Better).Expect(0);
    }

    [Fact]
    public void Killed_at_any_moment_it_goes_on_and_gives_the_same_file()
    {
        Assert.SkipWhen(Workplace.IsOtherProgram, "the undisturbed run is one of this program");
        place.Latent([.. Quick, "-q"]).Expect(0);
        byte[] undisturbed = File.ReadAllBytes(place.File(Better));
        File.Delete(place.File(Better));
        string state = place.File("better.training.safetensors");
        bool isLong = Environment.GetEnvironmentVariable("LATENTSHARP_LONG") == "1";
        var random = new Random(5);
        int kills = 0;
        while (kills < (isLong ? 50 : 2))
        {
            using Process process = place.Start([.. Quick, "--json-lines"]);
            // The measurement before the first step, or the one that was made last; then a moment in a step, or in writing the state.
            // The first kill comes after the first state.
            int lines = kills == 0 ? 3 : random.Next(1, 4);
            string? line = "";
            for (int i = 0; i < lines && line is not null; i++) line = process.StandardOutput.ReadLine();
            if (line is not null) Thread.Sleep(random.Next(0, 300));
            process.Kill();
            process.WaitForExit();
            kills++;
            Assert.True(File.Exists(state) || File.Exists(place.File(Better)));
            // It came to its end between the kills: the next one is begun anew.
            if (kills % 50 == 0 || !File.Exists(place.File(Better))) continue;
            Assert.Equal(undisturbed, File.ReadAllBytes(place.File(Better)));
            File.Delete(place.File(Better));
        }
        if (!File.Exists(place.File(Better))) place.Latent(Quick).Expect(0);
        Assert.Equal(undisturbed, File.ReadAllBytes(place.File(Better)));
        Assert.False(File.Exists(state));
    }

    // There is room for one state, and none for another beside it.
    [Fact]
    public void A_full_disk_keeps_the_last_state_and_elsewhere_it_goes_on_with_the_same_bits()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "mounts a small file system");
        place.Latent([.. Quick, "-q"]).Expect(0);
        byte[] undisturbed = File.ReadAllBytes(place.File(Better));
        File.Delete(place.File(Better));
        const string state = "better.training.safetensors";
        using (Process process = place.Start([.. Quick, "--json-lines"]))
        {
            for (int i = 0; i < 3; i++) process.StandardOutput.ReadLine();
            process.Kill();
            process.WaitForExit();
        }
        long room = new FileInfo(place.File(state)).Length * 3 / 2;
        File.Delete(place.File(state));
        Directory.CreateDirectory(place.File("small"));
        Workplace.Outcome mounted = place.Run("mount", "-t", "tmpfs", "-o", $"size={room}", "tmpfs", "small");
        Assert.SkipWhen(mounted.ExitCode != 0, $"no file system can be mounted here: {mounted.Error}");
        try
        {
            string[] there = [.. Quick.Select(w => w == Better ? "small/" + Better : w)];
            Workplace.Outcome full = place.Latent(there);
            Assert.NotEqual(0, full.ExitCode);
            Assert.Contains("is full", full.Error, StringComparison.Ordinal);
            Assert.Equal(["small/" + state], place.Files.Where(f => f.StartsWith("small", StringComparison.Ordinal)));
            File.Copy(place.File("small/" + state), place.File(state));
        }
        finally
        {
            place.Run("umount", "small");
        }
        Assert.Contains("goes on after step", place.Latent(Quick).Expect(0).Error, StringComparison.Ordinal);
        Assert.Equal(undisturbed, File.ReadAllBytes(place.File(Better)));
    }

    [Fact]
    public void What_does_not_help_is_refused_and_nothing_is_written()
    {
        Workplace.Outcome refused = place.Latent([.. Quick[..^3], "1", "--rate", "1e-9"]).Expect(3);
        Assert.Contains("does not help", refused.Error, StringComparison.Ordinal);
        Assert.Contains("PSNR", refused.Error, StringComparison.Ordinal);
        Assert.DoesNotContain(place.Files, f => f.StartsWith("better", StringComparison.Ordinal));
    }

    [Fact]
    public void Bad_input_is_refused_before_the_first_step()
    {
        Says(2, "Did you mean decoder?", "--part", "decodr");
        Says(2, "Did you mean charbonnier?", "--loss", "charbonier");
        Says(2, "multiples of 8", "--crop", "100");
        Says(3, "--crop 72 at most", "--crop", "96");
        Says(4, "no such folder", "--latents", "nowhere");
        Says(2, "makes its own", "--latents", "set", "--part", "both");
        Says(2, "above 0", "--rate", "0");
        Says(2, "overwrite", "-o", Worse);
        File.Delete(place.File("set/0.png"));
        File.Delete(place.File("set/2.png"));
        File.WriteAllText(place.File("set/1.png"), "no picture");
        Says(3, "needs 3 at least");

        void Says(int code, string what, params string[] options)
        {
            string[] output = options.Contains("-o") ? [] : ["-o", Better];
            Workplace.Outcome outcome = place.Latent(["finetune", Worse, "--images", "set", .. output, .. options]);
            Assert.Contains(what, outcome.Expect(code).Error, StringComparison.Ordinal);
            Assert.DoesNotContain(place.Files, f => f.StartsWith("better", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void A_state_of_another_run_is_refused_until_it_is_given_up()
    {
        using (Process process = place.Start([.. Quick, "--json-lines"]))
        {
            for (int i = 0; i < 3; i++) process.StandardOutput.ReadLine();
            process.Kill();
            process.WaitForExit();
        }
        Assert.Contains("seed 7", place.Latent([.. Quick, "--seed", "7"]).Expect(5).Error, StringComparison.Ordinal);
        place.Latent([.. Quick, "--seed", "7", "--anew", "-q"]).Expect(0);
    }

    // A decoder learns the latents of a model, here those of the same encoder shifted by a little; unreadable pictures and those without a
    // latent are listed, and the rest is used.
    [Fact]
    public void Pairs_of_latent_and_picture_are_learned()
    {
        Directory.CreateDirectory(place.File("latents"));
        place.Latent(["encode", "set", "-o", "latents/"]).Expect(0);
        Assert.Equal(5, Directory.GetFiles(place.File("latents")).Length);
        PictureFile.Save(place.File("set/alone.png"), Pictures.Scene(72, 80, 9));
        File.WriteAllText(place.File("set/broken.png"), "no picture");
        Workplace.Outcome outcome = place.Latent([.. Quick, "--latents", "latents", "--json"]).Expect(3);
        Assert.Contains("alone.png: there is no latent", outcome.Error, StringComparison.Ordinal);
        Assert.Contains("broken.png", outcome.Error, StringComparison.Ordinal);
        JsonElement result = outcome.Json;
        Assert.True(Psnr(result, "after") > Psnr(result, "before") + 1, outcome.Output);
        Assert.Equal(5, Int(result, "pictures") + Int(result, "held_back"));
        Assert.Equal(2, result.GetProperty("unreadable").GetArrayLength());
    }

    [Fact]
    public void A_plan_says_what_a_step_takes_and_which_way_the_memory_allows()
    {
        JsonElement free = Plan(), tight = Plan("--memory", $"{(Bytes(free, "again") + Bytes(free, "kept")) / 2 + State(free)}B");
        Assert.Equal((false, true), (free.GetProperty("is_again").GetBoolean(), tight.GetProperty("is_again").GetBoolean()));
        Assert.True(Bytes(free, "again") < Bytes(free, "kept"));
        Assert.Contains("computed again", place.Latent("plan", "--train", "last:1", "--size", "64x64").Expect(0).Output, StringComparison.Ordinal);

        JsonElement Plan(params string[] options)
            => place.Latent(["plan", "--train", "--size", "128x128", "--json", .. options]).Expect(0).Json.GetProperty("train");

        static long Bytes(JsonElement train, string way) => train.GetProperty(way).GetProperty("peak_bytes").GetInt64();

        static long State(JsonElement train) => train.GetProperty("state_bytes").GetInt64();
    }

    [Fact]
    public void An_encoder_that_was_trained_says_how_far_its_latents_moved()
    {
        Workplace.Outcome outcome = place.Latent(["finetune", Worse, "--images", "set", "-o", Better, "--part", "both", "--crop", "64", "--batch", "1",
            "--steps", "6", "--rate", "2e-4"]).Expect(0);
        Assert.Contains("its latents differ by 0.", outcome.Output, StringComparison.Ordinal);
    }

    // Of the PSNR that a known drift took on whole photographs that were neither learned from nor held back, 90 % are to come back.
    [Theory]
    [InlineData("noise")]
    [InlineData("4 bits")]
    public void A_drifted_decoder_regains_what_it_lost(string drift)
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("LATENTSHARP_LONG") == "1", "LATENTSHARP_LONG=1 trains 200 steps on photographs");
        var random = new Random(1);
        Write(place.File("drifted.safetensors"), (name, values) => Drift(drift, name, values, random));
        string[] photographs = [.. Photographs.Training.Take(60)];
        File.WriteAllLines(place.File("photographs.txt"), photographs);
        place.Latent("finetune", "drifted.safetensors", "--images", "@photographs.txt", "-o", Better, "--steps", "200").Expect(0);
        double good = Measure(EmbeddedAutoencoder.Shared), before = Measured("drifted.safetensors"), after = Measured(Better);
        Assert.True(after - before >= 0.9 * (good - before), $"{good} -> {before} -> {after} dB");

        double Measured(string file)
        {
            using Autoencoder autoencoder = Autoencoder.Open(place.File(file));
            return Measure(autoencoder);
        }

        static double Measure(Autoencoder autoencoder)
            => Photographs.Evaluation().Average(path =>
            {
                ImageTensor picture = Photographs.Middle(path, 512);
                ImageTensor result = autoencoder.Decode(EmbeddedAutoencoder.Shared.Encode(picture));
                return LatentSharp.Quality.Metrics.Psnr.Rgb(PicturePlanes.Of(picture), PicturePlanes.Of(result));
            });
    }

    // Noise of 1 % of a tensor's root mean square; or blocks of 32 rounded to 15 levels.
    private static void Drift(string drift, string name, float[] values, Random random)
    {
        if (!name.StartsWith("decoder.", StringComparison.Ordinal)) return;
        if (drift == "noise")
        {
            double deviation = 0.01 * Math.Sqrt(values.Average(v => (double)v * v));
            for (int i = 0; i < values.Length; i++)
            {
                double length = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble()));
                values[i] += (float)(deviation * length * Math.Cos(2 * Math.PI * random.NextDouble()));
            }
            return;
        }
        if (!name.EndsWith(".weight", StringComparison.Ordinal) || name.Contains("norm", StringComparison.Ordinal)) return;
        for (int b = 0; b < values.Length; b += 32)
        {
            Span<float> block = values.AsSpan(b, Math.Min(32, values.Length - b));
            float step = 0;
            foreach (float v in block) step = MathF.Max(step, MathF.Abs(v) / 7);
            if (step == 0) continue;
            foreach (ref float v in block) v = MathF.Round(v / step) * step;
        }
    }

    private static void Write(string path, Action<string, float[]> change)
    {
        WeightSource weights = EmbeddedAutoencoder.Shared.Weights;
        SafetensorsWriter.Write(path, weights.Tensors.Values.Select(t =>
        {
            float[] values = weights.Read(t);
            change(t.Name, values);
            return SafetensorsEntry.Of(t.Name, values, t.Shape.Dimensions.AsSpan());
        }), new Dictionary<string, string>(EmbeddedAutoencoder.Shared.IdentifyingMetadata));
    }

    private static double Psnr(JsonElement result, string when) => result.GetProperty(when).GetProperty("psnr").GetDouble();

    private static int Int(JsonElement result, string name) => result.GetProperty(name).GetInt32();
}
