using System.Buffers;
using System.Text;
using System.Text.Json;
using LatentSharp.Weights.Identity;

namespace LatentSharp.Datasets.Manifests;

/// <summary>A file of lines of a manifest that is open for reading. A last line without its end is none: its writer was killed.</summary>
internal sealed class ManifestSegment : IDisposable
{
    private const int Buffer = 1 << 18;

    private readonly FileStream stream;

    private ManifestSegment(FileStream stream) => this.stream = stream;

    /// <summary>Opens a segment; null when it is gone: another run has taken it into a larger one.</summary>
    public static ManifestSegment? Open(string path)
    {
        try
        {
            return new ManifestSegment(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    /// <summary>What is open.</summary>
    public string Path => stream.Name;

    /// <summary>The digest of a name, by which entries are found and ordered.</summary>
    public static UInt128 HashOf(string name)
    {
        return System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(Sha256.BytesOf(Encoding.UTF8.GetBytes(name)));
    }

    /// <summary>Goes through the lines: which name, which edition, where it stands.</summary>
    public void Scan(Action<UInt128, int, long, int> line)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(Buffer);
        try
        {
            long offset = 0;
            int held = 0;
            while (true)
            {
                if (held == buffer.Length)
                {
                    byte[] larger = ArrayPool<byte>.Shared.Rent(2 * buffer.Length);
                    buffer.AsSpan(0, held).CopyTo(larger);
                    ArrayPool<byte>.Shared.Return(buffer);
                    buffer = larger;
                }
                int read = RandomAccess.Read(stream.SafeFileHandle, buffer.AsSpan(held), offset + held);
                if (read == 0) return;
                held += read;
                int from = 0;
                for (int end; (end = buffer.AsSpan(from, held - from).IndexOf((byte)'\n')) >= 0; from += end + 1)
                {
                    if (TryName(buffer.AsSpan(from, end), out string name, out int edition))
                        line(HashOf(name), edition, offset + from, end);
                }
                buffer.AsSpan(from, held - from).CopyTo(buffer);
                offset += from;
                held -= from;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>The bytes of a line.</summary>
    public byte[] Line(long offset, int length)
    {
        var bytes = new byte[length];
        stream.ReadWhole(bytes, offset);
        return bytes;
    }

    public void Dispose() => stream.Dispose();

    // The two members that come first; a line that is damaged counts for nothing.
    private static bool TryName(ReadOnlySpan<byte> line, out string name, out int edition)
    {
        (name, edition) = ("", 0);
        try
        {
            var json = new Utf8JsonReader(line);
            if (!json.Read() || json.TokenType != JsonTokenType.StartObject) return false;
            if (!json.Read() || !json.ValueTextEquals("name"u8) || !json.Read() || json.GetString() is not { } text) return false;
            if (!json.Read() || !json.ValueTextEquals("edition"u8) || !json.Read() || !json.TryGetInt32(out edition)) return false;
            while (json.Read()) json.TrySkip();
            name = text;
            return true;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return false;
        }
    }
}
