using LatentSharp.Quality.Reports;
using LatentSharp.Service.Files;

namespace LatentSharp.Service.Reporting;

/// <summary>A picture that could not be used.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Reason">Why.</param>
public sealed record UnusedPicture(string Name, string Reason);

/// <summary>The pictures that something is measured with, and what was left out.</summary>
internal sealed class MeasuredPictures : IDisposable
{
    private const int NamesShown = 5;

    private readonly InputFiles inputs;
    private readonly List<UnusedPicture> unused = [];
    private readonly List<string> notes = [];

    private MeasuredPictures(InputFiles inputs) => this.inputs = inputs;

    /// <summary>The pictures, which are read when they are needed.</summary>
    internal IReadOnlyList<ReportPicture> All
        => [.. inputs.All.Select(i => new ReportPicture(Name(i), () => PictureFile.Load(i.Path).Image))];

    /// <summary>Those that could not be read.</summary>
    internal IReadOnlyList<UnusedPicture> Unused => unused;

    /// <summary>What was left out for another reason.</summary>
    internal List<string> Notes => notes;

    /// <summary>Finds the pictures of a request.</summary>
    /// <exception cref="LatentSharpException">There are none.</exception>
    internal static MeasuredPictures Find(InputSelection selection)
    {
        var pictures = new MeasuredPictures(InputFiles.Find(selection, InputKind.Pictures));
        string[] others = [.. pictures.inputs.Others];
        if (others.Length > 0)
            pictures.notes.Add(
                $"{others.Length} file{(others.Length == 1 ? " is no picture and was" : "s are no pictures and were")} left out: "
                    + $"{string.Join(", ", others.Take(NamesShown))}{(others.Length > NamesShown ? " …" : "")}");
        return pictures;
    }

    /// <summary>The pictures that can be read to the end; the others are noted as unused.</summary>
    internal List<(string Name, ImageTensor Image)> Load(CancellationToken cancellationToken)
    {
        List<(string, ImageTensor)> loaded = [];
        foreach (ReportPicture picture in All)
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                loaded.Add((picture.Name, picture.Load()));
            }
            catch (LatentSharpException e)
            {
                unused.Add(new UnusedPicture(picture.Name, e.What));
            }
        }
        return loaded;
    }

    public void Dispose() => inputs.Dispose();

    private static string Name(InputFile input) => input.Relative.Replace(Path.DirectorySeparatorChar, '/');
}
