using System.IO.Enumeration;

namespace LatentSharp.Imaging;

/// <summary>
/// The pictures of a folder, for encoding data sets and for reports: in the ordinal order of their names, the same on every system. Nothing
/// is passed over in silence: each file is a picture, an unreadable picture, or something else, and stands in one of three lists. Hidden
/// files are the exception.
/// </summary>
public sealed class PictureFolder
{
    private readonly PictureOptions options;

    private PictureFolder(string path, PictureOptions options, List<PictureFolderEntry> pictures, List<UnreadablePicture> unreadable,
        List<string> others)
        => (Path, this.options, Pictures, Unreadable, Others) = (path, options, pictures, unreadable, others);

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>The pictures whose headers could be read.</summary>
    public IReadOnlyList<PictureFolderEntry> Pictures { get; }

    /// <summary>Files that should be pictures but cannot be read.</summary>
    public IReadOnlyList<UnreadablePicture> Unreadable { get; }

    /// <summary>Names of files that are no pictures: captions, lists, latents.</summary>
    public IReadOnlyList<string> Others { get; }

    /// <summary>Lists a folder. Only headers are read; a picture that is damaged further on shows when it is read.</summary>
    /// <exception cref="LatentSharpException">There is no such folder, or it may not be read.</exception>
    public static PictureFolder Open(string path, PictureFolderOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        options ??= new PictureFolderOptions();
        if (File.Exists(path))
            throw new LatentSharpException(ErrorKind.BadInput, path, "a folder of pictures was expected, but this is a file.",
                "Name the folder that it lies in.");
        if (!Directory.Exists(path))
            throw new LatentSharpException(ErrorKind.NotFound, path, "there is no such folder.", $"Looked at {System.IO.Path.GetFullPath(path)}.");
        var pictures = new List<PictureFolderEntry>();
        var unreadable = new List<UnreadablePicture>();
        var others = new List<string>();
        foreach ((string name, string file) in Files(path, options.Recursive))
        {
            try
            {
                if (PictureFormat.FromExtension(file) is null && !PictureSignature.IsPicture(PictureSource.ReadHead(file, out _)))
                    others.Add(name);
                else pictures.Add(new PictureFolderEntry(name, file, PictureFile.Inspect(file)));
            }
            catch (LatentSharpException e)
            {
                unreadable.Add(new UnreadablePicture(name, e));
            }
        }
        return new PictureFolder(path, options.Picture, pictures, unreadable, others);
    }

    /// <summary>Reads the pictures in order. While the caller works on one, the next is decoded; at most two are in memory.</summary>
    /// <param name="cancellationToken">Ends the reading between two pictures.</param>
    /// <returns>One outcome for each entry of <see cref="Pictures"/>; damaged pictures come with their problem and do not end the
    /// reading.</returns>
    /// <exception cref="OperationCanceledException">The reading was cancelled.</exception>
    public IEnumerable<PictureReading> Read(CancellationToken cancellationToken = default)
    {
        Task<PictureReading>? next = Start(0);
        for (int i = 0; next is not null; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            PictureReading reading = next.GetAwaiter().GetResult();
            next = Start(i + 1);
            yield return reading;
        }
    }

    private Task<PictureReading>? Start(int index)
    {
        if (index >= Pictures.Count) return null;
        PictureFolderEntry entry = Pictures[index];
        return Task.Run(() =>
        {
            try
            {
                return new PictureReading(entry, PictureFile.Load(entry.Path, options), null);
            }
            catch (LatentSharpException e)
            {
                return new PictureReading(entry, null, e);
            }
        });
    }

    private static List<(string Name, string Path)> Files(string folder, bool recursive)
    {
        try
        {
            var found = new FileSystemEnumerable<(string Name, string Path)>(folder, (ref FileSystemEntry e) =>
            {
                string full = e.ToSpecifiedFullPath();
                return (System.IO.Path.GetRelativePath(folder, full).Replace('\\', '/'), full);
            }, new EnumerationOptions { RecurseSubdirectories = recursive, IgnoreInaccessible = false })
            {
                ShouldIncludePredicate = (ref FileSystemEntry e) => !e.IsDirectory,
                ShouldRecursePredicate = (ref FileSystemEntry e) => !e.Attributes.HasFlag(FileAttributes.ReparsePoint),
            }.ToList();
            found.Sort((a, b) => string.CompareOrdinal(a.Name, b.Name));
            return found;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new LatentSharpException(ErrorKind.BadInput, folder,
                $"the folder could not be listed: {Native.Text.FirstLine(e.Message)}", "Check its permissions.", e);
        }
    }
}
