using System.Diagnostics;
using LatentSharp.Service.Autoencoders;
using LatentSharp.Service.Batches;
using LatentSharp.Service.Files;
using LatentSharp.Tensors;
using LatentSharp.Weights.Identity;

namespace LatentSharp.Service.Encoding;

/// <summary>Turns pictures into latent files.</summary>
public static class EncodePictures
{
    private static readonly string[] Extensions = [".safetensors"];

    /// <summary>Encodes. Of several pictures those that cannot be encoded are listed, the others are done.</summary>
    /// <param name="library">Where autoencoders are found by name.</param>
    /// <param name="request">What to do.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="items">Told every picture as it is finished: an <see cref="EncodedPicture"/> or a <see cref="FailedItem"/>.</param>
    /// <param name="cancellationToken">Ends it soon; what is written stays.</param>
    /// <exception cref="LatentSharpException">The request makes no sense, the autoencoder cannot be opened, or the only picture cannot be
    /// encoded.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled before anything was done.</exception>
    public static EncodeResult Run(AutoencoderLibrary library, EncodeRequest request, IProgress<JobProgress>? progress = null,
        IProgress<BatchItem>? items = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(library);
        ArgumentNullException.ThrowIfNull(request);
        if (request.Type is not (ElementType.F32 or ElementType.F16 or ElementType.BF16))
            throw new LatentSharpException(ErrorKind.Usage, request.Type.Name(), "latents are stored as f32, f16 or bf16.",
                new Remedy(RemedyKind.GiveOption, "Choose one of these.", "dtype"));
        using InputFiles inputs = InputFiles.Find(request.Inputs, InputKind.Pictures);
        List<string> outputs = OutputFiles.For(inputs, request.Output, Extensions,
            i => Path.GetFileNameWithoutExtension(i) + ".latent.safetensors", "a latent file");
        using OpenedAutoencoder opened = OpenedAutoencoder.Open(library, request.Autoencoder);
        request = request with { Tiling = request.Tiling?.For(opened.Autoencoder) };
        var options = new EncodeOptions
        {
            Seed = request.Seed, KeepPosterior = request.KeepPosterior, Compute = request.Compute, Tiling = request.Tiling,
        };
        var batch = new Batch<EncodedPicture>(inputs);
        batch.Run(Encode, request.KeepResults, items, progress, cancellationToken);
        return new EncodeResult(opened.Facts, batch.Results, batch.Failed, batch.Outcome);

        EncodedPicture Encode(int i, IProgress<StepProgress>? steps)
        {
            InputFile input = inputs.All[i];
            string digest = FileDigest.Sha256(input.Path, null, cancellationToken);
            if (!inputs.IsSingle && !request.Again && EncodedFile.IfCurrent(input, outputs[i], digest, opened, request) is { } there)
                return there;
            PictureInput picture = PictureInput.Load(input.Path);
            var watch = Stopwatch.StartNew();
            Latent latent = opened.Autoencoder.Encode(picture.Image, options, steps, cancellationToken);
            double seconds = watch.Elapsed.TotalSeconds;
            latent = new Latent(latent.Space, latent.Values, latent.Batch, latent.Height, latent.Width)
            {
                LogVariance = latent.LogVariance,
                PictureSize = latent.PictureSize ?? (picture.Image.Height, picture.Image.Width),
                Provenance = opened.Provenance(latent, input.Name, digest),
            };
            if (Path.GetDirectoryName(outputs[i]) is { Length: > 0 } folder) OutputFiles.MakeFolder(folder);
            LatentFile.Save(outputs[i], latent, request.Type);
            return EncodedFile.Describe(input, ItemStatus.Done, outputs[i], latent, request.Seed, request.Type, seconds,
                request.Tiling is { } tiling ? [.. picture.Notes, TilingWords.Note(tiling)] : picture.Notes);
        }
    }
}
