using LatentSharp.Service.Reporting;

namespace LatentSharp.Service.Finetuning;

/// <summary>Latents that belong to pictures of the same name: a.jpg, a.latent.safetensors.</summary>
internal sealed class PairedLatents
{
    private const string LatentWord = ".latent";

    private readonly string folder;
    private readonly Autoencoder autoencoder;
    private readonly Dictionary<string, string> files = new(StringComparer.Ordinal);

    /// <param name="folder">Where they lie, at the same place as the pictures do in theirs.</param>
    /// <param name="autoencoder">Whose decoder learns from them.</param>
    /// <exception cref="LatentSharpException">There is no such folder.</exception>
    public PairedLatents(string folder, Autoencoder autoencoder)
    {
        if (!Directory.Exists(folder))
            throw new LatentSharpException(ErrorKind.NotFound, folder, "there is no such folder of latents.", "Name the folder that `latent encode` wrote.");
        (this.folder, this.autoencoder) = (folder, autoencoder);
        foreach (string path in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            string name = Path.GetRelativePath(folder, path).Replace(Path.DirectorySeparatorChar, '/');
            string stem = name[..^Path.GetExtension(name).Length];
            if (stem.EndsWith(LatentWord, StringComparison.Ordinal)) stem = stem[..^LatentWord.Length];
            files.TryAdd(stem, path);
        }
    }

    /// <summary>The latent of a picture; null, and the picture is noted as unused, where there is none that fits.</summary>
    public Latent? Of(string name, ImageTensor picture, MeasuredPictures found)
    {
        string stem = name[..^Path.GetExtension(name).Length];
        if (!files.TryGetValue(name, out string? path) && !files.TryGetValue(stem, out path))
        {
            found.LeaveOut(name, $"there is no latent of that name in {folder}");
            return null;
        }
        Latent latent;
        try
        {
            latent = LatentFile.Load(path);
        }
        catch (LatentSharpException e)
        {
            found.LeaveOut(name, $"its latent {Path.GetFileName(path)} cannot be read: {e.What}");
            return null;
        }
        if (latent.Space != autoencoder.Space)
            throw new LatentSpaceMismatchException(path, autoencoder.Space, latent.Space, AutoencoderFamily.Fitting(latent.Space));
        int factor = autoencoder.Space.Factor;
        bool isOfSize = latent.Height == (picture.Height + factor - 1) / factor && latent.Width == (picture.Width + factor - 1) / factor;
        if (latent.Batch == 1 && isOfSize) return latent;
        found.LeaveOut(name, $"its latent {Path.GetFileName(path)} is of a picture of {latent.Width * factor} x {latent.Height * factor}, not of "
            + $"{picture.Width} x {picture.Height}");
        return null;
    }
}

/// <summary>Parts of latents.</summary>
internal static class LatentCut
{
    /// <summary>The part of a latent that belongs to a part of its picture, given in pixels on the grid of the latent.</summary>
    public static Latent Cut(this Latent latent, int factor, int top, int left, int height, int width)
    {
        (int y, int x, int rows, int columns) = (top / factor, left / factor, height / factor, width / factor);
        var values = new float[latent.Channels * rows * columns];
        for (int c = 0; c < latent.Channels; c++)
            for (int r = 0; r < rows; r++)
                latent.Plane(0, c).Slice((y + r) * latent.Width + x, columns).CopyTo(values.AsSpan((c * rows + r) * columns));
        return new Latent(latent.Space, values, 1, rows, columns);
    }
}
