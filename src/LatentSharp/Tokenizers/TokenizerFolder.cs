namespace LatentSharp.Tokenizers;

/// <summary>Files of tokenizers in a folder, or in one of diffusers with a folder for each.</summary>
internal static class TokenizerFolder
{
    /// <summary>What diffusers calls the folder of CLIP's tokenizer.</summary>
    public const string Clip = "tokenizer";

    /// <summary>What diffusers calls the folder of T5's.</summary>
    public const string T5 = "tokenizer_2";

    /// <summary>The path of a file.</summary>
    /// <exception cref="LatentSharpException">It is in neither place.</exception>
    public static string Find(string folder, string diffusers, string file)
    {
        string[] places = [Path.Combine(folder, file), Path.Combine(folder, diffusers, file)];
        return places.FirstOrDefault(File.Exists)
            ?? throw new LatentSharpException(ErrorKind.NotFound, folder,
                $"{file} was looked for here and in the folder {diffusers} below; it is in neither.");
    }
}
