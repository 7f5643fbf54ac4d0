using LatentSharp.Latents;

namespace LatentSharp.Tests.Latents;

public sealed class GaussianNoiseTests
{
    /// <summary>Known answers of philox4x32-10: Random123 1.14, tests/kat_vectors.</summary>
    [Fact]
    public void PhiloxGivesThePublishedAnswers()
    {
        Assert.Equal((0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u), GaussianNoise.Philox(0, 0, 0, 0, 0, 0));
        Assert.Equal((0x408f276du, 0x41c83b0eu, 0xa20bc7c6u, 0x6d5451fdu),
            GaussianNoise.Philox(0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff));
        Assert.Equal((0xd16cfe09u, 0x94fdccebu, 0x5001e420u, 0x24126ea1u),
            GaussianNoise.Philox(0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0xa4093822, 0x299f31d0));
    }

    [Fact]
    public void ItsMomentsAreThoseOfTheStandardNormal()
    {
        var noise = new float[1 << 18];
        GaussianNoise.Fill(noise, seed: 5);
        double mean = noise.Average(v => (double)v), variance = noise.Average(v => (v - mean) * (v - mean)),
            fourth = noise.Average(v => Math.Pow(v - mean, 4));
        // Five standard errors at n = 2^18: 0.0098, 0.0138, 0.096.
        Assert.InRange(mean, -0.0098, 0.0098);
        Assert.InRange(variance, 1 - 0.0138, 1 + 0.0138);
        Assert.InRange(fourth, 3 - 0.096, 3 + 0.096);
    }

    [Fact]
    public void EveryPrefixAndEveryPictureHasItsOwnValues()
    {
        float[] all = new float[11], some = new float[7], other = new float[11];
        GaussianNoise.Fill(all, seed: 1);
        GaussianNoise.Fill(some, seed: 1);
        GaussianNoise.Fill(other, seed: 1, picture: 1);
        Assert.Equal(all[..7], some);
        Assert.Empty(all.Intersect(other));
    }
}
