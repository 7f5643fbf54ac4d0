using System.Globalization;
using LatentSharp.Datasets.Preprocessing;
using LatentSharp.Latents.Trainers;
using LatentSharp.Tensors;
using LatentSharp.Weights.Files.Numpy;

namespace LatentSharp.Datasets.Formats;

/// <summary>
/// kohya's sd-scripts (<c>library/strategy_*.py</c>, 48d368f): <c>NAME_WWWWxHHHH_flux.npz</c> beside the picture, with the size of the
/// picture as it is stored.
/// </summary>
internal sealed class KohyaFormat : TrainerFormat
{
    /// <inheritdoc/>
    public override string Id => "kohya";

    /// <inheritdoc/>
    public override string UsualRule => "kohya";

    /// <inheritdoc/>
    public override ElementType UsualType => ElementType.F32;

    /// <inheritdoc/>
    public override IReadOnlyList<ElementType> Types => [ElementType.F32];

    /// <inheritdoc/>
    public override bool TurnsUpright => false;

    /// <inheritdoc/>
    public override bool TakesWholePictures => false;

    /// <inheritdoc/>
    public override bool NamesByStem => true;

    /// <inheritdoc/>
    public override bool KeepsPosterior => false;

    /// <inheritdoc/>
    public override bool TakesAlphaMask => true;

    /// <inheritdoc/>
    public override string ArchitectureOf(LatentSpace space, string? asked)
        => Choose(space, asked, TrainerModel.Kohya);

    /// <inheritdoc/>
    public override IReadOnlyList<TrainerFile> FilesOf(PictureLatent latent, FormatOptions options)
    {
        string architecture = ArchitectureOf(options.Space, options.Architecture);
        return [new TrainerFile(FileName(latent.Stem, latent.Placement.Picture, architecture),
            stream => NumpyArchive.Write(stream, Arrays(latent, architecture)))];
    }

    /// <inheritdoc/>
    public override PictureLatent Read(string name, Placement placement, IReadOnlyList<string> files, FormatOptions options)
    {
        string architecture = ArchitectureOf(options.Space, options.Architecture), path = files[0];
        Dictionary<string, NumpyArray> arrays = NumpyArchive.Read(path);
        (int height, int width) = Grid(placement, options.Space);
        string size = Suffix(height, width);
        Latent? Take(string key)
        {
            if (!arrays.TryGetValue(key + size, out NumpyArray? array)) return null;
            if (!array.Shape.AsSpan().SequenceEqual([options.Space.Channels, height, width]))
                throw Other(path, $"{key}{size} has the shape ({string.Join(", ", array.Shape)}); ({options.Space.Channels}, {height}, {width}) was expected.");
            return ToDiffusion(array.ToSingles(), architecture, options.Space, height, width, path);
        }
        return new PictureLatent(name, placement, Take("latents") ?? throw Other(path, $"there is no latents{size} in it."))
        {
            Mirrored = Take("latents_flipped"),
            AlphaMask = Mask(arrays, size, placement.Bucket, path),
        };
    }

    private static float[]? Mask(Dictionary<string, NumpyArray> arrays, string size, Extent bucket, string path)
    {
        if (!arrays.TryGetValue("alpha_mask" + size, out NumpyArray? array)) return null;
        if (!array.Shape.AsSpan().SequenceEqual([bucket.Height, bucket.Width]))
            throw Other(path, $"alpha_mask{size} has the shape ({string.Join(", ", array.Shape)}); ({bucket.Height}, {bucket.Width}) was expected.");
        return array.ToSingles();
    }

    /// <summary>The file's path for a picture's path without extension.</summary>
    public static string FileName(string stem, Extent picture, string architecture)
        => string.Create(CultureInfo.InvariantCulture, $"{stem}_{picture.Width:D4}x{picture.Height:D4}_{architecture}.npz");

    private static List<(string Key, NumpyArray Array)> Arrays(PictureLatent picture, string architecture)
    {
        Latent latent = picture.Latent;
        string size = Suffix(latent.Height, latent.Width);
        List<(string Key, NumpyArray Array)> arrays = [.. Keys(size)];
        // Older versions know SD and SDXL without the size, newer ones with it.
        if (architecture is "sd" or "sdxl") arrays.AddRange(Keys(""));
        return arrays;

        IEnumerable<(string, NumpyArray)> Keys(string suffix)
        {
            Extent original = picture.Placement.Picture;
            yield return ("latents" + suffix, ToFile(latent, architecture));
            yield return ("original_size" + suffix, NumpyArray.Of([(long)original.Width, original.Height]));
            yield return ("crop_ltrb" + suffix, NumpyArray.Of(picture.Placement.CropRectangle()));
            if (picture.Mirrored is { } mirrored) yield return ("latents_flipped" + suffix, ToFile(mirrored, architecture));
            Extent bucket = picture.Placement.Bucket;
            if (picture.AlphaMask is { } mask) yield return ("alpha_mask" + suffix, NumpyArray.Of(mask, bucket.Height, bucket.Width));
        }
    }

    private static string Suffix(int height, int width) => string.Create(CultureInfo.InvariantCulture, $"_{height}x{width}");

    private static bool IsUnscaled(string architecture) => TrainerModel.Kohya.Any(m => m.Architecture == architecture && m.IsUnscaled);

    private static NumpyArray ToFile(Latent latent, string architecture)
    {
        float[] values = latent.Values;
        if (IsUnscaled(architecture))
        {
            values = new float[values.Length];
            latent.Space.ToModel(latent.Values, values, latent.Height, latent.Width);
        }
        return NumpyArray.Of(values, latent.Channels, latent.Height, latent.Width);
    }

    private static Latent ToDiffusion(float[] values, string architecture, LatentSpace space, int height, int width, string path)
    {
        if (Array.Exists(values, v => !float.IsFinite(v))) throw Other(path, "the latent holds values that are no finite numbers.");
        float[] result = values;
        if (IsUnscaled(architecture))
        {
            result = new float[values.Length];
            space.ToDiffusion(values, result, height, width);
        }
        return new Latent(space, result, 1, height, width);
    }
}
