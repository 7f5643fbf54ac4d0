using LatentSharp.Autoencoders;

namespace LatentSharp.Tests.Autoencoders;

public sealed class ReflectionPaddingTests
{
    /// <summary>numpy.pad(np.arange(n), (0, k), mode="reflect"), also where the padding is longer than the picture.</summary>
    [Theory]
    [InlineData(4, new[] { 0, 1, 2, 3, 2, 1, 0, 1, 2, 3, 2 })]
    [InlineData(2, new[] { 0, 1, 0, 1, 0, 1, 0, 1 })]
    [InlineData(1, new[] { 0, 0, 0, 0, 0, 0, 0, 0 })]
    public void PositionsAreMirroredAsNumpyDoes(int size, int[] expected)
        => Assert.Equal(expected, Enumerable.Range(0, expected.Length).Select(p => ReflectionPadding.Mirror(p, size)));

    [Fact]
    public void CroppingGivesThePictureBack()
    {
        ImageTensor picture = EmbeddedAutoencoderTests.Gradient(2, 5, 11);
        var padded = new float[3 * 8 * 16];
        var back = new ImageTensor(2, 5, 11);
        for (int i = 0; i < 2; i++)
        {
            ReflectionPadding.Pad(picture, i, padded, 8, 16);
            ReflectionPadding.Crop(padded, 8, 16, back, i);
        }
        Assert.Equal(picture.Values, back.Values);
        Assert.Equal(picture.Plane(1, 2)[3 * 11 + 8], padded[(2 * 8 + 5) * 16 + 12]);   // row 5 mirrors 3, column 12 mirrors 8
    }
}
