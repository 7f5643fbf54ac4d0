using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using LatentSharp.Cli.Files;
using LatentSharp.Imaging.Sheets;
using LatentSharp.Quality.Metrics;

namespace LatentSharp.Cli.Commands;

/// <summary><c>latent roundtrip</c></summary>
internal sealed class RoundtripCommand : LatentCommand
{
    private readonly Argument<string> image = new("IMAGE") { Description = "A picture, or a safetensors file with a tensor `image` [1, 3, H, W]." };
    private readonly Option<string?> output = new("--output", "-o") { Description = "The folder for the pictures; `out` by default.", HelpName = "DIR" };
    private readonly Option<string?> ae = ChosenAutoencoder.Option();
    private readonly Option<long?> memory = SharedOptions.Memory();

    internal RoundtripCommand() : base("roundtrip", "Encode a picture, decode it again, and show what that did to it.",
        "latent roundtrip photo.png", "latent roundtrip photo.png --ae ae.safetensors -o comparison/", "latent roundtrip photo.png --json")
    {
        Add(image);
        Add(output);
        Add(ae);
        Add(memory);
    }

    /// <inheritdoc/>
    protected override void Run(ParseResult arguments, Output report, CancellationToken cancellationToken)
    {
        string input = InputFiles.Single(arguments.GetRequiredValue(image), "*.png");
        string folder = arguments.GetValue(output) ?? "out";
        OutputFiles.MakeFolder(folder);
        ComputeOptions compute = SharedOptions.Compute(arguments, memory);
        using ChosenAutoencoder chosen = ChosenAutoencoder.Open(arguments.GetValue(ae), report);
        PictureInput picture = PictureInput.Load(input);
        foreach (string note in picture.Notes) report.Note($"{input}: {note}");
        ImageTensor original = picture.Image.Batch == 1 ? picture.Image : picture.Image.Slice(0);
        report.Line($"{input}, {original.Width} x {original.Height}, with {chosen.Description}");

        string name = Path.GetFileName(input);
        var watch = Stopwatch.StartNew();
        Latent latent = ProgressDisplay.Run(report, $"encode {name}", progress => chosen.Autoencoder.Encode(original, new EncodeOptions { Compute = compute }, progress, cancellationToken));
        double encoding = watch.Elapsed.TotalSeconds;
        watch.Restart();
        ImageTensor result = ProgressDisplay.Run(report, $"decode {name}", progress => chosen.Autoencoder.Decode(latent, new DecodeOptions { Compute = compute }, progress, cancellationToken));
        double decoding = watch.Elapsed.TotalSeconds;

        PicturePlanes before = PicturePlanes.Of(original), after = PicturePlanes.Of(result);
        double psnr = Psnr.Rgb(before, after), deltaE = Ciede2000.Map(before, after).Values.Average();
        string figures = string.Create(CultureInfo.InvariantCulture, $"PSNR {psnr:0.00} dB, mean colour error {deltaE:0.00}");
        string stem = Path.Combine(folder, Path.GetFileNameWithoutExtension(input));
        SheetPanel[] panels = [new("original", original), new("decoded", result, figures)];
        ErrorMap error = ErrorMap.Absolute(original, result);
        (string Kind, string Path, ImageTensor Picture)[] files =
        [
            ("reconstruction", stem + "-reconstruction.png", result),
            ("side_by_side", stem + "-side-by-side.png", SideBySide.Render(panels)),
            ("error_map", stem + "-error.png", error.Render()),
            ("worst_detail", stem + "-detail.png", DetailSheet.Render(error, 64, [new("original", original), new("decoded", result)])),
            ("latent_channels", stem + "-latent.png", LatentSheet.Render(latent)),
        ];
        foreach ((_, string path, ImageTensor sheet) in files)
        {
            cancellationToken.ThrowIfCancellationRequested();
            PictureFile.Save(path, sheet);
        }

        report.Line(string.Create(CultureInfo.InvariantCulture, $"{figures} (CIEDE2000; below 1 is hard to see)   encode {encoding:0.0} s, decode {decoding:0.0} s"));
        report.Line($"latent {latent.Channels} x {latent.Height} x {latent.Width}: {(double)original.Width * original.Height * 3 / (latent.Channels * latent.Height * latent.Width):0.#} times fewer numbers than the picture");
        foreach ((string kind, string path, _) in files) report.Line($"  {kind.Replace('_', ' '),-15} {path}");
        report.Object(json =>
        {
            json.WriteString("input", input);
            chosen.Write(json);
            JsonParts.Size(json, "picture", (original.Height, original.Width));
            JsonParts.Shape(json, "latent", latent);
            JsonParts.Number(json, "psnr_db", psnr, 4);
            JsonParts.Number(json, "mean_delta_e", deltaE, 4);
            json.WriteNumber("encode_seconds", Math.Round(encoding, 3));
            json.WriteNumber("decode_seconds", Math.Round(decoding, 3));
            json.WriteStartObject("files");
            foreach ((string kind, string path, _) in files) json.WriteString(kind, path);
            json.WriteEndObject();
            JsonParts.Strings(json, "notes", picture.Notes);
        });
    }
}
