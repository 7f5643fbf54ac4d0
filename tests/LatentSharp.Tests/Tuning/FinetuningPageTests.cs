using System.Text.RegularExpressions;
using LatentSharp.Tests.CommandLine;
using LatentSharp.Tests.Quality;
using LatentSharp.Tests.Readme;
using LatentSharp.Weights;
using LatentSharp.Weights.Files;

namespace LatentSharp.Tests.Tuning;

/// <summary>
/// The commands of docs/finetuning.md run, one after the other, on what they name: autoencoders with a planted cast, drawn pictures, pairs
/// of latent and picture. Trainings are shortened: few steps at a high rate on small squares.
/// </summary>
[Collection(CommandsCollection.Name)]
public sealed class FinetuningPageTests : IDisposable
{
    private static readonly (string Option, string Value)[] Shortened =
        [("--steps", "6"), ("--crop", "64"), ("--batch", "1"), ("--rate", "1e-4")];

    // The recipe of the page, with squares as small as the drawn pictures, and its steps.
    private static readonly (string Key, string Value)[] Smaller = [("steps", "6"), ("crop", "64"), ("batch", "1")];

    private readonly Workplace place = new();

    public void Dispose() => place.Dispose();

    [Fact]
    public void The_commands_of_the_page_run()
    {
        foreach (string name in (string[])["my", "drifted", "ae"])
            Write(EmbeddedAutoencoder.Shared.Weights, name, "decoder.conv_out.bias", EmbeddedAutoencoder.Shared.IdentifyingMetadata);
        using (SafetensorsFile tiny = SafetensorsFile.Open(Shared.Path("models/tiny/taef1_decoder.safetensors")))
            Write(tiny, "taef1_decoder", "19.bias", tiny.Metadata);
        File.Copy(Shared.Path("models/tiny/taef1_encoder.safetensors"), place.File("taef1_encoder.safetensors"));
        foreach (string folder in (string[])["photos", "drawings", "photographs", "wanted"])
        {
            Directory.CreateDirectory(place.File(folder));
            for (int i = 0; i < 5; i++) PictureFile.Save(place.File($"{folder}/{i}.png"), Pictures.Scene(72, 80, i + 1));
        }
        Directory.CreateDirectory(place.File("drawings-with-captions"));
        for (int i = 0; i < 4; i++)
        {
            PictureFile.Save(place.File($"drawings-with-captions/{i}.png"), Pictures.Make(72, 80, (c, y, _) => y < 36 ? 40 + 60 * c : 220 - 60 * c));
            File.WriteAllText(place.File($"drawings-with-captions/{i}.txt"), "a red boat");
        }
        Directory.CreateDirectory(place.File("made"));
        place.Latent(["encode", "wanted", "-o", "made/"]).Expect(0);

        Directory.CreateDirectory(place.File("training/recipes"));
        string recipe = File.ReadAllText(Repository.Path("training/recipes/student.json"));
        foreach ((string key, string value) in Smaller) recipe = Regex.Replace(recipe, $"(\"{key}\": )[0-9]+", "${1}" + value);
        File.WriteAllText(place.File("training/recipes/student.json"), recipe);

        (int Line, string[] Words, int ExitCode)[] commands = [.. new MarkdownPage(Repository.Path("docs/finetuning.md")).Commands("text")];
        Assert.True(commands.Length >= 8, $"{commands.Length} commands");
        foreach ((int line, string[] words, int exitCode) in commands)
        {
            if (words is ["cp", var from, var to])
            {
                File.Copy(place.File(from), place.File(to));
                continue;
            }
            Assert.Equal("latent", words[0]);
            Workplace.Outcome outcome = place.Latent(words[1] == "finetune" ? Short(words[1..]) : words[1..]);
            Assert.True(outcome.ExitCode == exitCode, $"line {line}: {string.Join(' ', words)}: exit code {outcome.ExitCode}\n{outcome.Error}");
        }
        foreach (string made in (string[])["mended", "taef1_drawings_decoder", "fitted", "student"]) place.Latent("inspect", made + ".safetensors").Expect(0);
    }

    private static string[] Short(string[] words)
    {
        List<string> shorter = [.. words];
        foreach ((string option, string usual) in Shortened)
        {
            // A LoRA begins as nothing: in so few steps only a high rate shows.
            string value = option == "--rate" && words.Contains("flux1-mini-generator") ? "5e-3" : usual;
            int at = shorter.IndexOf(option);
            if (at < 0) shorter.AddRange([option, value]);
            else shorter[at + 1] = value;
        }
        return [.. shorter];
    }

    // A tenth more red.
    private void Write(WeightSource weights, string name, string bias, IReadOnlyDictionary<string, string> metadata)
        => SafetensorsWriter.Write(place.File(name + ".safetensors"), weights.Tensors.Values.Select(t =>
        {
            if (t.Name != bias) return SafetensorsEntry.Copy(weights, t, t.Name, t.Shape);
            float[] values = weights.Read(t);
            values[0] += 0.12f;
            return SafetensorsEntry.Of(t.Name, values, t.Shape.Dimensions.AsSpan());
        }), new Dictionary<string, string>(metadata));
}
