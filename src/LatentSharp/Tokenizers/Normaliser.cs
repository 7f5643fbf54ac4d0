using System.Buffers.Binary;
using System.Text;

namespace LatentSharp.Tokenizers;

/// <summary>
/// SentencePiece's normaliser: the longest beginning that is in a table is replaced, again and again; spaces are written as U+2581, one
/// before the text, and runs of them become one. The table is a double array (Darts) of 32-bit units with strings that end in a zero.
/// </summary>
internal sealed class Normaliser
{
    private static ReadOnlySpan<byte> SpaceMark => "\u2581"u8;

    private readonly uint[] units;
    private readonly byte[] replacements;
    private readonly bool prefix, removeExtra;

    /// <param name="name">The file, for messages.</param>
    /// <param name="charsmap">The length of the double array in bytes as u32, the array, the replacements; empty for no table.</param>
    /// <param name="prefix">Whether a space stands before every text.</param>
    /// <param name="removeExtra">Whether spaces at both ends go, and runs of spaces become one.</param>
    /// <exception cref="LatentSharpException">The table is damaged.</exception>
    public Normaliser(string name, ReadOnlySpan<byte> charsmap, bool prefix, bool removeExtra)
    {
        (this.prefix, this.removeExtra) = (prefix, removeExtra);
        (units, replacements) = ([], []);
        if (charsmap.IsEmpty) return;
        uint size = charsmap.Length < 4 ? uint.MaxValue : BinaryPrimitives.ReadUInt32LittleEndian(charsmap);
        if (size > charsmap.Length - 4 || size % 4 != 0)
            throw new LatentSharpException(ErrorKind.BadInput, name, $"{SentencePieceModel.What} was expected: the table of its normaliser is damaged.");
        units = new uint[size / 4];
        for (int i = 0; i < units.Length; i++) units[i] = BinaryPrimitives.ReadUInt32LittleEndian(charsmap[(4 + 4 * i)..]);
        replacements = charsmap[(4 + (int)size)..].ToArray();
    }

    /// <summary>The text as the pieces know it, in UTF-8.</summary>
    public byte[] Normalise(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        ReadOnlySpan<byte> rest = Encoding.UTF8.GetBytes(text);
        var normalised = new List<byte>(rest.Length + 3);
        bool space = removeExtra, begun = false;
        while (!rest.IsEmpty)
        {
            ReadOnlySpan<byte> part = Next(rest, out int consumed);
            rest = rest[consumed..];
            foreach (byte value in part)
            {
                if (value == ' ')
                {
                    if (space) continue;
                    space = removeExtra;
                    Begin();
                    normalised.AddRange(SpaceMark);
                }
                else
                {
                    space = false;
                    Begin();
                    normalised.Add(value);
                }
            }
        }
        if (removeExtra)
            while (System.Runtime.InteropServices.CollectionsMarshal.AsSpan(normalised).EndsWith(SpaceMark))
                normalised.RemoveRange(normalised.Count - SpaceMark.Length, SpaceMark.Length);
        return [.. normalised];

        void Begin()
        {
            if (!begun && prefix) normalised.AddRange(SpaceMark);
            begun = true;
        }
    }

    /// <summary>Bytes of the UTF-8 character that begins with a byte.</summary>
    public static int CharacterLength(byte first) => first switch { < 0xC0 => 1, < 0xE0 => 2, < 0xF0 => 3, _ => 4 };

    // The replacement of the longest beginning in the table, or the first character as it is.
    private ReadOnlySpan<byte> Next(ReadOnlySpan<byte> text, out int consumed)
    {
        consumed = 0;
        long found = -1;
        uint at = units.Length == 0 ? 0 : Offset(units[0]);
        for (int i = 0; i < text.Length; i++)
        {
            at ^= text[i];
            if (at >= units.Length) break;
            uint unit = units[at];
            if ((unit & 0x800000ff) != text[i]) break;
            at ^= Offset(unit);
            if ((unit & 0x100) == 0 || at >= units.Length) continue;
            (found, consumed) = (units[at] & 0x7fffffff, i + 1);
        }
        if (found >= 0 && found < replacements.Length)
        {
            ReadOnlySpan<byte> replacement = replacements.AsSpan((int)found);
            int end = replacement.IndexOf((byte)0);
            return end < 0 ? replacement : replacement[..end];
        }
        consumed = Math.Min(CharacterLength(text[0]), text.Length);
        return text[..consumed];
    }

    private static uint Offset(uint unit) => (unit >> 10) << (int)((unit & 0x200) >> 6);
}
