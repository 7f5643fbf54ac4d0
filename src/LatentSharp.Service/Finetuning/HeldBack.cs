using LatentSharp.Quality.Metrics;
using LatentSharp.Tuning;

namespace LatentSharp.Service.Finetuning;

/// <summary>The pictures that a training does not see, and how good an autoencoder is on them.</summary>
internal sealed class HeldBack
{
    private readonly List<(string Name, TrainingExample Example)> pictures;
    private readonly PicturePlanes[] planes;
    private readonly Latent[] latents;
    private readonly Autoencoder original;
    private readonly bool movesLatents;
    private readonly ComputeOptions compute;

    /// <param name="pictures">The pictures, with latents where there are pairs.</param>
    /// <param name="original">The autoencoder before, or a teacher: it encodes, and decodes for one that has no decoder.</param>
    /// <param name="movesLatents">Whether the encoder is trained, so that the trained one encodes.</param>
    /// <param name="compute">How networks are run.</param>
    /// <param name="cancellationToken">Ends it soon.</param>
    public HeldBack(List<(string Name, TrainingExample Example)> pictures, Autoencoder original, bool movesLatents, ComputeOptions compute,
        CancellationToken cancellationToken)
    {
        (this.pictures, this.original, this.movesLatents, this.compute) = (pictures, original, movesLatents, compute);
        planes = [.. pictures.Select(p => PicturePlanes.Of(p.Example.Picture))];
        latents = [.. pictures.Select(p => p.Example.Latent
            ?? original.Encode(p.Example.Picture, new EncodeOptions { Compute = compute }, cancellationToken: cancellationToken))];
    }

    /// <summary>How many.</summary>
    public int Count => pictures.Count;

    /// <summary>The name and the picture of one.</summary>
    public (string Name, ImageTensor Picture) this[int index] => (pictures[index].Name, pictures[index].Example.Picture);

    /// <summary>The latent of one, by the encoder before the training.</summary>
    public Latent LatentOf(int index) => latents[index];

    /// <summary>What becomes of one.</summary>
    public ImageTensor Result(Autoencoder autoencoder, int index, CancellationToken cancellationToken)
    {
        var encode = new EncodeOptions { Compute = compute };
        Latent latent = movesLatents
            ? autoencoder.Encode(pictures[index].Example.Picture, encode, cancellationToken: cancellationToken) : latents[index];
        return (autoencoder.CanDecode ? autoencoder : original).Decode(latent, new DecodeOptions { Compute = compute },
            cancellationToken: cancellationToken);
    }

    /// <summary>The means of all.</summary>
    public HeldBackFigures Measure(Autoencoder autoencoder, CancellationToken cancellationToken)
    {
        var means = new MeanFigures(MeanFigures.Psnr, Ssim.Luma, MeanFigures.DeltaE);
        for (int i = 0; i < Count; i++) means.Add(planes[i], Result(autoencoder, i, cancellationToken));
        return new HeldBackFigures(Figure.Of(means[0], 4), Figure.Of(means[1], 6), Figure.Of(means[2], 4));
    }
}
