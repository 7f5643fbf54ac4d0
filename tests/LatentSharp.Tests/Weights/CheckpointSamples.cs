using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using LatentSharp.Tensors;
using LatentSharp.Weights;
using LatentSharp.Weights.Files;

namespace LatentSharp.Tests.Weights;

/// <summary>Small valid files of every format, made here so that fuzzing needs nothing beside the repository.</summary>
internal static class CheckpointSamples
{
    public static byte[] Safetensors()
    {
        using var stream = new MemoryStream();
        SafetensorsWriter.Write(stream,
        [
            SafetensorsEntry.Of("a.weight", new float[] { 1, -2, 3, 4, 5, 6 }, 2, 3),
            SafetensorsEntry.Of("a.bias", new float[] { 0.5f, -0.5f }, 2),
            new SafetensorsEntry(new TensorInfo("n", ElementType.I64, new Shape()), (s, _) => s.Write(new byte[8])),
            new SafetensorsEntry(new TensorInfo("h", ElementType.F16, new Shape(3)), (s, _) => s.Write(new byte[6])),
            new SafetensorsEntry(new TensorInfo("q", ElementType.F8_E4M3, new Shape(5)), (s, _) => s.Write(new byte[5])),
        ], new Dictionary<string, string> { ["format"] = "pt" });
        return stream.ToArray();
    }

    /// <summary>A GGUF file with metadata of several types and tensors of several types.</summary>
    public static byte[] Gguf()
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        writer.Write(0x46554747u);
        writer.Write(3u);
        writer.Write(3UL);
        writer.Write(4UL);
        Text("general.architecture"); writer.Write(8u); Text("vae");
        Text("general.alignment"); writer.Write(4u); writer.Write(32u);
        Text("list"); writer.Write(9u); writer.Write(5u); writer.Write(3UL); writer.Write(1); writer.Write(2); writer.Write(3);
        Text("flag"); writer.Write(7u); writer.Write((byte)1);
        Tensor("a", 0, 0, 4, 2);
        Tensor("b", 2, 32, 32, 2);
        Tensor("c", 12, 96, 256);
        while (stream.Length % 32 != 0) writer.Write((byte)0);
        writer.Write(new byte[96 + 144]);
        return stream.ToArray();

        void Text(string text)
        {
            writer.Write((ulong)text.Length);
            writer.Write(Encoding.ASCII.GetBytes(text));
        }

        void Tensor(string name, uint type, ulong offset, params ulong[] dimensions)
        {
            Text(name);
            writer.Write((uint)dimensions.Length);
            foreach (ulong d in dimensions) writer.Write(d);
            writer.Write(type);
            writer.Write(offset);
        }
    }

    /// <summary>A torch zip checkpoint with a state_dict of two tensors, one of them transposed.</summary>
    public static byte[] TorchZip(byte[]? pickle = null)
    {
        using var stream = new MemoryStream();
        using (var zip = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            Entry(zip, "archive/data.pkl", pickle ?? StateDictionary());
            Entry(zip, "archive/data/0", new byte[24]);
            Entry(zip, "archive/version", "3\n"u8.ToArray());
        }
        return stream.ToArray();

        static void Entry(ZipArchive zip, string name, byte[] content)
        {
            using Stream entry = zip.CreateEntry(name, CompressionLevel.NoCompression).Open();
            entry.Write(content);
        }
    }

    /// <summary>The same state_dict in the legacy container.</summary>
    public static byte[] TorchLegacy()
    {
        using var stream = new MemoryStream();
        // 0x1950a86a20f9469cfc6c.
        stream.Write([0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, (byte)'.']);
        stream.Write([0x80, 2, (byte)'M', 0xe9, 3, (byte)'.']);                                                       // 1001
        stream.Write([0x80, 2, (byte)'}', .. Str("little_endian"), 0x88, (byte)'s', (byte)'.']);
        stream.Write(StateDictionary());
        stream.Write([0x80, 2, (byte)']', .. Str("0"), (byte)'a', (byte)'.']);
        Span<byte> count = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(count, 6);
        stream.Write(count);
        stream.Write(new byte[24]);
        return stream.ToArray();
    }

    /// <summary>
    /// The pickle of a Lightning-like checkpoint: an epoch, a state_dict of two tensors, and whatever else is given as pickle instructions.
    /// </summary>
    public static byte[] StateDictionary(params (string Key, byte[] Value)[] others) =>
    [
        0x80, 2, (byte)'}', (byte)'(',
        .. Str("epoch"), (byte)'K', 3,
        .. others.SelectMany(other => (byte[])[.. Str(other.Key), .. other.Value]),
        .. Str("state_dict"), .. Global("collections", "OrderedDict"), (byte)'q', 7, (byte)')', (byte)'R', (byte)'(',
        .. Str("w"), .. Tensor(0, [2, 3], [3, 1]),
        .. Str("t"), .. Tensor(0, [3, 2], [1, 3]),
        (byte)'u', (byte)'}', .. Str("_metadata"), (byte)'N', (byte)'s', (byte)'b',
        (byte)'u', (byte)'.',
    ];

    private static byte[] Tensor(byte offset, byte[] size, byte[] stride) =>
    [
        .. Global("torch._utils", "_rebuild_tensor_v2"), (byte)'(',
        (byte)'(', .. Str("storage"), .. Global("torch", "FloatStorage"), .. Str("0"), .. Str("cpu"), (byte)'K', 6, (byte)'t', (byte)'Q',
        (byte)'K', offset, .. Tuple(size), .. Tuple(stride), 0x89, (byte)'h', 7, (byte)')', (byte)'R', (byte)'t', (byte)'R',
    ];

    private static byte[] Tuple(byte[] numbers) => [(byte)'(', .. numbers.SelectMany(n => new[] { (byte)'K', n }), (byte)'t'];

    private static byte[] Str(string text) => [(byte)'X', (byte)text.Length, 0, 0, 0, .. Encoding.ASCII.GetBytes(text)];

    private static byte[] Global(string module, string name) => Encoding.ASCII.GetBytes($"c{module}\n{name}\n");
}
