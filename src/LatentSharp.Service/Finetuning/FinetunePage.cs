using LatentSharp.Quality.Reports;
using LatentSharp.Quality.Reports.Html;
using LatentSharp.Tuning;
using LatentSharp.Weights;

namespace LatentSharp.Service.Finetuning;

/// <summary>The page of a training: written anew after every measurement, complete each time.</summary>
internal sealed class FinetunePage
{
    private const int PictureQuality = 90, MostShown = 4;

    private readonly string path;
    private readonly TuningPage page;
    private readonly HeldBack heldBack;
    private readonly (ImageTensor Picture, string Address)[] before;

    private FinetunePage(string path, TuningPage page, HeldBack heldBack, Autoencoder original)
    {
        (this.path, this.page, this.heldBack) = (path, page, heldBack);
        before = [.. Enumerable.Range(0, Math.Min(MostShown, heldBack.Count)).Select(i =>
        {
            ImageTensor result = heldBack.Result(original, i, default);
            return (result, Address(result));
        })];
    }

    /// <summary>A page, or null where none is asked for.</summary>
    public static FinetunePage? Of(string? path, string name, TuningRequest request, int crop, HeldBack heldBack,
        Autoencoder original)
        => path is null ? null
            : new FinetunePage(path, new TuningPage(name, $"{request.Part}, {request.Loss}, squares of {crop}"), heldBack, original);

    /// <summary>Writes the page as the training stands.</summary>
    public void Write(FinetuneCourse course, Trainer trainer, CancellationToken cancellationToken)
    {
        TuningPoint[] points = [.. course.All.Select(m => new TuningPoint(m.Step, m.Loss, m.HeldBack.Psnr ?? 0, m.HeldBack.Ssim ?? 0,
            m.HeldBack.DeltaE ?? 0, m.IsBest))];
        TuningShot[] shots = [.. before.Select((b, i) =>
        {
            (string name, ImageTensor picture) = heldBack[i];
            ImageTensor now = heldBack.Result(trainer.Result, i, cancellationToken);
            return new TuningShot(name, Address(picture), b.Address, Address(PictureViews.ErrorMap(picture, b.Picture)), Address(now),
                Address(PictureViews.ErrorMap(picture, now)));
        })];
        byte[] text = System.Text.Encoding.UTF8.GetBytes(page.Write(points, shots));
        AtomicFile.Write(path, stream => stream.Write(text));
    }

    private static string Address(ImageTensor picture)
    {
        var options = new PictureSaveOptions { Quality = PictureQuality, EmbedProfile = false };
        return "data:image/webp;base64," + Convert.ToBase64String(PictureFile.Encode(picture, PictureFormat.WebP, options));
    }
}
