using System.Globalization;

namespace LatentSharp.Datasets.Preprocessing;

/// <summary>A size in pixels.</summary>
/// <param name="Width">Columns.</param>
/// <param name="Height">Rows.</param>
internal readonly record struct Extent(int Width, int Height)
{
    /// <summary>Pixels in all.</summary>
    public long Area => (long)Width * Height;

    /// <summary>Width to height.</summary>
    public double Aspect => (double)Width / Height;

    /// <summary>Both sides brought down to a multiple.</summary>
    public Extent FlooredTo(int step) => new(Width / step * step, Height / step * step);

    /// <summary>As in <c>1344x768</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Width}x{Height}");
}
