using System.Numerics;

namespace LatentSharp.Cpu.Kernels;

/// <summary>Sums of rows in float64. Every value has its own sum, so the width of the vectors has no influence.</summary>
internal static unsafe class WideSums
{
    /// <summary>sums[i] += values[i].</summary>
    public static void Add(double* sums, float* values, int count)
    {
        int i = 0;
        for (; i <= count - Vector<float>.Count; i += Vector<float>.Count)
        {
            Vector.Widen(Vector.Load(values + i), out Vector<double> low, out Vector<double> high);
            Add(sums + i, low, high);
        }
        for (; i < count; i++) sums[i] += values[i];
    }

    /// <summary>sums[i] += left[i] right[i].</summary>
    public static void AddProducts(double* sums, float* left, float* right, int count)
    {
        int i = 0;
        for (; i <= count - Vector<float>.Count; i += Vector<float>.Count)
        {
            Vector.Widen(Vector.Load(left + i), out Vector<double> low, out Vector<double> high);
            Vector.Widen(Vector.Load(right + i), out Vector<double> otherLow, out Vector<double> otherHigh);
            Add(sums + i, low * otherLow, high * otherHigh);
        }
        for (; i < count; i++) sums[i] += (double)left[i] * right[i];
    }

    private static void Add(double* sums, Vector<double> low, Vector<double> high)
    {
        (Vector.Load(sums) + low).Store(sums);
        (Vector.Load(sums + Vector<double>.Count) + high).Store(sums + Vector<double>.Count);
    }
}
