using CsCheck;
using LatentSharp.Tensors;
using LatentSharp.Weights;
using LatentSharp.Weights.Files;

namespace LatentSharp.Tests.Weights;

public class SafetensorsWriterTests
{
    private static readonly ElementType[] Storable = [.. Enum.GetValues<ElementType>().Where(t => t.BlockLength() == 1)];

    private static readonly Gen<TensorInfo> AnyTensor = Gen.Select(Gen.String[Gen.Char.AlphaNumeric, 0, 12],
        Gen.Int[0, Storable.Length - 1].Select(i => Storable[i]), Gen.Long[0, 4].Array[0, 4],
        (name, type, shape) => new TensorInfo(name, type, new Shape(shape)));

    [Fact]
    public void What_is_written_is_read_and_written_again_byte_for_byte()
    {
        using var folder = new TemporaryFolder();
        Gen.Select(AnyTensor.Array[0, 8], Gen.Dictionary(Gen.String, Gen.String)[0, 4], Gen.Int).Sample((tensors, metadata, seed) =>
        {
            var random = new Random(seed);
            TensorInfo[] unique = [.. tensors.DistinctBy(t => t.Name)];
            var contents = unique.ToDictionary(t => t.Name, t =>
            {
                var bytes = new byte[t.ByteLength]; random.NextBytes(bytes);
                return bytes;
            });
            Dictionary<string, string> valid = metadata.Where(m => IsUnicode(m.Key) && IsUnicode(m.Value)).ToDictionary();
            string first = folder.File("first.safetensors"), second = folder.File("second.safetensors");
            SafetensorsWriter.Write(first,
                unique.Select(t => new SafetensorsEntry(t, (stream, _) => stream.Write(contents[t.Name]))), valid);
            using (SafetensorsFile file = SafetensorsFile.Open(first))
            {
                Assert.Equal(valid.OrderBy(m => m.Key, StringComparer.Ordinal), file.Metadata.OrderBy(m => m.Key, StringComparer.Ordinal));
                Assert.Equal(unique.Length, file.Tensors.Count);
                foreach (TensorInfo tensor in unique)
                {
                    Assert.Equal(tensor, file.Tensors[tensor.Name]);
                    Assert.Equal(0, file.Locate(tensor)!.Offset % tensor.Type.BlockBytes());
                    var bytes = new byte[tensor.ByteLength];
                    file.ReadBytes(tensor, 0, bytes);
                    Assert.Equal(contents[tensor.Name], bytes);
                }
                SafetensorsWriter.Write(second, file.Tensors.Values.Reverse().Select(t => SafetensorsEntry.Copy(file, t, t.Name, t.Shape)),
                    file.Metadata);
            }
            Assert.Equal(File.ReadAllBytes(first), File.ReadAllBytes(second));
        }, iter: 200, threads: 1);
    }

    [Fact]
    public void Nothing_stays_behind_when_writing_fails_or_is_cancelled()
    {
        using var folder = new TemporaryFolder();
        var info = new TensorInfo("w", ElementType.U8, new Shape(4));
        string path = folder.File("out.safetensors");
        File.WriteAllText(path, "earlier content");
        Assert.Throws<NotSupportedException>(
            () => SafetensorsWriter.Write(path, [new SafetensorsEntry(info, (_, _) => throw new NotSupportedException())]));
        Assert.Throws<InvalidOperationException>(
            () => SafetensorsWriter.Write(path, [new SafetensorsEntry(info, (stream, _) => stream.Write(new byte[3]))]));
        Assert.Throws<InvalidOperationException>(
            () => SafetensorsWriter.Write(path, [new SafetensorsEntry(info, (stream, _) => stream.Write(new byte[5]))]));
        Assert.Throws<OperationCanceledException>(
            () => SafetensorsWriter.Write(path, [SafetensorsEntry.Of("w", new float[1], 1)],
                cancellationToken: new CancellationToken(true)));
        Assert.Equal("earlier content", File.ReadAllText(path));
        Assert.Equal([path], Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void Unwritable_places_are_refused_with_a_reason()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains("folder", Assert.Throws<LatentSharpException>(() => SafetensorsWriter.Write(folder.Path, [])).Message);
        var missing = Assert.Throws<LatentSharpException>(() => SafetensorsWriter.Write(folder.File("none/out.safetensors"), []));
        Assert.Equal(ErrorKind.NotFound, missing.Kind);
    }

    [Fact]
    public void Two_tensors_of_one_name_are_refused()
    {
        using var stream = new MemoryStream();
        Assert.Throws<ArgumentException>(
            () => SafetensorsWriter.Write(stream, [SafetensorsEntry.Of("w", new float[1], 1), SafetensorsEntry.Of("w", new float[1], 1)]));
    }

    [Theory]
    [InlineData(ElementType.F16)]
    [InlineData(ElementType.BF16)]
    [InlineData(ElementType.F8_E4M3)]
    public void Conversion_rounds_to_the_nearest_and_keeps_what_is_representable(ElementType type)
    {
        Gen.Float[-400, 400].Array[1, 200].Sample(values =>
        {
            var bytes = new byte[values.Length * type.BlockBytes()];
            var back = new float[values.Length];
            Assert.Equal(0, Narrowing.FromSingle(type, values, bytes));
            Widening.ToSingle(type, bytes, back);
            var again = new byte[bytes.Length];
            Narrowing.FromSingle(type, back, again);
            Assert.Equal(bytes, again);
            for (int i = 0; i < values.Length; i++)
            {
                // Half a unit in the last place: 2^-(mantissa bits + 1) of the value, or of the smallest normal number below it.
                (int mantissa, int smallest) = type switch { ElementType.F16 => (10, -14), ElementType.BF16 => (7, -126), _ => (3, -6) };
                double spacing = Math.ScaleB(1, Math.Max(Math.ILogB(values[i]), smallest) - mantissa);
                Assert.InRange(Math.Abs((double)values[i] - back[i]), 0, spacing / 2);
            }
        }, iter: 300, threads: 1);
    }

    [Fact]
    public void BF16_vectors_and_scalars_agree_for_ties_infinities_and_NaN()
    {
        var random = new Random(7);
        var values = new float[4096 + 5];
        for (int i = 0; i < values.Length; i++)
            values[i] = i % 3 == 0 ? BitConverter.UInt32BitsToSingle((uint)random.Next() << 1 & 0xFFFF_0000 | 0x8000)
                : BitConverter.Int32BitsToSingle(random.Next(int.MinValue, int.MaxValue));
        var bytes = new byte[2 * values.Length];
        Narrowing.FromSingle(ElementType.BF16, values, bytes);
        for (int i = 0; i < values.Length; i++) Assert.Equal(Narrowing.BF16(values[i]), BitConverter.ToUInt16(bytes, 2 * i));
        Assert.Equal(0x3F80, Narrowing.BF16(BitConverter.UInt32BitsToSingle(0x3F80_8000)));    // tie to the even 0x3F80
        Assert.Equal(0x3F82, Narrowing.BF16(BitConverter.UInt32BitsToSingle(0x3F81_8000)));    // tie to the even 0x3F82
        Assert.Equal(0x7F80, Narrowing.BF16(float.MaxValue));
    }

    [Fact]
    public void A_value_outside_the_range_of_the_new_type_is_an_error_that_names_the_tensor()
    {
        var memory = new MemoryWeights();
        memory.Add("big", [1, 70000, 3], 3);
        using var stream = new MemoryStream();
        var error = Assert.Throws<LatentSharpException>(
            () => SafetensorsWriter.Write(stream,
                [SafetensorsEntry.Convert(memory, memory.Tensors["big"], "big", new Shape(3), ElementType.F16)]));
        Assert.Contains("big", error.Message);
    }

    private static bool IsUnicode(string text) => !text.Any(char.IsSurrogate);
}
