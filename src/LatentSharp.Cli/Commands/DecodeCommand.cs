using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using LatentSharp.Cli.Files;
using LatentSharp.Latents;

namespace LatentSharp.Cli.Commands;

/// <summary><c>latent decode</c></summary>
internal sealed class DecodeCommand : LatentCommand
{
    private static readonly string[] extensions = [".png", ".jpg", ".jpeg", ".webp", ".tiff", ".tif", ".avif", ".safetensors"];

    private readonly Argument<string[]> latents = new("LATENT") { Description = "Latent files: LatentSharp's, ComfyUI's .latent, or safetensors with a tensor `latent` [N, C, h, w].", Arity = ArgumentArity.OneOrMore };
    private readonly Option<string?> output = new("--output", "-o") { Description = "A picture (.png .jpg .webp .tiff), a raw image (.safetensors), or a folder. By default NAME.decoded.png in the current folder.", HelpName = "FILE|DIR" };
    private readonly Option<string?> ae = ChosenAutoencoder.Option();
    private readonly Option<long?> memory = SharedOptions.Memory();
    private readonly Option<int> bits = new("--bits") { Description = "Bits for each channel of a PNG or TIFF: 8 or 16.", HelpName = "N", DefaultValueFactory = _ => 8 };
    private readonly Option<bool> ignoreSpace = new("--ignore-space") { Description = "Decode even a latent of another latent space. The colours will be wrong." };

    internal DecodeCommand() : base("decode", "Turn latents into pictures.",
        "latent decode photo.latent.safetensors", "latent decode photo.latent.safetensors -o photo.webp", "latent decode *.latent --ae ae.safetensors -o pictures/")
    {
        Add(latents);
        Add(output);
        Add(ae);
        Add(memory);
        Add(bits);
        Add(ignoreSpace);
    }

    /// <inheritdoc/>
    protected override void Run(ParseResult arguments, Output report, CancellationToken cancellationToken)
    {
        List<string> inputs = InputFiles.Expand(arguments.GetRequiredValue(latents), "*.latent.safetensors");
        List<string> outputs = OutputFiles.For(inputs, arguments.GetValue(output), extensions, i => Stem(i) + ".decoded.png", "a picture");
        var save = new PictureSaveOptions { Bits = arguments.GetValue(bits) };
        bool ignore = arguments.GetValue(ignoreSpace);
        var options = new DecodeOptions { Compute = SharedOptions.Compute(arguments, memory), IgnoreSpaceMismatch = ignore };
        using ChosenAutoencoder chosen = ChosenAutoencoder.Open(arguments.GetValue(ae), report);
        report.Line($"decoding with {chosen.Description}");

        var done = new List<Result>();
        for (int i = 0; i < inputs.Count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            LatentFileContent content = LatentInput.Load(inputs[i], chosen.Autoencoder.Space);
            List<string> notes = [.. content.Notes];
            if (ignore && content.Latent.Space != chosen.Autoencoder.Space)
                notes.Add($"decoded although the latent is written in {content.Latent.Space.Title} and the autoencoder speaks {chosen.Autoencoder.Space.Title}");
            foreach (string note in notes) report.Note($"{inputs[i]}: {note}");
            var watch = Stopwatch.StartNew();
            ImageTensor image = ProgressDisplay.Run(report, $"decode {Path.GetFileName(inputs[i])}", progress => chosen.Autoencoder.Decode(content.Latent, options, progress, cancellationToken));
            double seconds = watch.Elapsed.TotalSeconds;
            List<string> written = Save(outputs[i], image, save);
            foreach (string file in written)
                report.Line(string.Create(CultureInfo.InvariantCulture, $"{inputs[i]} -> {file}   {image.Width} x {image.Height}, {seconds:0.0} s"));
            done.Add(new Result(inputs[i], written, image, content.Latent.Space, seconds, notes));
        }
        report.Object(json =>
        {
            chosen.Write(json);
            json.WriteStartArray("results");
            foreach (Result result in done)
            {
                json.WriteStartObject();
                json.WriteString("input", result.Input);
                JsonParts.Strings(json, "outputs", result.Outputs);
                JsonParts.Size(json, "picture", (result.Image.Height, result.Image.Width));
                json.WriteString("space", result.Space.Id);
                json.WriteBoolean("space_ignored", ignore && result.Space != chosen.Autoencoder.Space);
                json.WriteNumber("seconds", Math.Round(result.Seconds, 3));
                JsonParts.Strings(json, "notes", result.Notes);
                json.WriteEndObject();
            }
            json.WriteEndArray();
        });
    }

    /// <summary>One file for a tensor of any batch or a single picture; NAME-1.png, NAME-2.png for several pictures.</summary>
    private static List<string> Save(string output, ImageTensor image, PictureSaveOptions options)
    {
        if (Path.GetExtension(output).Equals(".safetensors", StringComparison.OrdinalIgnoreCase))
        {
            TensorImageFile.Save(output, image);
            return [output];
        }
        if (image.Batch == 1)
        {
            PictureFile.Save(output, image, options);
            return [output];
        }
        var written = new List<string>();
        for (int n = 0; n < image.Batch; n++)
        {
            string file = Path.Combine(Path.GetDirectoryName(output)!, string.Create(CultureInfo.InvariantCulture, $"{Path.GetFileNameWithoutExtension(output)}-{n + 1}{Path.GetExtension(output)}"));
            PictureFile.Save(file, image.Slice(n), options);
            written.Add(file);
        }
        return written;
    }

    /// <summary>The name without <c>.safetensors</c> and without the <c>.latent</c> that encode put before it.</summary>
    private static string Stem(string path)
    {
        string name = Path.GetFileNameWithoutExtension(path);
        return Path.GetExtension(name).Equals(".latent", StringComparison.OrdinalIgnoreCase) ? Path.GetFileNameWithoutExtension(name) : name;
    }

    private sealed record Result(string Input, IReadOnlyList<string> Outputs, ImageTensor Image, LatentSpace Space, double Seconds, IReadOnlyList<string> Notes);
}
