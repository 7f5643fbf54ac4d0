using System.Globalization;
using System.Text;
using System.Text.Json;
using LatentSharp.Latents;
using LatentSharp.Weights.Files;

namespace LatentSharp.Tests.CommandLine;

/// <summary>
/// What <c>latent check</c> says of bare latents (no metadata) of autoencoders that look alike, of 512x512 pixels, and of the same with
/// noise. With LATENTSHARP_WRITE_DOCS=1 it takes all photographs and writes its part of docs/mismatch.md; without, a few.
/// </summary>
[Collection(CommandsCollection.Name)]
public sealed class MismatchCommandExperiment : IDisposable
{
    /// <summary>Where its part of the page begins, which ends the page.</summary>
    internal const string Heading = "## Through the command\n";

    private const int Side = 512, EveryTrainingPhotograph = 10, Few = 2;

    private static readonly float[] Sigmas = [0.3f, 0.5f, 1, float.PositiveInfinity];

    // Who writes the latent, the model that it belongs to and the one that it is mistaken for, and the autoencoders of both.
    private static readonly (string Writer, string Own, string Other, string OwnAe, string OtherAe)[] Writers =
    [
        ("taesd", "sd15", "sdxl", "taesd", "taesdxl"), ("taesdxl", "sdxl", "sd15", "taesdxl", "taesd"),
        ("taesd3", "sd3", "flux1-dev", "taesd3", "taef1"), ("taef1", "flux1-dev", "sd3", "taef1", "taesd3"),
        ("embedded", "flux1-dev", "sd3", "embedded", "taesd3"),
    ];

    private readonly Workplace place = new();

    public void Dispose() => place.Dispose();

    private static bool Writing => Environment.GetEnvironmentVariable("LATENTSHARP_WRITE_DOCS") == "1";

    /// <summary>The part of the page that this experiment wrote, from its text.</summary>
    internal static string PartOf(string page) => page.IndexOf(Heading, StringComparison.Ordinal) is >= 0 and int at ? page[at..] : "";

    [Fact]
    public void Bare_latents_are_told_apart_by_the_command()
    {
        Shared.Require("photos", "models/tiny");
        var byModel = new Tallies();
        var byAutoencoder = new Tallies();
        var noisy = new Dictionary<float, int[]>();
        ImageTensor[] unseen = [.. Photographs.Evaluation(large: true).SelectMany(Crops)],
            seen = !Writing ? [] : [.. Photographs.Training.Where((_, i) => i % EveryTrainingPhotograph == 0)
                .Select(p => Photographs.Middle(p, Side))];
        if (!Writing) unseen = [.. unseen.Take(Few)];
        foreach (var w in Writers)
        {
            using Autoencoder? tiny = w.Writer == "embedded" ? null : Autoencoder.Open(Tiny(w.Writer, "encoder"));
            Autoencoder writer = tiny ?? EmbeddedAutoencoder.Shared;
            foreach ((ImageTensor picture, bool isUnseen) in unseen.Select(p => (p, true)).Concat(seen.Select(p => (p, false))))
            {
                Latent z = writer.Encode(picture);
                Save("bare.safetensors", z, z.Values);
                byModel.Add(w.Writer, isUnseen, Verdict("--model", w.Own), Verdict("--model", w.Other));
                if (isUnseen && Writing)
                    byAutoencoder.Add(w.Writer, isUnseen, Verdict("--ae", Ae(w.OwnAe)), Verdict("--ae", Ae(w.OtherAe)));
                foreach (float sigma in Sigmas)
                {
                    var noise = new float[z.Values.Length];
                    GaussianNoise.Fill(noise, 5);
                    Save("bare.safetensors", z, float.IsInfinity(sigma) ? noise : [.. z.Values.Select((v, i) => v + sigma * noise[i])]);
                    if (!noisy.TryGetValue(sigma, out int[]? counts)) noisy[sigma] = counts = new int[3];
                    counts[0]++;
                    if (Verdict("--model", w.Own) == "mismatch") counts[1]++;
                    if (place.Latent("inspect", "bare.safetensors").Expect(0).Output.Contains("noise", StringComparison.Ordinal)) counts[2]++;
                }
            }
        }
        if (Writing) Write(byModel, byAutoencoder, noisy, (unseen.Length, seen.Length));
        Assert.All(noisy, n => Assert.Equal(0, n.Value[1]));
        Assert.True(byModel.Refused(true) == 0 && byModel.Right(true) >= 0.99 * byModel.Count(true),
            $"{byModel.Right(true)} of {byModel.Count(true)} right, {byModel.Refused(true)} refused");
    }

    private static string Tiny(string name, string half) => Shared.Path($"models/tiny/{name}_{half}.safetensors");

    private static string Ae(string name) => name == "embedded" ? name : Tiny(name, "decoder");

    private void Save(string name, Latent z, float[] values)
        => SafetensorsWriter.Write(place.File(name), [SafetensorsEntry.Of("latent", values, 1, z.Channels, z.Height, z.Width)]);

    private string Verdict(string option, string other)
    {
        Workplace.Outcome said = place.Latent("check", "--latents", "bare.safetensors", option, other, "--json");
        string verdict = JsonDocument.Parse(said.Output).RootElement.GetProperty("verdict").GetString()!;
        Assert.Equal(verdict == "mismatch" ? 5 : 0, said.ExitCode);
        return verdict;
    }

    private static IEnumerable<ImageTensor> Crops(string path)
    {
        ImageTensor image = Photographs.Load(path);
        for (int top = 0; top + Side <= image.Height; top += Side)
            for (int left = 0; left + Side <= image.Width; left += Side)
            {
                var crop = new ImageTensor(1, Side, Side);
                for (int c = 0; c < ImageTensor.Channels; c++)
                    for (int y = 0; y < Side; y++)
                        image.Plane(0, c).Slice((top + y) * image.Width + left, Side).CopyTo(crop.Plane(0, c)[(y * Side)..]);
                yield return crop;
            }
    }

    private static void Write(Tallies byModel, Tallies byAutoencoder, Dictionary<float, int[]> noisy, (int Unseen, int Seen) pictures)
    {
        var text = new StringBuilder(Heading);
        text.Append(CultureInfo.InvariantCulture, $"""

            `latent check --latents FILE --model M` and `--ae A` on latents of 512x512 pixels whose file says nothing of its space, written
            by autoencoders that look alike, each checked against what it belongs to and against what it is mistaken for. *right*: the
            own passed and the other refused (exit code 5). Pictures: {pictures.Unseen} of the evaluation photographs, which no
            fingerprint has seen, and {pictures.Seen} training photographs, from whose parts of 256 pixels the fingerprints were taken.

            | against | pictures | checks | right | own refused | other passed |
            |---|---|---|---|---|---|
            {byModel.Row("a model", true)}
            {byAutoencoder.Row("an autoencoder", true)}
            {byModel.Row("a model", false)}

            The targets are 99 % right on unseen photographs and at most 0.5 % of right pairs refused.

            ## Noise

            The same latents with white noise, as unfinished sampling leaves it, checked against the model that they belong to.
            *another space*: refused as latents of another. *named*: `latent inspect` says that noise is left. Latents of Stable
            Diffusion 1.x and XL have fine structure of their own up to a deviation of 0.3, so that noise of 0.3 shows in part of them only.

            | noise | latents | another space | named |
            |---|---|---|---|

            """);
        foreach ((float sigma, int[] counts) in noisy)
        {
            string much = float.IsInfinity(sigma) ? "nothing else" : sigma.ToString("0.0", CultureInfo.InvariantCulture);
            text.Append(CultureInfo.InvariantCulture, $"| {much} | {counts[0]} | {counts[1]} | {counts[2]} |\n");
        }
        text.Append("\nTo reproduce: `LATENTSHARP_WRITE_DOCS=1 ./test --filter-class '*MismatchCommandExperiment'`\n");
        string path = Repository.Path("docs/mismatch.md"), page = File.ReadAllText(path);
        File.WriteAllText(path, page[..^PartOf(page).Length].TrimEnd() + "\n\n" + text);
    }

    /// <summary>What became of pairs, by writer and set.</summary>
    private sealed class Tallies
    {
        private readonly List<(string Writer, bool Unseen, string Own, string Other)> all = [];

        public void Add(string writer, bool unseen, string own, string other) => all.Add((writer, unseen, own, other));

        public int Count(bool unseen) => 2 * all.Count(a => a.Unseen == unseen);

        public int Refused(bool unseen) => all.Count(a => a.Unseen == unseen && a.Own == "mismatch");

        public int Passed(bool unseen) => all.Count(a => a.Unseen == unseen && a.Other != "mismatch");

        public int Right(bool unseen) => Count(unseen) - Refused(unseen) - Passed(unseen);

        public string Row(string against, bool unseen)
        {
            (int count, int right, string set) = (Count(unseen), Right(unseen), unseen ? "unseen" : "training");
            return string.Create(CultureInfo.InvariantCulture,
                $"| {against} | {set} | {count} | {right} ({100.0 * right / Math.Max(1, count):0.0} %) | {Refused(unseen)} | {Passed(unseen)} |");
        }
    }
}
