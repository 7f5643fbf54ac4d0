using System.Runtime.CompilerServices;
using LatentSharp.Cpu.Simd;

namespace LatentSharp.Cpu.Kernels.Pointwise;

/// <summary>Carries finished sums of products through an <see cref="Epilogue"/> into a tensor.</summary>
internal static unsafe class PixelRows<S, V> where S : ISimd<V> where V : unmanaged
{
    /// <summary>Pixels whose sums are added up in float before they are widened.</summary>
    private const int FloatRun = 16;

    /// <summary>Writes <paramref name="pixels"/> consecutive pixels from pixel <paramref name="first"/> on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Write(float* products, nint stride, int pixels, in FeatureView result, long first, in Epilogue epilogue)
    {
        Functions<S, V>.Run(epilogue.Function, new Loop(products, stride, pixels, result, first, epilogue));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Run<F, T, M>(float* products, nint stride, int pixels, in FeatureView result, long first, in Epilogue epilogue)
        where F : IFunction<V> where T : IFunction<float> where M : IStore<V>
    {
        int whole = result.Channels - result.Channels % S.Lanes;
        float* target = (float*)result.Data + (nint)first * result.PixelStride;
        float* residual = epilogue.Residual.Data == 0 ? null : (float*)epilogue.Residual.Data + (nint)first * epilogue.Residual.PixelStride;
        float* bias = (float*)epilogue.Bias;
        double* sums = (double*)epilogue.Sums;
        for (int c = 0; c < whole; c += S.Lanes)
        {
            V offset = bias is null ? S.Zero : S.Load(bias + c);
            V sum = S.Zero, squares = S.Zero;
            for (int p = 0; p < pixels; p++)
            {
                V value = S.Add(S.Load(products + p * stride + c), offset);
                if (residual is not null) value = S.Add(value, S.Load(residual + (nint)p * epilogue.Residual.PixelStride + c));
                value = F.Apply(value);
                M.Store(target + (nint)p * result.PixelStride + c, value);
                V centred = S.Subtract(value, offset);
                sum = S.Add(sum, centred);
                squares = S.MultiplyAdd(centred, centred, squares);
                if (sums is not null && (p % FloatRun == FloatRun - 1 || p == pixels - 1))
                {
                    S.AddTo(sums + c, sum);
                    S.AddTo(sums + epilogue.SquaresOffset + c, squares);
                    sum = squares = S.Zero;
                }
            }
        }
        for (int c = whole; c < result.Channels; c++)
        {
            for (int p = 0; p < pixels; p++)
            {
                float value = products[p * stride + c] + (bias is null ? 0f : bias[c]);
                if (residual is not null) value += residual[(nint)p * epilogue.Residual.PixelStride + c];
                value = T.Apply(value);
                target[(nint)p * result.PixelStride + c] = value;
                if (sums is not null)
                {
                    double centred = value - (bias is null ? 0f : bias[c]);
                    sums[c] += centred;
                    sums[epilogue.SquaresOffset + c] += centred * centred;
                }
            }
        }
    }

    private readonly struct Loop(float* products, nint stride, int pixels, FeatureView result, long first, Epilogue epilogue)
        : IFunctionLoop<V>
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        void IFunctionLoop<V>.Run<F, T>()
        {
            if (Stores<S, V>.GoPast(result))
            {
                PixelRows<S, V>.Run<F, T, Stores<S, V>.Past>(products, stride, pixels, result, first, epilogue);
                S.EndStreaming();
            }
            else
            {
                PixelRows<S, V>.Run<F, T, Stores<S, V>.Near>(products, stride, pixels, result, first, epilogue);
            }
        }
    }
}
