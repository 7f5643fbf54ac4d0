using LatentSharp.Latents;
using LatentSharp.Quality.Findings;
using LatentSharp.Service.Autoencoders;
using LatentSharp.Service.Checking;
using LatentSharp.Service.Files;

namespace LatentSharp.Service.Diagnosing;

/// <summary>Says what is wrong with a picture or a latent, and whether the autoencoder or the diffusion model did it.</summary>
public static class DiagnosePicture
{
    /// <summary>Diagnoses.</summary>
    /// <param name="library">Where autoencoders are found by name.</param>
    /// <param name="request">What looks wrong.</param>
    /// <param name="cancellationToken">Ends it soon.</param>
    /// <exception cref="LatentSharpException">There is neither a picture nor a latent, or something that was named cannot be
    /// read.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static DiagnoseResult Run(AutoencoderLibrary library, DiagnoseRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(library);
        ArgumentNullException.ThrowIfNull(request);
        if (request.Picture is null && request.Latent is null)
            throw new LatentSharpException(ErrorKind.Usage, "", "a picture or a latent is needed.", "Name a picture, or give a latent.");
        LatentSpace? space = request.Model is { } name ? ChosenModel.Of(name).Space : null;
        using OpenedAutoencoder? opened = request.Autoencoder is null ? null : OpenedAutoencoder.Open(library, request.Autoencoder);
        PictureMetadata? made = request.Picture is { } file ? PictureMetadata.Read(Existing(file)) : null;
        string? latentFile = request.Latent is { } named ? Existing(named) : null;
        LatentFileContent? latents = latentFile is null ? null
            : LatentInput.Load(latentFile, space ?? opened?.Autoencoder.Space, allowNonFinite: true);
        using AutoencodersAtHand atHand = new(request.Picture is null || request.Latent is not null || request.Reference is not null ? null
            : library, opened?.Autoencoder);
        Diagnosis diagnosis = Diagnosis.Of(new DiagnosisInput
        {
            Picture = request.Picture is { } picture ? PictureInput.Single(Existing(picture)) : null,
            Reference = request.Reference is { } reference ? PictureInput.Single(Existing(reference)) : null,
            Latent = latents is null ? null : ByItsValues(latents),
            Autoencoder = opened?.Autoencoder,
            ModelSpace = space,
            AtHand = atHand.All,
            NamedCheckpoint = made?.Checkpoint,
            NamedAutoencoder = made?.Autoencoder,
        }, cancellationToken);
        return new DiagnoseResult(opened?.Facts,
            [.. diagnosis.Findings.Select(
                f => new FindingFacts(f.KindName, f.Severity, Math.Round(f.Confidence, 2), f.Evidence, f.OriginName, f.Next,
                [.. f.Figures.Select(g => new FigureFacts(g.Name, double.IsFinite(g.Value) ? Math.Round(g.Value, 4) : 0, g.Unit))],
                [.. f.Places.Select(p => new PlaceFacts(p.X, p.Y, p.Width, p.Height))])
                { Remedy = f.Remedy is null ? null : f.Remedy with { Subject = request.Latent } })],
            diagnosis.CannotTell, diagnosis.Headline)
        {
            Notes = latents?.Notes ?? [],
            Remedy = latents is { IsRearranged: true } ? LatentInput.Mend(request.Latent!) : null,
        };
    }

    // A space that was only assumed is held against nothing where the values tell.
    private static Latent ByItsValues(LatentFileContent content)
    {
        Latent latent = content.Latent;
        return !content.SpaceIsStated && SpaceIdentification.Of(latent) is { IsTrusted: true } verdict
            ? new Latent(verdict.Best, latent.Values, latent.Batch, latent.Height, latent.Width) : latent;
    }

    private static string Existing(string named)
    {
        using InputFiles inputs = InputFiles.Find(InputSelection.Of(named), InputKind.Files);
        return inputs.All is [{ } only] ? only.Path
            : throw new LatentSharpException(ErrorKind.Usage, named, "this stands for several files; one is expected.", "Name one of them.");
    }
}
