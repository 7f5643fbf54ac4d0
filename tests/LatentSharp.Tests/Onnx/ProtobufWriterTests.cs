using LatentSharp.Graph.Onnx;

namespace LatentSharp.Tests.Onnx;

public sealed class ProtobufWriterTests
{
    // The first three are the examples of the protocol buffers "Encoding" page: field 1 = 150, field 2 = "testing", field 3 = a message
    // with field 1 = 150.
    [Fact]
    public void WritesTheExamplesOfTheFormatsDescription()
    {
        Assert.Equal("089601", Written(w => w.Integer(1, 150)));
        Assert.Equal("120774657374696E67", Written(w => w.Text(2, "testing")));
        Assert.Equal("1A03089601", Written(w => w.Message(3, m => m.Integer(1, 150))));
    }

    [Fact]
    public void NegativeIntegersTakeTenBytes() => Assert.Equal("08FFFFFFFFFFFFFFFFFF01", Written(w => w.Integer(1, -1)));

    [Fact]
    public void FloatsAreLittleEndian() => Assert.Equal("150000803F", Written(w => w.Float(2, 1f)));

    [Fact]
    public void FieldNumbersAbove15TakeTwoBytes() => Assert.Equal("A00101", Written(w => w.Integer(20, 1)));

    private static string Written(Action<ProtobufWriter> write)
    {
        var writer = new ProtobufWriter();
        write(writer);
        return Convert.ToHexString(writer.Written);
    }
}
