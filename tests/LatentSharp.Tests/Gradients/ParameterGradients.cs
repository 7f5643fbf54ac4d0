using System.Text.Json;

namespace LatentSharp.Tests.Gradients;

/// <summary>
/// Expected gradients of all parameters of a case of shared/golden/gradients, as norms and projections, with the first values: the file
/// FAMILY-CASE-grads.json.
/// </summary>
internal sealed class ParameterGradients(string relative)
{
    /// <summary>
    /// What tolerances of the encoder of TAEF1 are multiplied by. One unit of its first item is at 1.2e-8 in front of a ReLU, where the
    /// rounding of float32 is 6e-8, and the gradient of such a unit is there or is not: the golden data's README allows for it. All other
    /// units are on the side on which float64 has them, and the second item keeps the plain tolerance: see
    /// <c>NetworkTests.One_unit_of_the_tiny_encoder_is_within_rounding_of_a_kink</c>.
    /// </summary>
    public const double Kink = 50;

    private readonly JsonElement root = JsonDocument.Parse(File.ReadAllBytes(Shared.Path(relative))).RootElement;

    public IEnumerable<string> Names => root.EnumerateObject().Select(p => p.Name);

    /// <summary>The largest difference of an element that float32 may show.</summary>
    public double Tolerance(string name) => root.GetProperty(name).GetProperty("recommended_atol_fp32").GetDouble();

    /// <summary>Whether a gradient found in float32 is the expected one, within the tolerances that stand beside it.</summary>
    public void Check(string name, ReadOnlySpan<float> found, double slack = 1)
    {
        JsonElement expected = root.GetProperty(name);
        long count = 1;
        foreach (JsonElement d in expected.GetProperty("shape").EnumerateArray()) count *= d.GetInt64();
        Assert.Equal(count, found.Length);
        double norm = 0, projection = 0;
        for (int i = 0; i < found.Length; i++)
        {
            norm += (double)found[i] * found[i];
            projection += found[i] * Hash((uint)i);
        }
        Near("norm", "recommended_atol_norm", Math.Sqrt(norm));
        Near("projection", "recommended_atol_projection", projection);
        double allowed = slack * Tolerance(name);
        int at = 0;
        foreach (JsonElement value in expected.GetProperty("first").EnumerateArray())
        {
            double error = Math.Abs(value.GetDouble() - found[at]);
            Assert.True(error <= allowed, $"{name}[{at}]: {found[at]} instead of {value}, allowed {allowed}");
            at++;
        }

        void Near(string what, string tolerance, double value)
        {
            double error = Math.Abs(expected.GetProperty(what).GetDouble() - value);
            double allowed = slack * expected.GetProperty(tolerance).GetDouble();
            Assert.True(error <= allowed, $"{name}: {what} {value} instead of {expected.GetProperty(what)}, allowed {allowed}");
        }
    }

    /// <summary>The number that element i is multiplied by: see the README of the golden data.</summary>
    public static double Hash(uint i)
    {
        uint x = unchecked(i * 0x9E3779B1 + 0xC2B2AE3D);
        x = unchecked((x ^ (x >> 16)) * 0x85EBCA6B);
        x = unchecked((x ^ (x >> 13)) * 0xC2B2AE35);
        x ^= x >> 16;
        return (x >> 8) * Math.ScaleB(1, -23) - 1;
    }
}
