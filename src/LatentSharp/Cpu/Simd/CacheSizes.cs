using System.Globalization;

namespace LatentSharp.Cpu.Simd;

/// <summary>
/// The second-level cache of a core, by which products are cut. Results do not depend on it: sums are taken in the same order whatever the
/// cut.
/// </summary>
internal static class CacheSizes
{
    /// <summary>The environment variable that takes the place of what the system says, in kilobytes, such as <c>512</c>.</summary>
    public const string EnvironmentVariable = "LATENTSHARP_L2";

    // What processors of today have at least, where the system does not say: the guess costs less when it is too small than too large.
    private const int Guess = 512 << 10, Least = 128, Most = 64 << 10;

    private const string Folder = "/sys/devices/system/cpu/cpu0/cache";

    private static readonly Lazy<int> Said = new(Find);

    /// <summary>Bytes.</summary>
    /// <exception cref="LatentSharpException">The variable holds no such number.</exception>
    public static int SecondLevel
    {
        get
        {
            string? text = Environment.GetEnvironmentVariable(EnvironmentVariable);
            if (string.IsNullOrEmpty(text)) return Said.Value;
            bool isNumber = int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int kilobytes);
            return isNumber && kilobytes is >= Least and <= Most ? kilobytes << 10
                : throw new LatentSharpException(ErrorKind.BadInput, EnvironmentVariable,
                    $"\"{text}\" is no size of a cache; expected kilobytes, {Least} to {Most}.", "Unset the variable to use what the system says.");
        }
    }

    // Linux describes each cache in a folder of its own; "512K".
    private static int Find()
    {
        try
        {
            foreach (string cache in Directory.Exists(Folder) ? Directory.EnumerateDirectories(Folder, "index*") : [])
            {
                if (Text("level") != "2" || Text("type") == "Instruction") continue;
                string size = Text("size");
                if (size.EndsWith('K') && int.TryParse(size[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out int kilobytes)
                    && kilobytes is >= Least and <= Most) return kilobytes << 10;

                string Text(string file) => File.ReadAllText(Path.Combine(cache, file)).Trim();
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Containers may hide it.
        }
        return Guess;
    }
}
