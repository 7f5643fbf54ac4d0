using LatentSharp.Quality.Calibration;
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
    private readonly Lazy<Dictionary<string, string>> paths;

    private MeasuredPictures(InputFiles inputs)
    {
        this.inputs = inputs;
        paths = new(() => inputs.All.DistinctBy(Name).ToDictionary(Name, i => i.Path));
    }

    /// <summary>The pictures, which are read when they are needed.</summary>
    internal IReadOnlyList<ReportPicture> All
        => [.. inputs.All.Select(i => new ReportPicture(Name(i), () => PictureFile.Load(i.Path).Image))];

    /// <summary>Where a picture lies.</summary>
    internal string PathOf(string name) => paths.Value[name];

    /// <summary>Those that could not be read.</summary>
    internal IReadOnlyList<UnusedPicture> Unused => unused;

    /// <summary>How many showed the same as another (see <see cref="Distinct"/>).</summary>
    internal int Copies { get; private set; }

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
        => [.. Each(cancellationToken).Select(p => (p.Picture.Name, p.Image))];

    /// <summary>The same one after the other, so that not all are in memory, with the way to read each again.</summary>
    internal IEnumerable<(ReportPicture Picture, ImageTensor Image)> Each(CancellationToken cancellationToken)
    {
        foreach (ReportPicture picture in All)
        {
            cancellationToken.ThrowIfCancellationRequested();
            ImageTensor image;
            try
            {
                image = picture.Load();
            }
            catch (LatentSharpException e)
            {
                LeaveOut(picture.Name, e.What);
                continue;
            }
            yield return (picture, image);
        }
    }

    /// <summary>
    /// The same without those that show what an earlier one shows: where some pictures are to prove what was learned from others.
    /// </summary>
    internal IEnumerable<(ReportPicture Picture, ImageTensor Image)> Distinct(CancellationToken cancellationToken)
    {
        var distinct = new DistinctPictures();
        List<string> copies = [];
        foreach ((ReportPicture picture, ImageTensor image) in Each(cancellationToken))
        {
            if (distinct.Add(picture.Name, image) is { } earlier) copies.Add($"{picture.Name} (as {earlier})");
            else yield return (picture, image);
        }
        if ((Copies = copies.Count) > 0)
            notes.Add($"{(copies.Count == 1 ? "1 picture shows" : $"{copies.Count} pictures show")} the same as another and "
                + $"{(copies.Count == 1 ? "was" : "were")} left out: {string.Join(", ", copies.Take(NamesShown))}{(copies.Count > NamesShown ? " …" : "")}");
    }

    /// <summary>Notes that a picture is not used.</summary>
    internal void LeaveOut(string name, string reason) => unused.Add(new UnusedPicture(name, reason));

    public void Dispose() => inputs.Dispose();

    private static string Name(InputFile input) => input.Relative.Replace(Path.DirectorySeparatorChar, '/');
}
