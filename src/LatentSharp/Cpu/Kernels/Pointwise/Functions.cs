using System.Runtime.CompilerServices;
using LatentSharp.Cpu.Simd;
using LatentSharp.Graph;

namespace LatentSharp.Cpu.Kernels.Pointwise;

/// <summary>A loop with a function in it, compiled for each function separately.</summary>
internal interface IFunctionLoop<V> where V : unmanaged
{
    /// <summary>Runs with a function of a register and the same function of a single value.</summary>
    void Run<F, T>() where F : IFunction<V> where T : IFunction<float>;
}

/// <summary>The one place that knows which type computes which function.</summary>
internal static class Functions<S, V> where S : ISimd<V> where V : unmanaged
{
    /// <summary>Runs a loop with the function that is named; null leaves values as they are.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run<L>(ActivationKind? function, L loop) where L : struct, IFunctionLoop<V>
    {
        switch (function)
        {
            case null: loop.Run<Identity<V>, Identity<float>>(); break;
            case ActivationKind.SiLU: loop.Run<SiLU<S, V>, SiLU<SimdScalar, float>>(); break;
            case ActivationKind.ReLU: loop.Run<ReLU<S, V>, ReLU<SimdScalar, float>>(); break;
            case ActivationKind.TanhClamp3: loop.Run<TanhClamp3<S, V>, TanhClamp3<SimdScalar, float>>(); break;
            case ActivationKind.Gelu: loop.Run<Gelu<S, V>, Gelu<SimdScalar, float>>(); break;
            case ActivationKind.GeluTanh: loop.Run<GeluTanh<S, V>, GeluTanh<SimdScalar, float>>(); break;
            case ActivationKind.QuickGelu: loop.Run<QuickGelu<S, V>, QuickGelu<SimdScalar, float>>(); break;
            default: throw new ArgumentOutOfRangeException(nameof(function), function, "unknown function");
        }
    }
}
