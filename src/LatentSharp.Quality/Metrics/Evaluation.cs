namespace LatentSharp.Quality.Metrics;

/// <summary>
/// How well an autoencoder stands in for another one of the same latent space: its own round trip, its decoder with the other's latents,
/// its encoder with the other's decoder, and how far its latents are from the other's.
/// </summary>
/// <param name="Rows">The ways that were measured.</param>
/// <param name="LatentMeanSquare">Mean squared difference of the two encoders' latents in diffusion space.</param>
/// <param name="Pictures">How many pictures.</param>
public sealed record Evaluation(IReadOnlyList<EvaluationRow> Rows, double LatentMeanSquare, int Pictures)
{
    /// <summary>Measures.</summary>
    /// <param name="candidate">The autoencoder in question.</param>
    /// <param name="reference">The one to stand in for; of the same latent space.</param>
    /// <param name="pictures">Pictures with names.</param>
    /// <param name="compute">How networks are run.</param>
    /// <param name="shown">Told every picture with its four results, for a sheet to look at.</param>
    /// <param name="progress">Told the fraction done.</param>
    /// <param name="cancellationToken">Ends the run soon.</param>
    /// <exception cref="LatentSharpException">The two speak different latent spaces.</exception>
    public static Evaluation Of(Autoencoder candidate, Autoencoder reference, IReadOnlyList<(string Name, ImageTensor Image)> pictures,
        ComputeOptions? compute = null,
        Action<string, ImageTensor, IReadOnlyList<ImageTensor>>? shown = null, IProgress<double>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(candidate);
        ArgumentNullException.ThrowIfNull(reference);
        ArgumentNullException.ThrowIfNull(pictures);
        if (pictures.Count == 0) throw new ArgumentException("there are no pictures to evaluate with", nameof(pictures));
        if (candidate.Space != reference.Space)
            throw new LatentSharpException(ErrorKind.Mismatch, candidate.Name,
                $"{candidate.Name} speaks {candidate.Space.Title}, {reference.Name} speaks {reference.Space.Title}: neither can stand in for the other.",
                "Name two autoencoders of one latent space.");
        EncodeOptions encode = new() { Compute = compute };
        DecodeOptions decode = new() { Compute = compute };
        string[] ways = [$"{candidate.Name}, there and back", $"{reference.Name}, there and back", $"{reference.Name} to {candidate.Name}",
            $"{candidate.Name} to {reference.Name}"];
        MeanFigures[] means = [.. ways.Select(_ => new MeanFigures(Psnr.Rgb, Ssim.Luma, MeanFigures.DeltaE,
            (a, b) => Sharpness.Of(a, b).GradientEnergyRatio, MeanFigures.DetailLoss))];
        double latentError = 0;
        for (int p = 0; p < pictures.Count; p++)
        {
            ImageTensor image = pictures[p].Image;
            Latent own = candidate.Encode(image, encode, cancellationToken: cancellationToken),
                other = reference.Encode(image, encode, cancellationToken: cancellationToken);
            double square = 0;
            for (int i = 0; i < own.Values.Length; i++)
                square += ((double)own.Values[i] - other.Values[i]) * ((double)own.Values[i] - other.Values[i]);
            latentError += square / own.Values.Length;
            ImageTensor[] results = [candidate.Decode(own, decode, cancellationToken: cancellationToken),
                reference.Decode(other, decode, cancellationToken: cancellationToken),
                    candidate.Decode(other, decode, cancellationToken: cancellationToken),
                        reference.Decode(own, decode, cancellationToken: cancellationToken)];
            PicturePlanes before = PicturePlanes.Of(image);
            for (int w = 0; w < ways.Length; w++) means[w].Add(before, results[w]);
            shown?.Invoke(pictures[p].Name, image, results);
            progress?.Report((p + 1.0) / pictures.Count);
        }
        return new Evaluation([.. ways.Zip(means, (way, m) => new EvaluationRow(way, m[0], m[1], m[2], m[3], m[4]))],
            latentError / pictures.Count, pictures.Count);
    }
}

/// <summary>One way through two autoencoders, means over the pictures.</summary>
/// <param name="Way">Which encoder and which decoder.</param>
/// <param name="Psnr">dB.</param>
/// <param name="Ssim">On luma.</param>
/// <param name="DeltaE">CIEDE2000.</param>
/// <param name="EdgeEnergy">Gradient energy after over before.</param>
/// <param name="DetailLossDb">Fine detail lost in dB.</param>
public sealed record EvaluationRow(string Way, double Psnr, double Ssim, double DeltaE, double EdgeEnergy, double DetailLossDb);
