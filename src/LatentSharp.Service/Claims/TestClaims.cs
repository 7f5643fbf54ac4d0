using LatentSharp.Imaging.Sheets;
using LatentSharp.Quality.Reports;
using LatentSharp.Service.Autoencoders;
using LatentSharp.Service.Files;
using LatentSharp.Service.Reporting;

namespace LatentSharp.Service.Claims;

/// <summary>
/// Measures what is commonly said about autoencoders: mismatch, lower resolution, stronger compression. The experiment of
/// docs/experiments/ae-quality.md.
/// </summary>
public static class TestClaims
{
    private const int Side = 384, PanelsInRow = 4, SheetQuality = 85;

    /// <summary>Measures.</summary>
    /// <param name="library">Where autoencoders are found by name.</param>
    /// <param name="request">What to measure with.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancellationToken">Ends it soon; nothing is written.</param>
    /// <exception cref="LatentSharpException">An autoencoder cannot be opened, or there is no picture that is large enough.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static ClaimsResult Run(AutoencoderLibrary library, ClaimsRequest request, IProgress<JobProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(library);
        ArgumentNullException.ThrowIfNull(request);
        OutputFiles.MakeFolder(request.Output);
        OpenedAutoencoder[] opened = OpenedAutoencoder.OpenAll(library, request.Autoencoders);
        try
        {
            using MeasuredPictures found = MeasuredPictures.Find(request.Images);
            List<(string Name, ImageTensor Image)> loaded = found.Load(cancellationToken);
            ImageTensor[] pictures =
                [.. loaded.Select(p => LatentExperiments.Middle(p.Image, Side)).Where(p => p.Height == Side && p.Width == Side)];
            if (pictures.Length == 0)
                throw new LatentSharpException(ErrorKind.BadInput, string.Join(", ", request.Images.Names),
                    $"none of {loaded.Count} pictures has {Side} pixels each way.", "Name larger pictures.");
            if (pictures.Length < loaded.Count)
                found.Notes.Add($"{loaded.Count - pictures.Length} of {loaded.Count} pictures have fewer than {Side} pixels each way and were left out");
            List<ClaimRow> rows = Measure(new ClaimsExperiment(pictures, request.Compute), [.. opened.Select(o => o.Autoencoder)], progress,
                cancellationToken);
            string text = $"{ClaimsExperiment.Markdown(rows)}\n{string.Concat(ClaimsExperiment.Conclusions(rows).Select(c => $"- {c}\n"))}",
                table = Path.Combine(request.Output, "claims.md"), sheet = Path.Combine(request.Output, "claims.webp");
            File.WriteAllText(table, text);
            SheetPanel[] panels = [new SheetPanel("original", pictures[0]), .. rows.Where(r => r.Autoencoder == rows[0].Autoencoder)
                .Select(r => new SheetPanel(r.Variant, r.First))];
            ImageTensor drawn = SideBySide.RenderRows(panels, PanelsInRow);
            PictureFile.Save(sheet, drawn, new PictureSaveOptions { Quality = SheetQuality }, cancellationToken);
            return new ClaimsResult([.. opened.Select(o => o.Facts)], table, sheet, text, pictures.Length, found.Unused, found.Notes);
        }
        finally
        {
            foreach (OpenedAutoencoder one in opened) one.Dispose();
        }
    }

    private static List<ClaimRow> Measure(ClaimsExperiment experiment, Autoencoder[] all, IProgress<JobProgress>? progress,
        CancellationToken cancellationToken)
    {
        List<ClaimRow> rows = [];
        for (int e = 0; e < all.Length; e++)
        {
            rows.AddRange(experiment.Compression(all[e], cancellationToken));
            for (int d = 0; d < all.Length; d++)
                if (d != e && all[d].Space.Channels == all[e].Space.Channels && all[d].Space.Factor == all[e].Space.Factor)
                    rows.Add(experiment.Crossed(all[e], all[d], cancellationToken));
            progress?.Report(new JobProgress((e + 1.0) / all.Length, "", all[e].Name, e + 1, all.Length));
        }
        return rows;
    }
}
