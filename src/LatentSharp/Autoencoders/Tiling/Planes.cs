namespace LatentSharp.Autoencoders.Tiling;

/// <summary>Values [channels, height, width].</summary>
/// <param name="Values">One plane after the other.</param>
/// <param name="Channels">How many.</param>
/// <param name="Height">Rows.</param>
/// <param name="Width">Columns.</param>
internal sealed record Planes(float[] Values, int Channels, int Height, int Width)
{
    /// <summary>Zeros.</summary>
    public Planes(int channels, int height, int width) : this(new float[checked(channels * height * width)], channels, height, width)
    {
    }

    /// <summary>A row of a channel.</summary>
    public Span<float> Row(int channel, int y) => Values.AsSpan((channel * Height + y) * Width, Width);

    /// <summary>A copy of a part.</summary>
    public Planes Cut(TileArea area)
    {
        var part = new Planes(Channels, area.Height, area.Width);
        for (int c = 0; c < Channels; c++)
            for (int y = 0; y < area.Height; y++) Row(c, area.Top + y).Slice(area.Left, area.Width).CopyTo(part.Row(c, y));
        return part;
    }
}
