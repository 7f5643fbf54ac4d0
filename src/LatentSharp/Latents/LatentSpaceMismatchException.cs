namespace LatentSharp;

/// <summary>A latent of one space was given where another is spoken. Decoding it would give a picture, but a wrong one.</summary>
public sealed class LatentSpaceMismatchException : LatentSharpException
{
    /// <summary>An error that names both spaces.</summary>
    /// <param name="where">The autoencoder or file concerned.</param>
    /// <param name="expected">The space that is spoken there.</param>
    /// <param name="found">The space of the latent.</param>
    /// <param name="fits">The autoencoders that speak the latent's space, for people.</param>
    public LatentSpaceMismatchException(string where, LatentSpace expected, LatentSpace found, string fits)
        : base(ErrorKind.Mismatch, where, $"this autoencoder speaks {Describe(expected)}; the latent is written in {Describe(found)}.",
            new Remedy(RemedyKind.UseAutoencoder, $"Use {fits}.", found.Id))
        => (Expected, Found, Fits) = (expected, found, fits);

    /// <summary>The space that the autoencoder speaks.</summary>
    public LatentSpace Expected { get; }

    /// <summary>The space that the latent is written in.</summary>
    public LatentSpace Found { get; }

    /// <summary>The autoencoders that fit the latent, for people.</summary>
    public string Fits { get; }

    private static string Describe(LatentSpace space)
    {
        ArgumentNullException.ThrowIfNull(space);
        return space.ToString();
    }
}
