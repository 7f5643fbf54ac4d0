using System.Buffers;
using System.Buffers.Binary;
using System.Text.Encodings.Web;
using System.Text.Json;
using LatentSharp.Tensors;

namespace LatentSharp.Weights.Files;

/// <summary>
/// Writes safetensors files: tensors by descending element size and then by name in ordinal order, the header padded with spaces to a
/// multiple of 8 bytes, so that all data are aligned; metadata by key in ordinal order. The same content always gives the same bytes.
/// Tensor data are streamed, one tensor after the other.
/// </summary>
public static class SafetensorsWriter
{
    /// <summary>Writes a file that is either complete or absent (see <see cref="AtomicFile"/>).</summary>
    /// <param name="path">The file to write or replace.</param>
    /// <param name="tensors">What to write, in any order.</param>
    /// <param name="metadata">Becomes <c>__metadata__</c>; null or empty leaves it out.</param>
    /// <param name="progress">Told the fraction of the data written, 0 to 1.</param>
    /// <param name="cancellationToken">Stops the writing; the file stays absent.</param>
    /// <exception cref="ArgumentException">Two tensors have the same name, or one cannot be stored.</exception>
    /// <exception cref="LatentSharpException">The file cannot be written.</exception>
    public static void Write(string path, IEnumerable<SafetensorsEntry> tensors, IReadOnlyDictionary<string, string>? metadata = null,
        IProgress<double>? progress = null, CancellationToken cancellationToken = default)
        => AtomicFile.Write(path, stream => Write(stream, tensors, metadata, progress, cancellationToken));

    /// <summary>Writes to a stream.</summary>
    /// <inheritdoc cref="Write(string, IEnumerable{SafetensorsEntry}, IReadOnlyDictionary{string, string}?, IProgress{double}?,
    /// CancellationToken)"/>
    public static void Write(Stream stream, IEnumerable<SafetensorsEntry> tensors, IReadOnlyDictionary<string, string>? metadata = null,
        IProgress<double>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(tensors);
        WriteInOrder(stream, [.. tensors.OrderByDescending(t => t.Info.Type.BlockBytes()).ThenBy(t => t.Info.Name, StringComparer.Ordinal)],
            metadata, progress, cancellationToken);
    }

    /// <summary>
    /// Writes tensors in the order in which they are given: that of another file, which then differs in nothing but values.
    /// </summary>
    internal static void WriteInOrder(Stream stream, SafetensorsEntry[] sorted, IReadOnlyDictionary<string, string>? metadata,
        IProgress<double>? progress = null, CancellationToken cancellationToken = default)
    {
        ReadOnlySpan<byte> header = Header(sorted, metadata);
        Span<byte> length = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)header.Length);
        stream.Write(length);
        stream.Write(header);
        long total = Math.Max(1, sorted.Sum(t => t.Info.ByteLength)), done = 0;
        foreach (SafetensorsEntry entry in sorted)
        {
            cancellationToken.ThrowIfCancellationRequested();
            long before = done;
            using var counted = new ExactLengthStream(stream, entry.Info.ByteLength, entry.Info.Name,
                progress is null ? null : written => progress.Report((double)(before + written) / total));
            entry.Write(counted, cancellationToken);
            counted.Complete();
            done += entry.Info.ByteLength;
        }
    }

    private static ReadOnlySpan<byte> Header(SafetensorsEntry[] tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        var buffer = new ArrayBufferWriter<byte>(256 + 128 * tensors.Length);
        // Names and metadata are not embedded in a page: only what JSON itself requires is escaped.
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            if (metadata is { Count: > 0 })
            {
                json.WriteStartObject("__metadata__");
                foreach ((string key, string value) in metadata.OrderBy(m => m.Key, StringComparer.Ordinal)) json.WriteString(key, value);
                json.WriteEndObject();
            }
            var names = new HashSet<string>(StringComparer.Ordinal) { "__metadata__" };
            long offset = 0;
            foreach ((string name, ElementType type, Shape shape) in tensors.Select(t => t.Info))
            {
                if (!names.Add(name)) throw new ArgumentException($"the tensor name '{name}' is used twice or reserved", nameof(tensors));
                if (type.IsGguf()) throw new ArgumentException($"{name} is of type {type}, which safetensors does not know", nameof(tensors));
                json.WriteStartObject(name);
                json.WriteString("dtype", type.Name());
                json.WriteStartArray("shape");
                foreach (long d in shape.Dimensions) json.WriteNumberValue(d);
                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(offset);
                offset = checked(offset + shape.ElementCount / type.BlockLength() * type.BlockBytes());
                json.WriteNumberValue(offset);
                json.WriteEndArray();
                json.WriteEndObject();
            }
            json.WriteEndObject();
        }
        int padding = -buffer.WrittenCount & 7;
        buffer.GetSpan(padding)[..padding].Fill((byte)' ');
        buffer.Advance(padding);
        if (buffer.WrittenCount > SafetensorsHeader.MaxLength)
            throw new ArgumentException("the header would exceed the 100,000,000 bytes that readers accept", nameof(tensors));
        return buffer.WrittenSpan;
    }
}
