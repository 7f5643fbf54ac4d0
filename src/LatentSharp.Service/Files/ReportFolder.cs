using LatentSharp.Quality.Reports;
using LatentSharp.Weights;

namespace LatentSharp.Service.Files;

/// <summary>
/// The folder that a report is written into. Finished parts and pictures lie in a folder <c>.parts</c> within it until the report is
/// complete, so that a run that was killed goes on where it was.
/// </summary>
internal sealed class ReportFolder : IReportStore, IDisposable
{
    private const int PictureQuality = 90;

    private readonly string parts;
    private readonly FileStream held;

    /// <summary>Opens or makes the folder, for one run at a time.</summary>
    /// <exception cref="LatentSharpException">The folder cannot be made, or another run writes into it.</exception>
    internal ReportFolder(string path)
    {
        OutputFiles.MakeFolder(path);
        Path = path;
        parts = System.IO.Path.Combine(path, ".parts");
        OutputFiles.MakeFolder(parts);
        try
        {
            held = new FileStream(System.IO.Path.Combine(parts, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e)
        {
            throw new LatentSharpException(ErrorKind.BadInput, path, "another run is writing a report into this folder.",
                "Wait for it, or name another folder.", e);
        }
    }

    internal string Path { get; }

    public string? Read(string key) => File.Exists(PartOf(key)) ? File.ReadAllText(PartOf(key)) : null;

    public void Write(string key, string json) => WriteWhole(PartOf(key), json);

    public void WritePicture(string key, ImageTensor picture)
        => PictureFile.Save(PictureOf(key), picture, new PictureSaveOptions { Quality = PictureQuality, EmbedProfile = false });

    /// <summary>A picture as a data URI; empty when there is none.</summary>
    internal string DataUri(string key)
        => File.Exists(PictureOf(key)) ? "data:image/webp;base64," + Convert.ToBase64String(File.ReadAllBytes(PictureOf(key))) : "";

    /// <summary>Writes a result file that is complete or absent.</summary>
    internal string Finish(string name, string text)
    {
        string path = System.IO.Path.Combine(Path, name);
        WriteWhole(path, text);
        return path;
    }

    /// <summary>Removes what was kept for going on.</summary>
    internal void Clean()
    {
        held.Dispose();
        Directory.Delete(parts, recursive: true);
    }

    public void Dispose() => held.Dispose();

    private static void WriteWhole(string path, string text)
        => AtomicFile.Write(path, stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(text)));

    private string PartOf(string key) => System.IO.Path.Combine(parts, key + ".json");

    private string PictureOf(string key) => System.IO.Path.Combine(parts, key + ".webp");
}
