using LatentSharp.Quality.Findings;
using LatentSharp.Quality.Reports;
using LatentSharp.Quality.Reports.Html;
using LatentSharp.Service.Files;

namespace LatentSharp.Service.Diagnosing;

/// <summary>Writes a diagnosis into a folder as a page and as data.</summary>
internal static class DiagnosisFolder
{
    /// <summary>Writes <c>diagnose.html</c>, which needs no other file, and gives its path.</summary>
    /// <param name="path">The folder, which is made where it is missing.</param>
    /// <param name="diagnosis">What was found.</param>
    /// <param name="input">What it was found in.</param>
    /// <param name="title">What the picture or latent is called.</param>
    /// <exception cref="LatentSharpException">The folder or the page cannot be written.</exception>
    public static string Write(string path, Diagnosis diagnosis, DiagnosisInput input, string title)
    {
        using ReportFolder folder = new(path);
        if (input.Picture is { } picture)
        {
            folder.WritePicture("picture", picture);
            if (input.Reference is { } reference)
            {
                folder.WritePicture("reference", reference);
                folder.WritePicture("error", PictureViews.ErrorMap(reference, picture));
            }
        }
        if (input.Latent is { } latent) folder.WritePicture("latent", PictureViews.ChannelSheet(latent));
        string page = folder.Finish("diagnose.html", DiagnosisPage.Write(diagnosis, input, title, folder.DataUri));
        folder.Clean();
        return page;
    }
}
