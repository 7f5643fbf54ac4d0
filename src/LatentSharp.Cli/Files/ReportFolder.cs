using LatentSharp.Imaging;
using LatentSharp.Quality.Reports;

namespace LatentSharp.Cli.Files;

/// <summary>
/// The folder that a report is written into. Finished parts and pictures lie in a folder <c>.parts</c> within it until the report is complete, so that a run that was
/// killed goes on where it was.
/// </summary>
internal sealed class ReportFolder : IReportStore
{
    private readonly string parts;

    internal ReportFolder(string path)
    {
        OutputFiles.MakeFolder(path);
        Path = path;
        parts = System.IO.Path.Combine(path, ".parts");
        OutputFiles.MakeFolder(parts);
    }

    internal string Path { get; }

    public string? Read(string key) => File.Exists(PartOf(key)) ? File.ReadAllText(PartOf(key)) : null;

    public void Write(string key, string json) => WriteWhole(PartOf(key), json);

    public void WritePicture(string key, ImageTensor picture) => PictureFile.Save(PictureOf(key), picture, new PictureSaveOptions { Quality = 90, EmbedProfile = false });

    /// <summary>A picture as a data URI; empty when there is none.</summary>
    internal string DataUri(string key) => File.Exists(PictureOf(key)) ? "data:image/webp;base64," + Convert.ToBase64String(File.ReadAllBytes(PictureOf(key))) : "";

    /// <summary>Writes a result file that is complete or absent.</summary>
    internal string Finish(string name, string text)
    {
        string path = System.IO.Path.Combine(Path, name);
        WriteWhole(path, text);
        return path;
    }

    /// <summary>Removes what was kept for going on.</summary>
    internal void Clean() => Directory.Delete(parts, recursive: true);

    /// <summary>The pictures of a folder for a report, and those that cannot be read.</summary>
    internal static (List<ReportPicture> Pictures, List<Quality.Reports.UnreadablePicture> Unreadable) Pictures(string folder, Output report)
    {
        PictureFolder found = PictureFolder.Open(folder);
        if (found.Others.Count > 0) report.Note($"{found.Others.Count} file(s) in {folder} are no pictures and were left out: {string.Join(", ", found.Others.Take(5))}{(found.Others.Count > 5 ? " …" : "")}");
        if (found.Pictures.Count + found.Unreadable.Count == 0)
            throw new LatentSharpException(ErrorKind.BadInput, folder, $"there are no pictures in this folder ({(found.Others.Count == 0 ? "it is empty" : $"{found.Others.Count} other file(s)")}).", "Name a folder with PNG, JPEG, WebP, TIFF, AVIF or GIF files.");
        return ([.. found.Pictures.Select(p => new ReportPicture(p.Name, () => PictureFile.Load(p.Path).Image))], [.. found.Unreadable.Select(u => new Quality.Reports.UnreadablePicture(u.Name, u.Problem.What))]);
    }

    /// <summary>The pictures that can be read to the end; the others join <paramref name="unreadable"/>.</summary>
    internal static List<(string Name, ImageTensor Image)> Load(IEnumerable<ReportPicture> pictures, List<Quality.Reports.UnreadablePicture> unreadable)
    {
        List<(string, ImageTensor)> loaded = [];
        foreach (ReportPicture picture in pictures)
        {
            try
            {
                loaded.Add((picture.Name, picture.Load()));
            }
            catch (LatentSharpException e)
            {
                unreadable.Add(new Quality.Reports.UnreadablePicture(picture.Name, e.What));
            }
        }
        return loaded;
    }

    /// <summary>After the work is done: an error, so that the exit code tells, when some pictures could not be used.</summary>
    internal static void RequireAll(IReadOnlyList<Quality.Reports.UnreadablePicture> unreadable, string folder, int used)
    {
        if (unreadable.Count > 0)
            throw new LatentSharpException(ErrorKind.BadInput, folder, $"{unreadable.Count} picture(s) could not be used ({string.Join("; ", unreadable.Select(u => $"{u.Name}: {u.Reason.TrimEnd('.')}"))}). The result was written from the other {used}.");
    }

    private static void WriteWhole(string path, string text)
    {
        string temporary = path + ".tmp";
        File.WriteAllText(temporary, text);
        File.Move(temporary, path, overwrite: true);
    }

    private string PartOf(string key) => System.IO.Path.Combine(parts, key + ".json");

    private string PictureOf(string key) => System.IO.Path.Combine(parts, key + ".webp");
}
