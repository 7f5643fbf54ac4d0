using CsCheck;
using LatentSharp.Tensors;
using LatentSharp.Weights;
using LatentSharp.Weights.Files;
using LatentSharp.Weights.Files.Torch;

namespace LatentSharp.Tests.Weights;

public class StridedTensorTests
{
    private const int StorageLength = 2000;

    [Fact]
    public void Any_view_reads_like_nested_loops_over_its_storage()
    {
        using var folder = new TemporaryFolder();
        short[] storage = [.. Enumerable.Range(0, StorageLength).Select(i => (short)i)];
        using FileBytes file = FileBytes.Open(folder.Write("storage", [.. storage.SelectMany(BitConverter.GetBytes)]));
        Gen.Select(Gen.Int[1, 6].Array[0, 4], Gen.Int[0, 40].Array[4], Gen.Int[0, 900], Gen.Int[0, 1000])
            .Sample((size, strides, offset, start) =>
        {
            long[] shape = [.. size.Select(n => (long)n)], steps = [.. strides.Take(size.Length).Select(n => (long)n)];
            long[] expected = [.. Positions(shape, steps, 0).Select(p => offset + p)];
            Assert.True(expected.Max() < StorageLength);
            var tensor = new StridedTensor(file, new TensorInfo("t", ElementType.I16, new Shape(shape)), 2 * offset, steps);
            int first = start % expected.Length;
            var bytes = new byte[2 * (expected.Length - first)];
            tensor.Read(first, bytes);
            for (int i = first; i < expected.Length; i++) Assert.Equal(expected[i], BitConverter.ToInt16(bytes, 2 * (i - first)));
            if (StridedTensor.IsContiguous(tensor.Info.Shape, steps))
                Assert.Equal(Enumerable.Range(0, expected.Length).Select(i => (long)offset + i), expected);
        }, iter: 2000, threads: 1);
    }

    [Theory]
    [InlineData(true, new long[] { 2, 3 }, new long[] { 3, 1 })]
    [InlineData(true, new long[] { 1, 3 }, new long[] { 99, 1 })]     // the stride of a dimension of 1 does not matter
    [InlineData(true, new long[] { 0, 3 }, new long[] { 7, 7 })]
    [InlineData(true, new long[] { }, new long[] { })]
    [InlineData(false, new long[] { 3, 2 }, new long[] { 1, 3 })]
    [InlineData(false, new long[] { 2, 3 }, new long[] { 0, 1 })]
    [InlineData(false, new long[] { 2, 3 }, new long[] { 4, 1 })]
    public void Contiguous_views_are_recognised(bool contiguous, long[] shape, long[] strides)
    => Assert.Equal(contiguous, StridedTensor.IsContiguous(new Shape(shape), strides));

    private static IEnumerable<long> Positions(long[] shape, long[] strides, int axis)
    {
        if (axis == shape.Length) return [0];
        return Enumerable.Range(0, (int)shape[axis])
            .SelectMany(i => Positions(shape, strides, axis + 1).Select(p => p + i * strides[axis]));
    }
}
