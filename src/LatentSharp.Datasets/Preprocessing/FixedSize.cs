using System.Globalization;

namespace LatentSharp.Datasets.Preprocessing;

/// <summary>Every picture becomes the same size: it is made to cover it, and the middle is kept.</summary>
/// <param name="Size">The size.</param>
internal sealed record FixedSize(Extent Size) : BucketRule
{
    /// <inheritdoc/>
    public override string Name => "fixed";

    /// <inheritdoc/>
    public override int Step
    {
        get
        {
            int a = Size.Width, b = Size.Height;
            while (b != 0) (a, b) = (b, a % b);
            return a;
        }
    }

    /// <inheritdoc/>
    public override string Text => string.Create(CultureInfo.InvariantCulture, $"{Name} {Size}");

    /// <inheritdoc/>
    public override Placement Place(Extent picture) => KohyaBuckets.Covering(picture, Size);
}
