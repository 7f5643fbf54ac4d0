namespace LatentSharp.Datasets;

/// <summary>What the encoding of a data set will take, as it is known before it begins.</summary>
/// <param name="Pictures">How many pictures there are, in the part that is done.</param>
/// <param name="Left">How many of them the manifest has no latent of; those that were edited since come to light as their turn comes.</param>
/// <param name="Workers">How many are worked on at once.</param>
/// <param name="Bytes">The most memory that the networks of all of these take.</param>
/// <param name="PicturesPerSecond">How fast it will be, from the plan for the first picture's size and a short measurement of the encoder and of
/// reading; null where nothing is left or no picture can be read.</param>
public sealed record DatasetForecast(int Pictures, int Left, int Workers, long Bytes, double? PicturesPerSecond)
{
    /// <summary>How many seconds all of it will take; null where that is not known.</summary>
    public double? Seconds => Left / PicturesPerSecond;
}
