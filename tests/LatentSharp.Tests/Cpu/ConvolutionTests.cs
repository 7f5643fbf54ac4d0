using LatentSharp.Cpu.Simd;
using LatentSharp.Graph;

namespace LatentSharp.Tests.Cpu;

/// <summary>
/// Convolutions with everything that is joined to them, on every vector width, against float64 direct evaluation.
/// Tolerances: a direct float32 sum of n products of size 1 errs by about sqrt(n) * 6e-8, here below 3e-6 for n up to 1152; Winograd F(4x4,
/// 3x3) amplifies rounding by about 10 (its transforms have entries up to 8 and 5), hence 3e-5 for it; F(6x6, 3x3), used from 10,000 pixels
/// on, has to keep within the same.
/// </summary>
public class ConvolutionTests
{
    private const double Direct = 3e-6, Winograd = 3e-5;

    public static TheoryData<SimdLevel, int, int, int, int> Sizes
    {
        get
        {
            var data = new TheoryData<SimdLevel, int, int, int, int>();
            foreach (SimdLevel level in TestNetwork.Levels)
            {
                // Sizes around the tiles of four and six, the units of 96 and 72 and single rows and columns; channel counts that fill
                // registers and such that do not.
                foreach ((int h, int w, int ci, int co) in new[] { (1, 1, 16, 16), (1, 9, 32, 48), (5, 1, 16, 3), (4, 4, 16, 40),
                    (7, 6, 48, 17), (13, 18, 32, 64), (3, 401, 16, 16), (33, 30, 16, 8), (6, 5, 3, 32), (9, 100, 4, 5), (103, 101, 16, 40),
                    (23, 520, 32, 16) })
                    data.Add(level, h, w, ci, co);
            }
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Three_by_three(SimdLevel level, int height, int width, int inputs, int outputs)
    {
        var net = new TestNetwork(1);
        Assert.InRange(TestNetwork.Error(net.Conv(Build.Input("x", height, width, inputs), "c", outputs, 3), level), 0, Winograd);
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Three_by_three_on_an_enlarged_picture(SimdLevel level, int height, int width, int inputs, int outputs)
    {
        var net = new TestNetwork(2);
        Assert.InRange(TestNetwork.Error(net.Conv(Build.Input("x", height, width, inputs).Upsample2x(), "c", outputs, 3, bias: false),
            level), 0, Winograd);
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void One_by_one(SimdLevel level, int height, int width, int inputs, int outputs)
    {
        var net = new TestNetwork(3);
        Assert.InRange(TestNetwork.Error(net.Conv(Build.Input("x", height, width, inputs), "c", outputs, 1), level), 0, Direct);
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Stride_two_padded_right_and_below(SimdLevel level, int height, int width, int inputs, int outputs)
    {
        var net = new TestNetwork(4);
        Node x = Build.Input("x", height + 1, width + 1, inputs);
        Assert.InRange(TestNetwork.Error(net.Conv(x, "c", outputs, 3, 2, new Padding(0, 0, 1, 1)), level), 0, Direct);
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Stride_two_padded_all_around(SimdLevel level, int height, int width, int inputs, int outputs)
    {
        var net = new TestNetwork(5);
        Assert.InRange(TestNetwork.Error(net.Conv(Build.Input("x", height, width, inputs), "c", outputs, 3, 2, Padding.All(1)),
            level), 0, Direct);
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Tanh_before_and_relu_behind(SimdLevel level, int height, int width, int inputs, int outputs)
    {
        var net = new TestNetwork(6);
        Node x = Build.Input("x", height, width, inputs).Activate(ActivationKind.TanhClamp3);
        Assert.InRange(TestNetwork.Error(net.Conv(x, "c", outputs, 3).ReLU(), level), 0, Winograd);
    }
}
