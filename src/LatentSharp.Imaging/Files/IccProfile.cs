using System.Buffers.Binary;
using System.Text;
using NetVips;

namespace LatentSharp.Imaging;

/// <summary>An embedded colour profile: its name, and whether it is sRGB under whatever name.</summary>
internal static class IccProfile
{
    public const string Field = "icc-profile-data";

    /// <summary>The profile's own description (tag <c>desc</c>, ICC.1:2022 section 9.2.41), or "unnamed".</summary>
    public static string NameOf(byte[] profile)
    {
        ReadOnlySpan<byte> p = profile;
        if (p.Length < 132) return "unnamed";
        uint tags = BinaryPrimitives.ReadUInt32BigEndian(p[128..]);
        for (int i = 0; i < Math.Min(tags, 100) && 132 + 12 * (i + 1) <= p.Length; i++)
        {
            ReadOnlySpan<byte> entry = p[(132 + 12 * i)..];
            if (!entry[..4].SequenceEqual("desc"u8)) continue;
            uint offset = BinaryPrimitives.ReadUInt32BigEndian(entry[4..]), size = BinaryPrimitives.ReadUInt32BigEndian(entry[8..]);
            if (offset + (ulong)size > (ulong)p.Length) return "unnamed";
            return Description(p.Slice((int)offset, (int)size)) is { Length: > 0 } name ? name : "unnamed";
        }
        return "unnamed";
    }

    /// <summary>
    /// What is wrong with a profile's structure (ICC.1:2022 sections 7.2 and 7.3), or null. libvips would silently put sRGB in place of a
    /// profile it cannot use.
    /// </summary>
    public static string? Defect(byte[] profile, int channels)
    {
        ReadOnlySpan<byte> p = profile;
        if (p.Length < 132 || !p.Slice(36, 4).SequenceEqual("acsp"u8) || BinaryPrimitives.ReadUInt32BigEndian(p) > p.Length)
            return "is damaged";
        uint tags = BinaryPrimitives.ReadUInt32BigEndian(p[128..]);
        if (132 + 12 * (ulong)tags > (ulong)p.Length) return "is damaged";
        for (int i = 0; i < tags; i++)
            if (BinaryPrimitives.ReadUInt32BigEndian(p[(136 + 12 * i)..]) + (ulong)BinaryPrimitives.ReadUInt32BigEndian(p[(140 + 12 * i)..])
                > (ulong)p.Length) return "is damaged";
        ReadOnlySpan<byte> space = p.Slice(16, 4);
        bool fits = channels switch
        {
            1 => space.SequenceEqual("GRAY"u8),
            3 => space.SequenceEqual("RGB "u8),
            _ => space.SequenceEqual("CMYK"u8)
        };
        return fits ? null : $"is meant for {Encoding.Latin1.GetString(space).Trim()} pictures";
    }

    /// <summary>
    /// Whether converting from the image's profile to sRGB would leave 8-bit levels as they are (to one level): true for every edition of
    /// sRGB, however it is called. Tried on a grid of colours, because names and checksums of sRGB profiles are countless.
    /// </summary>
    /// <exception cref="VipsException">The profile is damaged or does not fit the image's channels.</exception>
    public static bool IsStandard(byte[] profile, int channels)
    {
        byte[] grid = channels == 1 ? [.. Enumerable.Range(0, 256).Select(i => (byte)i)] : ColourGrid();
        // The image over the array has a name of its own: it holds the array, is held by native code, and unlike others is never collected.
        using Image levels = Image.NewFromMemory(grid, grid.Length / channels, 1, channels, Enums.BandFormat.Uchar);
        using Image plain = levels.Copy(interpretation: channels == 1 ? Enums.Interpretation.Bw : Enums.Interpretation.Srgb);
        using Image tagged = plain.Mutate(m => m.Set(GValue.BlobType, Field, profile));
        using Image converted = tagged.IccTransform("srgb", embedded: true, depth: 8);
        byte[] result = converted.WriteToMemory<byte>();
        for (int i = 0; i < result.Length; i++)
            if (Math.Abs(result[i] - grid[channels == 1 ? i / 3 : i]) > 1) return false;
        return true;
    }

    private static byte[] ColourGrid()
    {
        const int steps = 6, step = 255 / (steps - 1);
        var grid = new byte[steps * steps * steps * 3];
        int at = 0;
        for (int r = 0; r < steps; r++)
            for (int g = 0; g < steps; g++)
                for (int b = 0; b < steps; b++)
                    (grid[at++], grid[at++], grid[at++]) = ((byte)(r * step), (byte)(g * step), (byte)(b * step));
        return grid;
    }

    private static string Description(ReadOnlySpan<byte> tag)
    {
        if (tag.Length > 12 && tag[..4].SequenceEqual("desc"u8)) // version 2: count, then ASCII with a closing zero
        {
            int count = (int)Math.Min(BinaryPrimitives.ReadUInt32BigEndian(tag[8..]), (uint)(tag.Length - 12));
            return Encoding.Latin1.GetString(tag.Slice(12, count)).TrimEnd('\0').Trim();
        }
        if (tag.Length > 28 && tag[..4].SequenceEqual("mluc"u8)) // version 4: records of (language, length, offset), then UTF-16
        {
            uint length = BinaryPrimitives.ReadUInt32BigEndian(tag[20..]), offset = BinaryPrimitives.ReadUInt32BigEndian(tag[24..]);
            if (offset + (ulong)length <= (ulong)tag.Length)
                return Encoding.BigEndianUnicode.GetString(tag.Slice((int)offset, (int)length)).TrimEnd('\0').Trim();
        }
        return "";
    }
}
