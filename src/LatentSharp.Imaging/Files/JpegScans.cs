namespace LatentSharp.Imaging;

/// <summary>
/// The scans of a progressive JPEG (ITU-T T.81, annex G), each of which makes the picture finer. A file that was cut between two of them
/// and ended anew is a valid file of a coarser picture, of which no decoder warns.
/// </summary>
internal static class JpegScans
{
    private const int Coefficients = 64, Progressive = 0xC2, StartOfScan = 0xDA, EndOfImage = 0xD9;

    /// <summary>Whether there are coefficients that no scan gives to their last bit.</summary>
    /// <param name="file">The file, from its beginning.</param>
    public static bool AreMissing(Stream file)
    {
        using var stream = new BufferedStream(file, 1 << 16);
        stream.Position = 2;
        Dictionary<int, int[]>? bits = null;        // of each component and coefficient, those that are not yet given
        while (NextMarker(stream) is int marker and not EndOfImage)
        {
            if (Segment(stream) is not { } segment) break;
            if (marker is >= 0xC0 and <= 0xCF and not (0xC4 or 0xC8 or 0xCC))
            {
                if (marker != Progressive || segment.Length < 6) return false;
                bits = [];
                for (int at = 6; at + 2 < segment.Length; at += 3) bits[segment[at]] = [.. Enumerable.Repeat(int.MaxValue, Coefficients)];
            }
            else if (marker == StartOfScan && bits is not null)
            {
                Take(segment, bits);
            }
        }
        return bits is not null && bits.Values.Any(b => b.Any(left => left > 0));
    }

    private static void Take(byte[] scan, Dictionary<int, int[]> bits)
    {
        int components = scan.Length > 0 ? scan[0] : 0;
        if (scan.Length < 4 + 2 * components) return;
        (int first, int last, int left) = (scan[1 + 2 * components], scan[2 + 2 * components], scan[3 + 2 * components] & 15);
        for (int i = 0; i < components; i++)
            if (bits.TryGetValue(scan[1 + 2 * i], out int[]? of))
                for (int k = first; k <= last && k < Coefficients; k++) of[k] = left;
    }

    // Behind a scan come its data, in which 0xFF is followed by zero or by the number of a restart.
    private static int? NextMarker(Stream stream)
    {
        for (int before = 0, here; (here = stream.ReadByte()) >= 0; before = here)
            if (before == 0xFF && here is not (0 or 0xFF or (>= 0xD0 and <= 0xD7))) return here;
        return null;
    }

    private static byte[]? Segment(Stream stream)
    {
        int high = stream.ReadByte(), low = stream.ReadByte();
        int length = (high << 8 | low) - 2;
        if (low < 0 || length < 0) return null;
        var segment = new byte[length];
        return stream.ReadAtLeast(segment, length, throwOnEndOfStream: false) == length ? segment : null;
    }
}
