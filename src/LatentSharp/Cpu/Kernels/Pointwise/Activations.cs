using System.Runtime.CompilerServices;
using LatentSharp.Cpu.Simd;

namespace LatentSharp.Cpu.Kernels.Pointwise;

/// <summary>A function of one value, as a type, so that loops are compiled for each function separately.</summary>
internal interface IFunction<V> where V : unmanaged
{
    static abstract V Apply(V x);
}

internal readonly struct Identity<V> : IFunction<V> where V : unmanaged
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V x) => x;
}

internal readonly struct SiLU<S, V> : IFunction<V> where S : ISimd<V> where V : unmanaged
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V x) => Exponential<S, V>.SiLU(x);
}

internal readonly struct ReLU<S, V> : IFunction<V> where S : ISimd<V> where V : unmanaged
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V x) => S.Max(x, S.Zero);
}

internal readonly struct TanhClamp3<S, V> : IFunction<V> where S : ISimd<V> where V : unmanaged
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V x) => S.Multiply(S.Broadcast(3f), Exponential<S, V>.Tanh(S.Multiply(x, S.Broadcast(1f / 3f))));
}

internal readonly struct Gelu<S, V> : IFunction<V> where S : ISimd<V> where V : unmanaged
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V x) => Exponential<S, V>.Gelu(x);
}

internal readonly struct GeluTanh<S, V> : IFunction<V> where S : ISimd<V> where V : unmanaged
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V x) => Exponential<S, V>.GeluTanh(x);
}

internal readonly struct QuickGelu<S, V> : IFunction<V> where S : ISimd<V> where V : unmanaged
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V x) => Exponential<S, V>.QuickGelu(x);
}
