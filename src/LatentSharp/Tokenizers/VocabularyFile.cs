using LatentSharp.Weights;

namespace LatentSharp.Tokenizers;

/// <summary>Reads the small files that tokenizers are made from, with a limit, for a wrong file may be of any size.</summary>
internal static class VocabularyFile
{
    // The largest published vocabularies take 20 MB.
    private const long MaxBytes = 64 << 20;

    /// <summary>All of a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="what">What it should be: <c>a SentencePiece model (spiece.model)</c>.</param>
    /// <exception cref="LatentSharpException">It is not there, cannot be read, or is too large to be one.</exception>
    public static byte[] Read(string path, string what)
    {
        try
        {
            using FileStream stream = RegularFile.OpenRead(path);
            if (stream.Length > MaxBytes)
                throw new LatentSharpException(ErrorKind.BadInput, path, $"{what} was expected; a file of {stream.Length / 1e6:0} MB is too large to be one.");
            var bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            return bytes;
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new LatentSharpException(ErrorKind.NotFound, path, $"{what} was expected; there is no such file.", inner: error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new LatentSharpException(ErrorKind.BadInput, path, $"{what} cannot be read: {error.Message}", inner: error);
        }
    }
}
