namespace LatentSharp.Service.Generating;

/// <summary>The words for a <see cref="Precision"/> on the command line and in records.</summary>
public static class PrecisionWords
{
    private static readonly Dictionary<string, Precision> Words = new(StringComparer.OrdinalIgnoreCase)
    {
        ["fp32"] = Precision.Float32, ["int8"] = Precision.Int8, ["fp16"] = Precision.Float16,
        ["fp32-fast"] = Precision.Float32Fast,
    };

    /// <summary>All of them.</summary>
    public static IReadOnlyCollection<string> All => Words.Keys;

    /// <summary>What a word means.</summary>
    /// <exception cref="LatentSharpException">There is no such word.</exception>
    public static Precision Of(string word) => Words.TryGetValue(word, out Precision precision) ? precision
        : throw new LatentSharpException(ErrorKind.Usage, "precision", $"\"{word}\" is no precision; there are {string.Join(", ", All)}.");

    /// <summary>The word for a precision.</summary>
    public static string Of(Precision precision) => Words.First(w => w.Value == precision).Key;
}
