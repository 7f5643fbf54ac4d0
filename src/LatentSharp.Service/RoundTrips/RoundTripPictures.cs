using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using LatentSharp.Imaging.Sheets;
using LatentSharp.Quality.Metrics;
using LatentSharp.Service.Autoencoders;
using LatentSharp.Service.Batches;
using LatentSharp.Service.Files;
using LatentSharp.Service.Json;
using LatentSharp.Weights.Identity;

namespace LatentSharp.Service.RoundTrips;

/// <summary>Encodes pictures, decodes them again, and shows what that did to them.</summary>
public static class RoundTripPictures
{
    private const int DetailSide = 64;
    private const string JournalName = ".latent-roundtrip.jsonl";

    /// <summary>Goes there and back. Of several pictures those that cannot be read are listed, the others are done.</summary>
    /// <param name="library">Where autoencoders are found by name.</param>
    /// <param name="request">What to do.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="items">Told every picture as it is finished: a <see cref="RoundTrip"/> or a <see cref="FailedItem"/>.</param>
    /// <param name="cancellationToken">Ends it soon; what is written stays.</param>
    /// <exception cref="LatentSharpException">The request makes no sense, the autoencoder cannot be opened, or the only picture cannot be
    /// read.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled before anything was done.</exception>
    public static RoundTripResult Run(AutoencoderLibrary library, RoundTripRequest request, IProgress<JobProgress>? progress = null,
        IProgress<BatchItem>? items = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(library);
        ArgumentNullException.ThrowIfNull(request);
        using InputFiles inputs = InputFiles.Find(request.Inputs, InputKind.Pictures);
        List<string> stems = OutputFiles.For(inputs, Path.EndsInDirectorySeparator(request.Output) ? request.Output
            : request.Output + Path.DirectorySeparatorChar, [], i => Path.GetFileNameWithoutExtension(i), "a folder");
        using OpenedAutoencoder opened = OpenedAutoencoder.Open(library, request.Autoencoder);
        using ResultJournal? journal = inputs.IsSingle || opened.Digest is null ? null
            : ResultJournal.Open(request.Output, JournalName, opened.Digest);
        var batch = new Batch<RoundTrip>(inputs);
        batch.Run(Go, true, items, progress, cancellationToken);
        return new RoundTripResult(opened.Facts, batch.Results, batch.Failed, batch.Outcome);

        RoundTrip Go(int i, IProgress<StepProgress>? steps)
        {
            if (journal is null) return One(opened.Autoencoder, inputs.All[i], stems[i], request.Compute, steps, cancellationToken);
            string digest = FileDigest.Sha256(inputs.All[i].Path, null, cancellationToken);
            if (!request.Again && journal.Done(stems[i], digest) is (_, { } facts)
                && JsonSerializer.Deserialize(facts, ServiceJson.Lines.RoundTrip) is { } there)
                return there with { Input = inputs.All[i].Name, Status = ItemStatus.Skipped, Files = FilesOf(stems[i]) };
            RoundTrip trip = One(opened.Autoencoder, inputs.All[i], stems[i], request.Compute, steps, cancellationToken);
            journal.Add(stems[i], [trip.Files.Reconstruction, trip.Files.SideBySide, trip.Files.ErrorMap, trip.Files.WorstDetail,
                trip.Files.LatentChannels], digest, JsonSerializer.Serialize(trip, ServiceJson.Lines.RoundTrip));
            return trip;
        }
    }

    private static RoundTripFiles FilesOf(string stem) => new(stem + "-reconstruction.png", stem + "-side-by-side.png",
        stem + "-error.png", stem + "-detail.png", stem + "-latent.png");

    private static RoundTrip One(Autoencoder autoencoder, InputFile input, string stem, ComputeOptions compute,
        IProgress<StepProgress>? steps, CancellationToken cancellationToken)
    {
        PictureInput picture = PictureInput.Load(input.Path);
        ImageTensor original = picture.Image.Batch == 1 ? picture.Image : picture.Image.Slice(0);
        var watch = Stopwatch.StartNew();
        Latent latent = autoencoder.Encode(original, new EncodeOptions { Compute = compute }, Half(steps, 0), cancellationToken);
        double encoding = watch.Elapsed.TotalSeconds;
        watch.Restart();
        ImageTensor result = autoencoder.Decode(latent, new DecodeOptions { Compute = compute }, Half(steps, 0.5), cancellationToken);
        double decoding = watch.Elapsed.TotalSeconds;

        using Measuring.Scope measuring = Measuring.EndedBy(cancellationToken);
        PicturePlanes before = PicturePlanes.Of(original), after = PicturePlanes.Of(result);
        double psnr = Psnr.Rgb(before, after), deltaE = Ciede2000.Map(before, after).Values.Average();
        string figures = string.Create(CultureInfo.InvariantCulture, $"PSNR {psnr:0.00} dB, mean colour error {deltaE:0.00}");
        SheetPanel[] panels = [new("original", original), new("decoded", result, figures)];
        ErrorMap error = ErrorMap.Absolute(original, result);
        Func<ImageTensor>[] sheets =
        [
            () => result, () => SideBySide.Render(panels), () => error.Render(),
            () => DetailSheet.Render(error, DetailSide, [new("original", original), new("decoded", result)]),
            () => LatentSheet.Render(latent),
        ];
        RoundTripFiles files = FilesOf(stem);
        cancellationToken.ThrowIfCancellationRequested();
        if (Path.GetDirectoryName(stem) is { Length: > 0 } folder) OutputFiles.MakeFolder(folder);
        string[] names = [files.Reconstruction, files.SideBySide, files.ErrorMap, files.WorstDetail, files.LatentChannels];
        foreach ((string file, Func<ImageTensor> sheet) in names.Zip(sheets))
        {
            cancellationToken.ThrowIfCancellationRequested();
            PictureFile.Save(file, sheet(), null, cancellationToken);
        }
        return new RoundTrip(input.Name, ItemStatus.Done, new PixelSize(original.Width, original.Height),
            [latent.Batch, latent.Channels, latent.Height, latent.Width],
            double.IsFinite(psnr) ? Math.Round(psnr, 4) : null, Math.Round(deltaE, 4), Math.Round(encoding, 3), Math.Round(decoding, 3),
            files, picture.Notes);
    }

    private static HalfWay? Half(IProgress<StepProgress>? steps, double from) => steps is null ? null : new HalfWay(steps, from);

    /// <summary>The progress of one of two halves.</summary>
    private sealed class HalfWay(IProgress<StepProgress> whole, double from) : IProgress<StepProgress>
    {
        public void Report(StepProgress value) => whole.Report(value with { Fraction = from + value.Fraction / 2 });
    }
}
