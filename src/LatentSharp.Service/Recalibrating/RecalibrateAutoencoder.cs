using LatentSharp.Quality.Calibration;
using LatentSharp.Quality.Reports;
using LatentSharp.Service.Autoencoders;
using LatentSharp.Service.Files;
using LatentSharp.Service.Reporting;

namespace LatentSharp.Service.Recalibrating;

/// <summary>Improves a decoder, or the scale and shift of latents, in closed form from pictures.</summary>
public static class RecalibrateAutoencoder
{
    private const int Side = 512;

    /// <summary>Recalibrates. What does not help on pictures held out is refused.</summary>
    /// <param name="library">Where autoencoders are found by name.</param>
    /// <param name="request">What to do.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancellationToken">Ends it soon; nothing is written.</param>
    /// <exception cref="LatentSharpException">The request makes no sense, there are too few pictures, or it does not help.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static RecalibrateResult Run(AutoencoderLibrary library, RecalibrateRequest request, IProgress<JobProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(library);
        ArgumentNullException.ThrowIfNull(request);
        if (!request.Output.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase))
            throw new LatentSharpException(ErrorKind.Usage, request.Output, "a weight file ends in .safetensors.", "Give it that ending.");
        using OpenedAutoencoder opened = OpenedAutoencoder.Open(library, request.Autoencoder);
        OutputFiles.Require(request.Output, opened.Facts.Path);
        using MeasuredPictures found = MeasuredPictures.Find(request.Images);
        ImageTensor[] pictures = [.. found.Distinct(cancellationToken).Select(p => LatentExperiments.Middle(p.Image, Side))];
        if (found.Copies > 0 && pictures.Length < Recalibration.Fewest)
            throw new LatentSharpException(ErrorKind.BadInput, string.Join(", ", request.Images.Names),
                $"of these pictures {pictures.Length} differ in what they show; {found.Notes[^1]}. Recalibration needs {Recalibration.Fewest}: two to fit and "
                    + "two to prove.", "Give more pictures; a dozen is a good number.");
        PartOfJob? part = PartOfJob.Whole(progress, opened.Facts.Name);
        RecalibrateResult result = request.Kind is RecalibrateKind.Latents or RecalibrateKind.LatentChannels
            ? Centre(opened, pictures, request, part, cancellationToken) : Improve(opened, pictures, request, part, cancellationToken);
        return result with { Unreadable = found.Unused, Notes = found.Notes };
    }

    private static RecalibrateResult Improve(OpenedAutoencoder opened, ImageTensor[] pictures, RecalibrateRequest request, PartOfJob? part,
        CancellationToken cancellationToken)
    {
        RecalibrationKind kind = request.Kind == RecalibrateKind.LastLayer ? RecalibrationKind.LastLayer : RecalibrationKind.Colour;
        Recalibration r = Recalibration.Write(opened.Autoencoder, pictures, kind, request.Output, request.Compute, part, cancellationToken);
        LatentScaling s = r.Scaling;
        return new RecalibrateResult(opened.Facts, request.Output, request.Kind, r.FitCount, r.HeldOutCount, Facts(r.Before),
            Facts(r.After),
            new ScalingFacts(Math.Round(s.Scale, 6), Math.Round(s.Shift, 6), [.. s.ChannelScale.Select(v => Math.Round(v, 6))],
                [.. s.ChannelShift.Select(v => Math.Round(v, 6))]),
            null, [], []);
    }

    private static RecalibrateResult Centre(OpenedAutoencoder opened, ImageTensor[] pictures, RecalibrateRequest request, PartOfJob? part,
        CancellationToken cancellationToken)
    {
        bool each = request.Kind == RecalibrateKind.LatentChannels;
        LatentCentring r = LatentCentring.Write(opened.Autoencoder, pictures, each, request.Output, request.Compute, part,
            cancellationToken);
        return new RecalibrateResult(opened.Facts, request.Output, request.Kind, r.FitCount, r.HeldOutCount, null, null, null,
            new CentredSpace(r.Space.Id, Math.Round(r.Before, 6), Math.Round(r.After, 6), [.. r.Space.Scale], [.. r.Space.Shift]), [], []);
    }

    private static HeldOutFacts Facts(HeldOutQuality quality)
        => new(Figure.Of(quality.Psnr, 4), Figure.Of(quality.DeltaE, 4), Figure.Of(quality.Cast, 4));
}
