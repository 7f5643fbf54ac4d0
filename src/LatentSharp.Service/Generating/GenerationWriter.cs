using System.Globalization;
using System.Text.Json;
using LatentSharp.Latents;
using LatentSharp.Service.Autoencoders;
using LatentSharp.Service.Files;
using LatentSharp.Service.Json;

namespace LatentSharp.Service.Generating;

/// <summary>Writes pictures with what they were made from, latents, previews.</summary>
/// <param name="library">Where the autoencoder of small previews is found.</param>
/// <param name="request">What was asked for.</param>
/// <param name="pictures">How many pictures there will be.</param>
internal sealed class GenerationWriter(AutoencoderLibrary library, GenerateRequest request, int pictures)
{
    /// <summary>The extension of raw images.</summary>
    public const string Raw = ".safetensors";

    private readonly List<float> raw = [];

    /// <summary>What is worth knowing about what was written.</summary>
    public List<string> Notes { get; } = [];

    /// <summary>Writes a picture, and its latent where that was asked for.</summary>
    /// <returns>The latent's file, or null.</returns>
    /// <exception cref="OperationCanceledException">It was cancelled: the picture is not written.</exception>
    public string? Save(string output, int index, ImageTensor image, Latent latent, GenerationRecord record,
        CancellationToken cancellationToken)
    {
        if (IsRaw(output))
        {
            raw.AddRange(image.Values);
            if (index == pictures - 1) TensorImageFile.Save(output, new ImageTensor([.. raw], pictures, image.Height, image.Width));
        }
        else
        {
            bool png = PictureFormat.FromExtension(output) == PictureFormat.Png;
            PictureFile.Save(output, image, new PictureSaveOptions
            {
                Texts = !png ? [] : [new("parameters", ParameterText.Of(record)),
                    new(GenerationRecord.Keyword, JsonSerializer.Serialize(record, ServiceJson.Lines.GenerationRecord))],
            }, cancellationToken);
            if (!png && Notes.Count == 0) Notes.Add("only PNG files say how they were made");
        }
        if (!request.SaveLatents) return null;
        string file = Beside(output, (pictures > 1 && IsRaw(output) ? $"-{index + 1}" : "") + ".latent.safetensors");
        LatentFile.Save(file, latent);
        return file;
    }

    /// <summary>Shows what the model saw in the last step.</summary>
    /// <param name="output">The picture that it becomes.</param>
    /// <param name="step">How many steps are done.</param>
    /// <param name="seen">What was seen; null for nothing.</param>
    /// <param name="cancellationToken">Ends decoding and writing.</param>
    public void Preview(string output, int step, Latent? seen, CancellationToken cancellationToken)
    {
        if (request.Preview is not { } kind || seen is null) return;
        bool tiny = kind == "tiny", beside = tiny || kind == "linear";
        if (!beside) OutputFiles.MakeFolder(kind);
        string file = beside ? Beside(output, ".preview.png") : Path.Combine(kind, string.Create(CultureInfo.InvariantCulture,
            $"{Path.GetFileNameWithoutExtension(output)}-step-{step:00}.png"));
        PictureFile.Save(file, seen.Space == LatentSpace.Pixels ? Autoencoder.Pixels.Decode(seen, null, null, cancellationToken)
            : tiny ? Small(seen, cancellationToken) : LatentPreview.Render(seen), null, cancellationToken);
    }

    private ImageTensor Small(Latent seen, CancellationToken cancellationToken)
    {
        using OpenedAutoencoder small = OpenedAutoencoder.Open(library, AutoencoderLibrary.EmbeddedName);
        return small.Autoencoder.Decode(seen, new DecodeOptions { Compute = request.Compute }, cancellationToken: cancellationToken);
    }

    private static bool IsRaw(string output) => Path.GetExtension(output).Equals(Raw, StringComparison.OrdinalIgnoreCase);

    private static string Beside(string output, string end)
        => Path.Combine(Path.GetDirectoryName(output) ?? "", Path.GetFileNameWithoutExtension(output) + end);
}
