using System.Diagnostics;
using System.Globalization;
using LatentSharp.Latents;
using LatentSharp.Quality.Findings;
using LatentSharp.Service.Autoencoders;
using LatentSharp.Service.Batches;
using LatentSharp.Service.Files;
using LatentSharp.Weights.Identity;

namespace LatentSharp.Service.Decoding;

/// <summary>Turns latent files into pictures.</summary>
public static class DecodeLatents
{
    private const string Raw = ".safetensors", JournalName = ".latent-decoded.jsonl";
    private static readonly string[] Extensions = [".png", ".jpg", ".jpeg", ".webp", ".tiff", ".tif", ".avif", Raw];

    /// <summary>Decodes. Of several latents those that cannot be decoded are listed, the others are done.</summary>
    /// <param name="library">Where autoencoders are found by name.</param>
    /// <param name="request">What to do.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="items">Told every latent as it is finished: a <see cref="DecodedLatent"/> or a <see cref="FailedItem"/>.</param>
    /// <param name="cancellationToken">Ends it soon; what is written stays.</param>
    /// <exception cref="LatentSharpException">The request makes no sense, the autoencoder cannot be opened, or the only latent cannot be
    /// decoded.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled before anything was done.</exception>
    public static DecodeResult Run(AutoencoderLibrary library, DecodeRequest request, IProgress<JobProgress>? progress = null,
        IProgress<BatchItem>? items = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(library);
        ArgumentNullException.ThrowIfNull(request);
        RequireBits(request);
        using InputFiles inputs = InputFiles.Find(request.Inputs, InputKind.Latents);
        List<string> outputs = OutputFiles.For(inputs, request.Output, Extensions, i => Stem(i) + ".decoded.png", "a picture");
        using OpenedAutoencoder opened = OpenedAutoencoder.Open(library, request.Autoencoder);
        LatentSpace spoken = opened.Autoencoder.Space;
        BlendedTiling? tiling = request.Tiling?.For(opened.Autoencoder);
        var options = new DecodeOptions { Compute = request.Compute, IgnoreSpaceMismatch = request.IgnoreSpace, Tiling = tiling };
        var save = new PictureSaveOptions { Bits = request.Bits };
        using ResultJournal? journal = inputs.IsSingle ? null
            : ResultJournal.Open(request.Output ?? ".", JournalName,
                $"{opened.Digest} {request.Bits} {request.IgnoreSpace}{(tiling is null ? "" : $" {tiling}")}");
        var batch = new Batch<DecodedLatent>(inputs);
        batch.Run(Decode, request.KeepResults, items, progress, cancellationToken);
        return new DecodeResult(opened.Facts, batch.Results, batch.Failed, batch.Outcome);

        DecodedLatent Decode(int i, IProgress<StepProgress>? steps)
        {
            InputFile input = inputs.All[i];
            string? digest = journal is null ? null : FileDigest.Sha256(input.Path, null, cancellationToken);
            if (!request.Again && journal?.Done(outputs[i], digest!) is (var there, _))
                return new DecodedLatent(input.Name, ItemStatus.Skipped, there, null, null, false, 0, []);
            LatentFileContent content = LatentInput.Load(input.Path, spoken);
            bool foreign = content.Latent.Space != spoken;
            List<string> notes = [.. content.Notes];
            if (request.IgnoreSpace && foreign)
                notes.Add($"decoded although the latent is written in {content.Latent.Space.Title} and the autoencoder speaks {spoken.Title}");
            if (tiling is not null) notes.Add(TilingWords.Note(tiling));
            Finding? against = foreign ? null : LatentInput.Against(content, spoken);
            if (against is not null) notes.Add($"{against.Evidence} It was decoded as it is.");
            var watch = Stopwatch.StartNew();
            ImageTensor image = opened.Autoencoder.Decode(content.Latent, options, steps, cancellationToken);
            double seconds = watch.Elapsed.TotalSeconds;
            if (Path.GetDirectoryName(outputs[i]) is { Length: > 0 } folder) OutputFiles.MakeFolder(folder);
            List<string> written = Save(outputs[i], image, save, cancellationToken);
            journal?.Add(outputs[i], written, digest!);
            return new DecodedLatent(input.Name, ItemStatus.Done, written, new PixelSize(image.Width, image.Height),
                content.Latent.Space.Id, foreign, Math.Round(seconds, 3), notes)
            {
                Remedy = against?.Remedy is { } remedy ? remedy with { Subject = input.Name } : null,
            };
        }
    }

    private static void RequireBits(DecodeRequest request)
    {
        var remedy = new Remedy(RemedyKind.GiveOption, "Choose 8 or 16, or a PNG or TIFF file for 16.", "bits");
        if (request.Bits is not (8 or 16))
            throw new LatentSharpException(ErrorKind.Usage, $"{request.Bits} bits", "pictures are written with 8 or 16 bits for each channel.", remedy);
        if (request.Output is { } file && PictureFormat.FromExtension(file) is { } format && format.MaximumBits < request.Bits)
            throw new LatentSharpException(ErrorKind.Usage, file,
                $"{format.Name} holds {format.MaximumBits} bits for each channel, not {request.Bits}.", remedy);
    }

    /// <summary>One file for a tensor of any batch or a single picture; NAME-1.png, NAME-2.png for several pictures.</summary>
    private static List<string> Save(string output, ImageTensor image, PictureSaveOptions options,
        CancellationToken cancellationToken)
    {
        if (Path.GetExtension(output).Equals(Raw, StringComparison.OrdinalIgnoreCase))
        {
            TensorImageFile.Save(output, image);
            return [output];
        }
        if (image.Batch == 1)
        {
            PictureFile.Save(output, image, options, cancellationToken);
            return [output];
        }
        var written = new List<string>();
        for (int n = 0; n < image.Batch; n++)
        {
            string name = string.Create(CultureInfo.InvariantCulture,
                $"{Path.GetFileNameWithoutExtension(output)}-{n + 1}{Path.GetExtension(output)}");
            string file = Path.Combine(Path.GetDirectoryName(output)!, name);
            PictureFile.Save(file, image.Slice(n), options, cancellationToken);
            written.Add(file);
        }
        return written;
    }

    /// <summary>The name without <c>.safetensors</c> and without the <c>.latent</c> that encoding put before it.</summary>
    private static string Stem(string path)
    {
        string name = Path.GetFileNameWithoutExtension(path);
        return Path.GetExtension(name).Equals(".latent", StringComparison.OrdinalIgnoreCase)
            ? Path.GetFileNameWithoutExtension(name) : name;
    }
}
