using System.Numerics;
using System.Runtime.InteropServices;

namespace LatentSharp.Weights.Views;

/// <summary>What views do to whole rows, a vector at a time; each value is what a plain loop gives.</summary>
internal static class RowArithmetic
{
    /// <summary>Adds a multiple of a row to another.</summary>
    public static void Add(Span<float> row, ReadOnlySpan<float> other, float factor)
    {
        Span<Vector<float>> wide = MemoryMarshal.Cast<float, Vector<float>>(row);
        ReadOnlySpan<Vector<float>> from = MemoryMarshal.Cast<float, Vector<float>>(other);
        var factors = new Vector<float>(factor);
        for (int i = 0; i < wide.Length; i++) wide[i] += factors * from[i];
        for (int i = wide.Length * Vector<float>.Count; i < row.Length; i++) row[i] += factor * other[i];
    }

    /// <summary>Multiplies a row.</summary>
    public static void Scale(Span<float> row, float factor)
    {
        Span<Vector<float>> wide = MemoryMarshal.Cast<float, Vector<float>>(row);
        foreach (ref Vector<float> values in wide) values *= factor;
        foreach (ref float value in row[(wide.Length * Vector<float>.Count)..]) value *= factor;
    }
}
