using LatentSharp.Imaging.Sheets;
using LatentSharp.Quality.Metrics;
using LatentSharp.Quality.Reports;
using LatentSharp.Service.Autoencoders;
using LatentSharp.Service.Files;
using LatentSharp.Service.Reporting;

namespace LatentSharp.Service.Evaluating;

/// <summary>Measures how well an autoencoder stands in for another one of the same latent space.</summary>
public static class EvaluateAutoencoder
{
    /// <summary>Evaluates.</summary>
    /// <param name="library">Where autoencoders are found by name.</param>
    /// <param name="request">What to evaluate.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancellationToken">Ends it soon.</param>
    /// <exception cref="LatentSharpException">An autoencoder cannot be opened, the two speak different spaces, or there is no picture that
    /// can be used.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static EvaluateResult Run(AutoencoderLibrary library, EvaluateRequest request, IProgress<JobProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(library);
        ArgumentNullException.ThrowIfNull(request);
        if (request.Output is not null) OutputFiles.MakeFolder(request.Output);
        using OpenedAutoencoder opened = OpenedAutoencoder.Open(library, request.Autoencoder),
            against = OpenedAutoencoder.Open(library, request.Against);
        using MeasuredPictures found = MeasuredPictures.Find(request.Images);
        List<(string Name, ImageTensor Image)> pictures = [];
        foreach ((string name, ImageTensor image) in found.Load(cancellationToken))
        {
            if (Math.Max(image.Width, image.Height) < 2 * request.Size) pictures.Add((name, LatentExperiments.Middle(image, request.Size)));
            else found.Notes.Add($"{name} ({image.Width} x {image.Height}) is larger than twice the size {request.Size} and was left out");
        }
        if (pictures.Count == 0)
            throw new LatentSharpException(ErrorKind.BadInput, string.Join(", ", request.Images.Names), "there is no picture to evaluate with.",
                new Remedy(RemedyKind.GiveOption, "Name other pictures, or another size", "size"));
        Evaluation result = Evaluation.Of(opened.Autoencoder, against.Autoencoder, pictures, request.Compute,
            request.Output is null ? null : Sheet, PartOfJob.Whole(progress, opened.Facts.Name), cancellationToken);
        return new EvaluateResult(opened.Facts, against.Facts,
            [.. result.Rows.Select(
                r => new EvaluatedWay(r.Way, Figure.Of(r.Psnr, 4), Figure.Of(r.Ssim, 6), Figure.Of(r.DeltaE, 4), Figure.Of(r.EdgeEnergy, 4),
                    Figure.Of(r.DetailLossDb, 4)))],
            Figure.Of(result.LatentMeanSquare, 6), result.Pictures, request.Size, found.Unused, found.Notes);

        void Sheet(string name, ImageTensor original, IReadOnlyList<ImageTensor> results)
        {
            string file = Path.Combine(request.Output!, Path.ChangeExtension(name, ".png"));
            OutputFiles.MakeFolder(Path.GetDirectoryName(file)!);
            PictureFile.Save(file, SideBySide.Render(
            [
                new SheetPanel("original", original), new SheetPanel(opened.Autoencoder.Name, results[0]),
                    new SheetPanel(against.Autoencoder.Name, results[1]),
                new SheetPanel($"{against.Autoencoder.Name} to {opened.Autoencoder.Name}", results[2]),
            ]), null, cancellationToken);
        }
    }
}
