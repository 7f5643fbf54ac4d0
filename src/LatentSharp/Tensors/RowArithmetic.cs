using System.Numerics;
using System.Runtime.InteropServices;

namespace LatentSharp.Tensors;

/// <summary>Arithmetic of whole rows, a vector at a time.</summary>
internal static class RowArithmetic
{
    /// <summary>Adds a multiple of a row to another; each value is what a plain loop gives.</summary>
    public static void Add(Span<float> row, ReadOnlySpan<float> other, float factor)
    {
        Span<Vector<float>> wide = MemoryMarshal.Cast<float, Vector<float>>(row);
        ReadOnlySpan<Vector<float>> from = MemoryMarshal.Cast<float, Vector<float>>(other);
        var factors = new Vector<float>(factor);
        for (int i = 0; i < wide.Length; i++) wide[i] += factors * from[i];
        for (int i = wide.Length * Vector<float>.Count; i < row.Length; i++) row[i] += factor * other[i];
    }

    /// <summary>Multiplies a row; each value is what a plain loop gives.</summary>
    public static void Scale(Span<float> row, float factor)
    {
        Span<Vector<float>> wide = MemoryMarshal.Cast<float, Vector<float>>(row);
        foreach (ref Vector<float> values in wide) values *= factor;
        foreach (ref float value in row[(wide.Length * Vector<float>.Count)..]) value *= factor;
    }

    /// <summary>The sum of the products of two rows, in as many partial sums as a vector has lanes.</summary>
    public static float Dot(ReadOnlySpan<float> left, ReadOnlySpan<float> right)
    {
        ReadOnlySpan<Vector<float>> a = MemoryMarshal.Cast<float, Vector<float>>(left), b = MemoryMarshal.Cast<float, Vector<float>>(right);
        Vector<float> sums = Vector<float>.Zero;
        for (int i = 0; i < a.Length; i++) sums += a[i] * b[i];
        float sum = Vector.Sum(sums);
        for (int i = a.Length * Vector<float>.Count; i < left.Length; i++) sum += left[i] * right[i];
        return sum;
    }
}
