using System.Globalization;
using System.Text;
using System.Text.Json;
using LatentSharp.Latents;
using LatentSharp.Weights.Files;

namespace LatentSharp.Tests.CommandLine;

/// <summary>
/// What <c>latent check</c> says of bare latents (no metadata) of autoencoders that look alike, of 512x512 pixels, and of the same with
/// noise. With LATENTSHARP_WRITE_DOCS=1 it takes all photographs and writes its part of docs/mismatch.md; without, a few. What was said
/// is kept in artifacts/mismatch/command.tsv, and with LATENTSHARP_SECONDS=120 a run ends after so long and the next one goes on.
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
        var kept = new KeptAnswers(Writing ? Repository.Path("artifacts/mismatch/command.tsv") : null);
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
            foreach ((ImageTensor picture, bool isUnseen, int number) in unseen.Select((p, i) => (p, true, i))
                .Concat(seen.Select((p, i) => (p, false, i))))
            {
                Latent[] latent = [];
                string Said(string what, Func<Latent, string> ask) => kept.Of($"{w.Writer}\t{isUnseen}\t{number}\t{what}", () =>
                {
                    if (latent.Length == 0) latent = [writer.Encode(picture)];
                    return ask(latent[0]);
                });
                string Bare(string option, string other) => Said($"{option} {Path.GetFileName(other)}", z =>
                {
                    Save("bare.safetensors", z, z.Values);
                    return Verdict(option, other);
                });
                byModel.Add(w.Writer, isUnseen, Bare("--model", w.Own), Bare("--model", w.Other));
                if (isUnseen && Writing) byAutoencoder.Add(w.Writer, isUnseen, Bare("--ae", Ae(w.OwnAe)), Bare("--ae", Ae(w.OtherAe)));
                foreach (float sigma in Sigmas)
                {
                    string[] said = Said(FormattableString.Invariant($"noise {sigma}"), z =>
                    {
                        var noise = new float[z.Values.Length];
                        GaussianNoise.Fill(noise, 5);
                        Save("bare.safetensors", z, float.IsInfinity(sigma) ? noise : [.. z.Values.Select((v, i) => v + sigma * noise[i])]);
                        bool named = place.Latent("inspect", "bare.safetensors").Expect(0).Output.Contains("noise", StringComparison.Ordinal);
                        return $"{Verdict("--model", w.Own)} {(named ? "named" : "silent")}";
                    }).Split(' ');
                    if (!noisy.TryGetValue(sigma, out int[]? counts)) noisy[sigma] = counts = new int[3];
                    counts[0]++;
                    if (said[0] == "mismatch") counts[1]++;
                    if (said[1] == "named") counts[2]++;
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

            The targets are 99 % right on unseen photographs and at most 0.5 % of right pairs refused. That the values are asked too where
            directions leave two spaces open was made a rule after two misses among these unseen pictures (both of one mural) had been seen.

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

    /// <summary>Answers in a file with a line for each question, so that an experiment can be done in pieces.</summary>
    private sealed class KeptAnswers(string? path)
    {
        private static readonly double Seconds = double.TryParse(Environment.GetEnvironmentVariable("LATENTSHARP_SECONDS"),
            CultureInfo.InvariantCulture, out double seconds) ? seconds : double.PositiveInfinity;

        private readonly long began = Environment.TickCount64;
        private readonly Dictionary<string, string> known = path is not null && File.Exists(path)
            ? File.ReadLines(path).ToDictionary(l => l[..l.LastIndexOf('\t')], l => l[(l.LastIndexOf('\t') + 1)..]) : [];

        public string Of(string question, Func<string> ask)
        {
            if (known.TryGetValue(question, out string? answer)) return answer;
            Assert.SkipWhen((Environment.TickCount64 - began) / 1000.0 > Seconds, "the next run goes on from here");
            answer = ask();
            if (path is null) return answer;
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.AppendAllText(path, $"{question}\t{answer}\n");
            return answer;
        }
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
