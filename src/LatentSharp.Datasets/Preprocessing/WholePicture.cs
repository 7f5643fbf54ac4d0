namespace LatentSharp.Datasets.Preprocessing;

/// <summary>Pictures stay as they are; sides that the autoencoder does not divide are continued by it.</summary>
internal sealed record WholePicture : BucketRule
{
    /// <inheritdoc/>
    public override string Name => "none";

    /// <inheritdoc/>
    public override int Step => 1;

    /// <inheritdoc/>
    public override string Text => Name;

    /// <inheritdoc/>
    public override Placement Place(Extent picture) => new(picture, picture, 0, 0, picture, ResampleFilter.None);
}
