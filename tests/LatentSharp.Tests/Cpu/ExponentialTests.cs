using System.Runtime.Intrinsics;
using LatentSharp.Cpu.Kernels.Pointwise;
using LatentSharp.Cpu.Simd;

namespace LatentSharp.Tests.Cpu;

/// <summary>The vector functions against the double-precision ones of the runtime.</summary>
public class ExponentialTests
{
    [Fact]
    public void Every_width_is_accurate()
    {
        Check<SimdScalar, float>(x => x, x => x);
        Check<Simd128, Vector128<float>>(Vector128.Create, v => v[0]);
        Check<Simd256, Vector256<float>>(Vector256.Create, v => v[0]);
        if (Vector512.IsHardwareAccelerated) Check<Simd512, Vector512<float>>(Vector512.Create, v => v[0]);
    }

    private static void Check<S, V>(Func<float, V> make, Func<V, float> first) where S : ISimd<V> where V : unmanaged
    {
        double exp = 0, silu = 0, tanh = 0, gelu = 0;
        for (int i = -86_000; i <= 86_000; i++)
        {
            float x = i * 1e-3f;
            exp = Math.Max(exp, Math.Abs(first(Exponential<S, V>.Exp(make(x))) / Math.Exp(x) - 1));
            double expected = x / (1 + Math.Exp(-x));
            silu = Math.Max(silu, Math.Abs(first(Exponential<S, V>.SiLU(make(x))) - expected) / Math.Max(Math.Abs(expected), 1e-6));
            tanh = Math.Max(tanh, Math.Abs(first(Exponential<S, V>.Tanh(make(x * 0.1f))) - Math.Tanh(x * 0.1f)));
            double g = x * 0.1f, inner = Math.Sqrt(2 / Math.PI) * (g + 0.044715 * g * g * g);
            gelu = Math.Max(gelu,
                Math.Abs(first(Exponential<S, V>.GeluTanh(make((float)g))) - g * 0.5 * (1 + Math.Tanh(inner))) / Math.Max(Math.Abs(g), 1));
            gelu = Math.Max(gelu,
                Math.Abs(first(Exponential<S, V>.QuickGelu(make((float)g))) - g / (1 + Math.Exp(-1.702 * g))) / Math.Max(Math.Abs(g), 1));
        }
        // x erfc(-x / sqrt 2) / 2 in double precision, with erfc of the C library (Python's math.erfc).
        foreach ((float x, double expected) in new[] { (-6f, -5.919525870226207e-09), (-2f, -0.04550026389635844),
            (-0.5f, -0.15426876936299344), (0.01f, 0.005039893563146316), (1f, 0.8413447460685429), (3f, 2.99595030590511) })
            Assert.Equal(expected, first(Exponential<S, V>.Gelu(make(x))), 2e-7);
        Assert.InRange(gelu, 0, 3e-7);
        // Two to four units in the last place of float32.
        Assert.InRange(exp, 0, 2.5e-7);
        Assert.InRange(silu, 0, 5e-7);
        Assert.InRange(tanh, 0, 3e-7);
        Assert.True(float.IsFinite(first(Exponential<S, V>.Exp(make(1000f)))));
        Assert.Equal(0f, first(Exponential<S, V>.SiLU(make(-1000f))), 1e-30f);
        // Otherwise a broken step of a generation would go unnoticed.
        V nan = make(float.NaN);
        Assert.All([Exponential<S, V>.Exp(nan), Exponential<S, V>.SiLU(nan), Exponential<S, V>.Tanh(nan), Exponential<S, V>.Gelu(nan),
            Exponential<S, V>.GeluTanh(nan), Exponential<S, V>.QuickGelu(nan)], v => Assert.True(float.IsNaN(first(v))));
    }
}
