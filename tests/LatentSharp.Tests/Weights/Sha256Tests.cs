using System.Security.Cryptography;
using LatentSharp.Weights.Identity;

namespace LatentSharp.Tests.Weights;

/// <summary>The digest that needs no library of the system, against the platform's.</summary>
public sealed class Sha256Tests
{
    [Fact]
    public void Every_length_around_the_blocks_gives_the_platforms_digest()
    {
        byte[] bytes = new byte[300];
        new Random(5).NextBytes(bytes);
        for (int length = 0; length <= bytes.Length; length++)
        {
            using var hash = new Sha256(managed: true);
            hash.Append(bytes.AsSpan(0, length));
            Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(bytes.AsSpan(0, length))), hash.Finish());
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_parts_in_which_bytes_come_do_not_matter(bool managed)
    {
        byte[] bytes = new byte[100_003];
        var random = new Random(7);
        random.NextBytes(bytes);
        using var hash = new Sha256(managed);
        for (int offset = 0; offset < bytes.Length;)
        {
            int count = Math.Min(random.Next(0, 200), bytes.Length - offset);
            hash.Append(bytes.AsSpan(offset, count));
            offset += count;
        }
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(bytes)), hash.Finish());
    }

    // FIPS 180-4's own example, "abc" (csrc.nist.gov, SHA256.pdf).
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_standards_example(bool managed)
    {
        using var hash = new Sha256(managed);
        hash.Append("abc"u8);
        Assert.Equal("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", hash.Finish());
    }
}
