using System.Collections.Concurrent;
using LatentSharp.Datasets.Formats;
using LatentSharp.Datasets.Manifests;
using LatentSharp.Weights;
using LatentSharp.Weights.Identity;

namespace LatentSharp.Datasets;

/// <summary>Writes latents into the folder of a data set: a file is whole or absent. Several threads may write at once.</summary>
internal sealed class DatasetWriter(DatasetFolder folder)
{
    private readonly ConcurrentDictionary<string, bool> made = new(StringComparer.Ordinal);

    /// <summary>Writes the files of a picture.</summary>
    /// <exception cref="DatasetWriteException">Nothing can be written any more.</exception>
    /// <exception cref="LatentSharpException">The name would be too long.</exception>
    public IReadOnlyList<EntryFile> Write(PictureLatent latent, LatentSpace space)
        => [.. folder.Settings.TrainerFormat.FilesOf(latent, folder.Settings.Options(space)).Select(file => Write(latent, file))];

    private EntryFile Write(PictureLatent latent, TrainerFile file)
    {
        using var content = new MemoryStream();
        file.Write(content);
        string path = folder.FullPath(file.Name);
        try
        {
            string directory = Path.GetDirectoryName(path)!;
            // Known only once it is there: another thread may be about to write into it.
            if (!made.ContainsKey(directory)) Directory.CreateDirectory(directory);
            made[directory] = true;
            AtomicFile.Write(path, stream => content.WriteTo(stream));
        }
        catch (Exception e) when (e is PathTooLongException || e.InnerException is PathTooLongException)
        {
            throw new LatentSharpException(ErrorKind.BadInput, latent.Name,
                $"its latent would be called {file.Name}, which is too long for this disk.", "Give the picture a shorter name.", e);
        }
        catch (Exception e) when (e is LatentSharpException or IOException or UnauthorizedAccessException)
        {
            throw DatasetWriteException.Of(path, e);
        }
        return new EntryFile(file.Name, content.Length, Sha256.Of(content.GetBuffer().AsSpan(0, (int)content.Length)));
    }
}
