using LatentSharp.Service.Autoencoders;
using LatentSharp.Service.Checking;

namespace LatentSharp.Service.Diagnosing;

/// <summary>What pictures and latents are diagnosed with, opened once for all of them.</summary>
internal sealed class DiagnosisTools : IDisposable
{
    private readonly Lazy<AutoencodersAtHand> atHand;

    /// <summary>Opens what a request names.</summary>
    /// <exception cref="LatentSharpException">The model is not known, or the autoencoder cannot be opened.</exception>
    public DiagnosisTools(AutoencoderLibrary library, DiagnoseRequest request)
    {
        Space = request.Model is { } name ? ChosenModel.Of(name).Space : null;
        Opened = request.Autoencoder is null ? null : OpenedAutoencoder.Open(library, request.Autoencoder);
        atHand = new(() => new AutoencodersAtHand(library, Opened?.Autoencoder));
    }

    /// <summary>The latent space of the model; null where none was named.</summary>
    public LatentSpace? Space { get; }

    /// <summary>The autoencoder that was named.</summary>
    public OpenedAutoencoder? Opened { get; }

    /// <summary>The autoencoders that pictures are encoded with again, opened when they are first asked for.</summary>
    public IReadOnlyList<Autoencoder> AtHand => atHand.Value.All;

    public void Dispose()
    {
        if (atHand.IsValueCreated) atHand.Value.Dispose();
        Opened?.Dispose();
    }
}
