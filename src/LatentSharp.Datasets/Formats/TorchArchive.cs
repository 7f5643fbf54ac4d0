using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using LatentSharp.Tensors;

namespace LatentSharp.Datasets.Formats;

/// <summary>A tensor that <c>torch.load</c> is to give.</summary>
/// <param name="Type">F32, F16 or BF16.</param>
/// <param name="Shape">Its dimensions.</param>
/// <param name="Bytes">Its elements, row-major, little-endian.</param>
internal sealed record TorchTensor(ElementType Type, int[] Shape, byte[] Bytes)
{
    /// <summary>Values as they are stored.</summary>
    /// <exception cref="LatentSharpException">The type cannot hold one of them.</exception>
    public static TorchTensor Of(ElementType type, float[] values, params int[] shape) => new(type, shape, StoredValues.Of(type, values));
}

/// <summary>
/// Files as <c>torch.save</c> writes them: a zip file with a pickle (protocol 2) and the elements of each tensor, those at multiples of 64
/// bytes. Of what a pickle can be only tensors, dictionaries, lists, tuples, texts and whole numbers, all of which <c>torch.load</c> takes
/// with <c>weights_only</c>. The same values always give the same bytes.
/// </summary>
internal static class TorchArchive
{
    private const int Alignment = 64;
    private const string Root = "archive/";

    /// <summary>Writes a file.</summary>
    /// <param name="stream">Where to.</param>
    /// <param name="value">A <see cref="TorchTensor"/>, a dictionary by text, a list, an array (a tuple), a text or a whole number.</param>
    public static void Write(Stream stream, object value)
    {
        var tensors = new List<TorchTensor>();
        using var pickle = new MemoryStream();
        pickle.Write([0x80, 2]);
        Pickle(pickle, value, tensors);
        pickle.WriteByte((byte)'.');
        using var zip = new StoredZip(stream);
        Add(zip, "data.pkl", pickle.ToArray());
        Add(zip, "byteorder", "little"u8.ToArray());
        for (int i = 0; i < tensors.Count; i++) Add(zip, string.Create(CultureInfo.InvariantCulture, $"data/{i}"), tensors[i].Bytes);
        Add(zip, "version", "3\n"u8.ToArray());
    }

    // The content begins at a multiple of 64 bytes: a field "FB" fills the place before it, as torch's own writer does.
    private static void Add(StoredZip zip, string name, byte[] content)
    {
        uint begin = zip.Length + StoredZip.HeaderLength + (uint)(Root.Length + name.Length) + 4;
        var extra = new byte[4 + (Alignment - begin % Alignment) % Alignment];
        extra.AsSpan().Fill((byte)'Z');
        (extra[0], extra[1]) = ((byte)'F', (byte)'B');
        BinaryPrimitives.WriteUInt16LittleEndian(extra.AsSpan(2), (ushort)(extra.Length - 4));
        zip.Add(Root + name, content, extra);
    }

    private static void Pickle(MemoryStream pickle, object value, List<TorchTensor> tensors)
    {
        switch (value)
        {
            case int number:
                Integer(pickle, number);
                break;
            case string text:
                Text(pickle, text);
                break;
            case object[] tuple:
                pickle.WriteByte((byte)'(');
                foreach (object item in tuple) Pickle(pickle, item, tensors);
                pickle.WriteByte((byte)'t');
                break;
            case IReadOnlyList<object> list:
                pickle.Write("]("u8);
                foreach (object item in list) Pickle(pickle, item, tensors);
                pickle.WriteByte((byte)'e');
                break;
            case IReadOnlyDictionary<string, object> dictionary:
                pickle.Write("}("u8);
                foreach ((string key, object item) in dictionary)
                {
                    Text(pickle, key);
                    Pickle(pickle, item, tensors);
                }
                pickle.WriteByte((byte)'u');
                break;
            case TorchTensor tensor:
                Tensor(pickle, tensor, tensors.Count);
                tensors.Add(tensor);
                break;
            default:
                throw new ArgumentException($"a {value.GetType().Name} is not written", nameof(value));
        }
    }

    // torch._utils._rebuild_tensor_v2(storage, offset, size, stride, requires_grad, hooks)
    private static void Tensor(MemoryStream pickle, TorchTensor tensor, int index)
    {
        string storage = tensor.Type switch { ElementType.F16 => "HalfStorage", ElementType.BF16 => "BFloat16Storage", _ => "FloatStorage" };
        pickle.Write("ctorch._utils\n_rebuild_tensor_v2\n(("u8);
        Text(pickle, "storage");
        pickle.Write(Encoding.ASCII.GetBytes($"ctorch\n{storage}\n"));
        Text(pickle, index.ToString(CultureInfo.InvariantCulture));
        Text(pickle, "cpu");
        Integer(pickle, tensor.Shape.Aggregate(1, (a, b) => a * b));
        pickle.Write("tQ"u8);
        Integer(pickle, 0);
        Tuple(pickle, tensor.Shape);
        Tuple(pickle, [.. Enumerable.Range(0, tensor.Shape.Length).Select(d => tensor.Shape[(d + 1)..].Aggregate(1, (a, b) => a * b))]);
        pickle.WriteByte(0x89);     // False
        pickle.Write("ccollections\nOrderedDict\n)RtR"u8);
    }

    private static void Tuple(MemoryStream pickle, int[] numbers)
    {
        pickle.WriteByte((byte)'(');
        foreach (int number in numbers) Integer(pickle, number);
        pickle.WriteByte((byte)'t');
    }

    private static void Integer(MemoryStream pickle, int number)
    {
        Span<byte> code = stackalloc byte[5];
        code[0] = (byte)'J';
        BinaryPrimitives.WriteInt32LittleEndian(code[1..], number);
        pickle.Write(code);
    }

    private static void Text(MemoryStream pickle, string text)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(text);
        Span<byte> code = stackalloc byte[5];
        code[0] = (byte)'X';
        BinaryPrimitives.WriteInt32LittleEndian(code[1..], utf8.Length);
        pickle.Write(code);
        pickle.Write(utf8);
    }
}
