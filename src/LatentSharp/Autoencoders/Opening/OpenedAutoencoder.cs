using LatentSharp.Autoencoders.Families;
using LatentSharp.Models.Autoencoders;
using LatentSharp.Weights;

namespace LatentSharp.Autoencoders.Opening;

/// <summary>Everything that opening finds out about an autoencoder.</summary>
/// <param name="Name">What to call it.</param>
/// <param name="Path">Where it was opened from; null when it is no file.</param>
/// <param name="Family">Its family.</param>
/// <param name="Space">The latent space that its networks speak.</param>
/// <param name="Halves">Its networks.</param>
/// <param name="Weights">Its weights under canonical names.</param>
internal sealed record OpenedAutoencoder(string Name, string? Path, AutoencoderFamily Family, LatentSpace Space, AutoencoderHalves Halves,
    WeightSource Weights)
{
    /// <summary><c>sample_size</c> of its configuration; null where none says it.</summary>
    public int? SampleSize { get; init; }

    /// <summary>What is closed with it.</summary>
    public IReadOnlyList<IDisposable> Owned { get; init; } = [];

    /// <summary>What a user should know.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Those notes that say something may be wrong.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>Why it was taken for one of its family.</summary>
    public IReadOnlyList<Evidence> Evidence { get; init; } = [];

    /// <summary>The families that have the same names and shapes.</summary>
    public IReadOnlyList<AutoencoderFamily> LookAlikes { get; init; } = [];
}
