using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace LatentSharp.Graph.Onnx;

/// <summary>Writes one message in the protocol buffers wire format: as much of it as an ONNX model needs.</summary>
internal sealed class ProtobufWriter
{
    private readonly ArrayBufferWriter<byte> buffer = new();

    /// <summary>The message so far.</summary>
    public ReadOnlySpan<byte> Written => buffer.WrittenSpan;

    /// <summary>A field of type int32, int64 or enum. Negative values take ten bytes, as the format asks.</summary>
    public void Integer(int field, long value)
    {
        Tag(field, wireType: 0);
        Varint(unchecked((ulong)value));
    }

    /// <summary>A field of type float.</summary>
    public void Float(int field, float value)
    {
        Tag(field, wireType: 5);
        BinaryPrimitives.WriteSingleLittleEndian(buffer.GetSpan(sizeof(float)), value);
        buffer.Advance(sizeof(float));
    }

    /// <summary>A field of type string.</summary>
    public void Text(int field, string value) => Bytes(field, Encoding.UTF8.GetBytes(value));

    /// <summary>A field of type bytes.</summary>
    public void Bytes(int field, ReadOnlySpan<byte> value)
    {
        Tag(field, wireType: 2);
        Varint((ulong)value.Length);
        buffer.Write(value);
    }

    /// <summary>A field that holds a message.</summary>
    public void Message(int field, Action<ProtobufWriter> write)
    {
        var message = new ProtobufWriter();
        write(message);
        Bytes(field, message.Written);
    }

    private void Tag(int field, uint wireType) => Varint((uint)field << 3 | wireType);

    private void Varint(ulong value)
    {
        Span<byte> span = buffer.GetSpan(10);
        int length = 0;
        for (; value >= 0x80; value >>= 7) span[length++] = (byte)(value | 0x80);
        span[length++] = (byte)value;
        buffer.Advance(length);
    }
}
