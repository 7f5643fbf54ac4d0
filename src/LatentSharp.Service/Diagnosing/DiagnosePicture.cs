using LatentSharp.Latents;
using LatentSharp.Quality.Findings;
using LatentSharp.Service.Autoencoders;
using LatentSharp.Service.Files;

namespace LatentSharp.Service.Diagnosing;

/// <summary>Says what is wrong with a picture or a latent, and whether the autoencoder or the diffusion model did it.</summary>
public static class DiagnosePicture
{
    /// <summary>Diagnoses.</summary>
    /// <param name="library">Where autoencoders are found by name.</param>
    /// <param name="request">What looks wrong.</param>
    /// <param name="cancellationToken">Ends it soon.</param>
    /// <exception cref="LatentSharpException">There is neither a picture nor a latent, something that was named cannot be
    /// read, or the folder for the page cannot be written.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static DiagnoseResult Run(AutoencoderLibrary library, DiagnoseRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(library);
        ArgumentNullException.ThrowIfNull(request);
        if (request.Picture is null && request.Latent is null)
            throw new LatentSharpException(ErrorKind.Usage, "", "a picture or a latent is needed.", "Name a picture, or give a latent.");
        if (request is { Picture: { } named, Latent: null } && InputKind.Latents.Takes(named))
            request = request with { Picture = null, Latent = named };
        using DiagnosisTools tools = new(library, request);
        return Of(request, tools, cancellationToken);
    }

    /// <summary>As <see cref="Run"/>, with what is open already.</summary>
    internal static DiagnoseResult Of(DiagnoseRequest request, DiagnosisTools tools, CancellationToken cancellationToken)
    {
        PictureMetadata? made = request.Picture is { } file ? PictureMetadata.Read(Existing(file)) : null;
        string? latentFile = request.Latent is { } named ? Existing(named) : null;
        OpenedAutoencoder? opened = tools.Opened;
        LatentFileContent? latents = latentFile is null ? null
            : LatentInput.Load(latentFile, tools.Space ?? opened?.Autoencoder.Space, allowNonFinite: true);
        ImageTensor? picture = request.Picture is { } seen ? PictureInput.Single(Existing(seen)) : null,
            reference = request.Reference is { } other ? PictureInput.Single(Existing(other)) : null;
        cancellationToken.ThrowIfCancellationRequested();
        CommonPart? part = picture is not null && reference is not null ? CommonPart.Of(reference, picture) : null;
        DiagnosisInput input = new()
        {
            Picture = part?.Picture ?? picture,
            Reference = part?.Reference ?? reference,
            Latent = latents is null ? null : ByItsValues(latents),
            Autoencoder = opened?.Autoencoder,
            ModelSpace = tools.Space,
            Compute = request.Compute,
            AtHand = request.Picture is null || request.Latent is not null || request.Reference is not null ? [] : tools.AtHand,
            NamedCheckpoint = made?.Checkpoint,
            NamedAutoencoder = made?.Autoencoder,
        };
        Diagnosis diagnosis = Diagnosis.Of(input, cancellationToken);
        string? page = request.Output is { } folder
            ? DiagnosisFolder.Write(folder, diagnosis, input, Path.GetFileName((request.Picture ?? request.Latent)!)) : null;
        return new DiagnoseResult(opened?.Facts, [.. diagnosis.Findings.Select(f => Facts(f, part?.X ?? 0, part?.Y ?? 0, request.Latent))],
            diagnosis.CannotTell, diagnosis.Headline)
        {
            Notes = [.. latents?.Notes ?? [], .. part?.Note is { } cut ? (string[])[cut] : []],
            Visible = diagnosis.Visible,
            Remedy = latents is { IsRearranged: true } ? LatentInput.Mend(request.Latent!) : null,
            Html = page,
        };
    }

    // A space that was only assumed is held against nothing where the values tell.
    private static Latent ByItsValues(LatentFileContent content)
    {
        Latent latent = content.Latent;
        return !content.SpaceIsStated && SpaceIdentification.Of(latent) is { IsTrusted: true } verdict
            ? new Latent(verdict.Best, latent.Values, latent.Batch, latent.Height, latent.Width) : latent;
    }

    // Places are those of the picture in its file, of which some columns and rows may have been cut off.
    private static FindingFacts Facts(Finding f, int left, int top, string? latent)
        => new(f.KindName, f.Severity, Math.Round(f.Confidence, 2), f.Evidence, f.OriginName, f.Next,
            [.. f.Figures.Select(g => new FigureFacts(g.Name, double.IsFinite(g.Value) ? Math.Round(g.Value, 4) : 0, g.Unit))],
            [.. f.Places.Select(p => new PlaceFacts(p.X + left, p.Y + top, p.Width, p.Height))])
        { Remedy = f.Remedy is null ? null : f.Remedy with { Subject = latent } };

    private static string Existing(string named)
    {
        using InputFiles inputs = InputFiles.Find(InputSelection.Of(named), InputKind.Files);
        return inputs.All is [{ } only] ? only.Path
            : throw new LatentSharpException(ErrorKind.Usage, named, "this stands for several files; one is expected.", "Name one of them.");
    }
}
