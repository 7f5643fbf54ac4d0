using System.Globalization;
using System.Runtime.CompilerServices;

namespace LatentSharp.Quality.Metrics;

/// <summary>Interpolated text with a point as decimal separator, whatever the culture; it may be a sum of several parts.</summary>
[InterpolatedStringHandler]
internal ref struct InvariantText(int literalLength, int formattedCount)
{
    private DefaultInterpolatedStringHandler text = new(literalLength, formattedCount, CultureInfo.InvariantCulture);

    public void AppendLiteral(string value) => text.AppendLiteral(value);

    public void AppendFormatted<T>(T value) => text.AppendFormatted(value);

    public void AppendFormatted<T>(T value, string? format) => text.AppendFormatted(value, format);

    public void AppendFormatted<T>(T value, int alignment) => text.AppendFormatted(value, alignment);

    public void AppendFormatted<T>(T value, int alignment, string? format) => text.AppendFormatted(value, alignment, format);

    /// <summary>The text, once.</summary>
    public string Take() => text.ToStringAndClear();
}
