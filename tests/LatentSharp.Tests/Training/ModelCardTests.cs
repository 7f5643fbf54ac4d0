using System.Globalization;
using System.Text.RegularExpressions;
using LatentSharp.Quality.Metrics;
using LatentSharp.Tests.CommandLine;
using LatentSharp.Weights.Identity;

namespace LatentSharp.Tests.Training;

/// <summary>The model card of the embedded autoencoder speaks of the file beside it, and <c>latent inspect --card</c> shows it.</summary>
[Collection(CommandsCollection.Name)]
public sealed partial class ModelCardTests : IDisposable
{
    private static readonly string Weights = Repository.Path("assets/models/flux1-mini.safetensors");

    private readonly Workplace place = new();

    public void Dispose() => place.Dispose();

    [Fact]
    public void The_figures_are_of_the_weights_in_the_repository() => Assert.Equal(FileDigest.Sha256(Weights), EmbeddedCard.Sha256);

    [Fact]
    public void The_readme_says_what_the_card_says()
    {
        double[] readme = Figures(ReadmeRow(), File.ReadAllText(Repository.Path("README.md"))),
            card = Figures(CardRow(), EmbeddedCard.Text);
        Assert.Equal((4, 4), (readme.Length, card.Length));
        // The rows of both stand in another order; the readme gives one decimal of what the card gives two.
        foreach ((double said, double measured) in readme.Zip([card[0], card[2], card[3], card[1]])) Assert.Equal(measured, said, 0.0551);

        static double[] Figures(Regex row, string text)
            => [.. row.Matches(text).Select(m => double.Parse(m.Groups[1].ValueSpan, CultureInfo.InvariantCulture))];
    }

    [Fact]
    public void The_figures_on_the_repositorys_photographs_are_reproduced()
    {
        Match stated = OnTheRepositorysPhotographs().Match(EmbeddedCard.Text);
        Assert.True(stated.Success, "run training/card.py");
        string[] photographs = Directory.GetFiles(Repository.Path("assets/photos"), "*.png");
        Assert.Equal(photographs.Length, Number(stated, "count"), 0.0);
        double psnr = 0, ssim = 0, colour = 0;
        foreach (string file in photographs)
        {
            ImageTensor image = PictureFile.Load(file).Image;
            PicturePlanes before = PicturePlanes.Of(image),
                after = PicturePlanes.Of(EmbeddedAutoencoder.Shared.Decode(EmbeddedAutoencoder.Shared.Encode(image)));
            psnr += Psnr.Rgb(before, after) / photographs.Length;
            ssim += Ssim.Luma(before, after) / photographs.Length;
            colour += Ciede2000.Map(before, after).Values.Average() / photographs.Length;
        }
        // One unit of the last decimal that is printed: other processors add in another order.
        Assert.Equal(psnr, Number(stated, "psnr"), 0.01);
        Assert.Equal(ssim, Number(stated, "ssim"), 0.0001);
        Assert.Equal(colour, Number(stated, "colour"), 0.01);
    }

    [Fact]
    public void Every_training_photograph_is_named_with_its_licence()
    {
        string[] rows = [.. File.ReadLines(Shared.Path("photos/train/LICENCES.tsv")).Skip(1)];
        Assert.Contains($"{rows.Length} photographs:", EmbeddedCard.Text, StringComparison.Ordinal);
        foreach (string row in rows)
        {
            string[] fields = row.Split('\t');
            string name = fields[1].Split('/')[^1];
            Assert.Contains(name, EmbeddedCard.Text, StringComparison.Ordinal);
            if (fields[2].StartsWith("CC-BY", StringComparison.Ordinal))
                Assert.Matches($@"\| (\w+/)?{Regex.Escape(name)} \|.*\| {fields[2].Replace(' ', '-')} \|", EmbeddedCard.Text);
        }
    }

    [Fact]
    public void Inspect_shows_the_card_of_the_embedded_autoencoder_under_any_name()
    {
        Assert.Contains("# flux1-mini", place.Latent("inspect", "embedded", "--card").Expect(0).Output, StringComparison.Ordinal);
        File.Copy(Weights, place.File("renamed.safetensors"));
        Assert.Equal(EmbeddedCard.Text.TrimEnd(),
            place.Latent("inspect", "renamed.safetensors", "--card", "--json").Expect(0).Json.GetProperty("card").GetString()!.TrimEnd());
    }

    [Fact]
    public void Inspect_shows_a_card_beside_the_weights_and_says_where_it_looked_for_one()
    {
        File.WriteAllText(place.File("mine.safetensors"), "whatever");
        Assert.Contains("mine.md", place.Latent("inspect", "mine.safetensors", "--card").Expect(4).Error, StringComparison.Ordinal);
        File.WriteAllText(place.File("mine.md"), "# Mine\n");
        Assert.Equal("# Mine", place.Latent("inspect", "mine.safetensors", "--card").Expect(0).Output.Trim());
        place.Latent("inspect", "pixels", "--card").Expect(4);
        place.Latent("inspect", "nowhere.safetensors", "--card").Expect(4);
    }

    private static double Number(Match match, string group) => double.Parse(match.Groups[group].ValueSpan, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"On the (?<count>\d+) photographs in `assets/photos`, there and back: PSNR (?<psnr>[\d.]+) dB, "
        + @"SSIM (?<ssim>[\d.]+), CIEDE2000 (?<colour>[\d.]+)\.")]
    private static partial Regex OnTheRepositorysPhotographs();

    [GeneratedRegex(@"^\| (?:\*for comparison:\* )?(?:embedded|TAEF1) \| (?:embedded|TAEF1) \| ([\d.]+) dB \|$", RegexOptions.Multiline)]
    private static partial Regex ReadmeRow();

    [GeneratedRegex(@"^\| (?:flux1-mini|TAEF1).*?\| ([\d.]+) \| 0\.\d+ \|", RegexOptions.Multiline)]
    private static partial Regex CardRow();
}
