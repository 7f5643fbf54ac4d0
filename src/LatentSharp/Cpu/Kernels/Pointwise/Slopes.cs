using LatentSharp.Graph;

namespace LatentSharp.Cpu.Kernels.Pointwise;

/// <summary>The functions of losses, and the derivatives of all functions, one value at a time.</summary>
internal static class Slopes
{
    private const float RootTwoOverPi = 0.7978845608f, RootTwo = 1.4142135624f, RootTwoPi = 2.5066282746f;

    /// <summary>The value of a function.</summary>
    public static float Value(in PointFunction f, float x) => f.Kind switch
    {
        PointFunctionKind.Affine => f.A * x + f.B,
        PointFunctionKind.Abs => MathF.Abs(x),
        PointFunctionKind.Square => x * x,
        PointFunctionKind.Exp => MathF.Exp(f.A * x),
        PointFunctionKind.Clamp => Math.Clamp(x, f.A, f.B),
        PointFunctionKind.Charbonnier => MathF.Sqrt(x * x + f.A * f.A),
        PointFunctionKind.Huber => MathF.Abs(x) < f.A ? x * x / (2 * f.A) : MathF.Abs(x) - f.A / 2,
        PointFunctionKind.Reciprocal => 1 / x,
        PointFunctionKind.Power => MathF.Pow(x, f.A),
        _ => throw new ArgumentOutOfRangeException(nameof(f), f, "no function"),
    };

    /// <summary>dy times the derivative of a function at x.</summary>
    public static float Apply(in PointFunction f, float x, float dy) => f.Kind switch
    {
        PointFunctionKind.Affine => f.A * dy,
        PointFunctionKind.Abs => x > 0 ? dy : x < 0 ? -dy : 0,
        PointFunctionKind.Square => 2 * x * dy,
        PointFunctionKind.Exp => f.A * MathF.Exp(f.A * x) * dy,
        PointFunctionKind.Clamp => x >= f.A && x <= f.B ? dy : 0,
        PointFunctionKind.Charbonnier => x / MathF.Sqrt(x * x + f.A * f.A) * dy,
        PointFunctionKind.Huber => Math.Clamp(x / f.A, -1, 1) * dy,
        PointFunctionKind.Reciprocal => -dy / (x * x),
        PointFunctionKind.Power => f.A * MathF.Pow(x, f.A - 1) * dy,
        _ => throw new ArgumentOutOfRangeException(nameof(f), f, "no function"),
    };

    /// <summary>dy times the derivative of an activation; x is its result where the derivative is told by that.</summary>
    public static float Apply(ActivationKind kind, float x, float dy)
    {
        switch (kind)
        {
            case ActivationKind.ReLU:
                return x > 0 ? dy : 0;
            case ActivationKind.TanhClamp3:
                return dy * (1 - x / 3 * (x / 3));
            case ActivationKind.SiLU:
                float s = Sigmoid(x);
                return dy * s * (1 + x * (1 - s));
            case ActivationKind.QuickGelu:
                float q = Sigmoid(1.702f * x);
                return dy * q * (1 + 1.702f * x * (1 - q));
            case ActivationKind.GeluTanh:
                float t = MathF.Tanh(RootTwoOverPi * (x + 0.044715f * x * x * x));
                return dy * (0.5f * (1 + t) + 0.5f * x * (1 - t * t) * RootTwoOverPi * (1 + 0.134145f * x * x));
            case ActivationKind.Gelu:
                return dy * (Below(x) + x * MathF.Exp(-x * x / 2) / RootTwoPi);
            default:
                throw new ArgumentOutOfRangeException(nameof(kind), kind, "no derivative");
        }
    }

    // e^x must not overflow: far below 0 the other form is taken.
    private static float Sigmoid(float x)
    {
        float e = MathF.Exp(-MathF.Abs(x));
        return (x < 0 ? e : 1) / (1 + e);
    }

    /// <summary>
    /// The probability that a standard normal variable lies below x, by Abramowitz and Stegun 7.1.26: to 1.5e-7.
    /// </summary>
    private static float Below(float x)
    {
        double z = Math.Abs(x) / RootTwo, t = 1 / (1 + 0.3275911 * z);
        double tail = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429)))) * Math.Exp(-z * z);
        return (float)(x < 0 ? tail / 2 : 1 - tail / 2);
    }
}
