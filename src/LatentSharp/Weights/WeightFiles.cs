using LatentSharp.Errors;

namespace LatentSharp.Weights;

/// <summary>Opens weight files of every format that is understood.</summary>
public static class WeightFiles
{
    /// <summary>Opens a file by what it contains, not by its extension.</summary>
    /// <exception cref="LatentSharpException">There is no such file, or it is not one that can be read; the message says what it looks like and which rule it breaks.</exception>
    public static WeightFile Open(string path) => SafetensorsFile.Open(path);
}
