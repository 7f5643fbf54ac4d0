using System.Globalization;
using LatentSharp.Datasets.Preprocessing;
using LatentSharp.Latents;
using LatentSharp.Latents.Trainers;
using LatentSharp.Tensors;
using LatentSharp.Weights;
using LatentSharp.Weights.Files;

namespace LatentSharp.Datasets.Formats;

/// <summary>
/// musubi-tuner (<c>dataset/image_video_dataset.py</c>, 30c658c): <c>NAME_WWWWxHHHH_ARCH.safetensors</c> in its cache folder, with the
/// size of the picture as it is stored. Its text cache has to be made besides.
/// </summary>
internal sealed class MusubiFormat : TrainerFormat
{
    private const string FormatVersion = "1.0.1";

    // FLUX.1 Kontext is not written: it trains on pairs of pictures.
    private static IEnumerable<TrainerModel> Models => TrainerModel.Musubi.Where(m => m.Architecture is not ("fk" or "qil"));

    /// <inheritdoc/>
    public override string Id => "musubi";

    /// <inheritdoc/>
    public override string UsualRule => "musubi";

    /// <inheritdoc/>
    public override ElementType UsualType => ElementType.F32;

    /// <inheritdoc/>
    public override IReadOnlyList<ElementType> Types => [ElementType.F32, ElementType.BF16, ElementType.F16];

    /// <inheritdoc/>
    public override bool TurnsUpright => false;

    /// <inheritdoc/>
    public override bool TakesWholePictures => false;

    /// <inheritdoc/>
    public override bool NamesByStem => true;

    /// <inheritdoc/>
    public override bool KeepsPosterior => false;

    /// <inheritdoc/>
    public override bool TakesMirrored => false;

    /// <inheritdoc/>
    public override string ArchitectureOf(LatentSpace space, string? asked)
        => Choose(space, asked, Models);

    /// <inheritdoc/>
    public override IReadOnlyList<TrainerFile> FilesOf(PictureLatent latent, FormatOptions options)
    {
        string architecture = ArchitectureOf(options.Space, options.Architecture);
        Extent picture = latent.Placement.Picture;
        string name = string.Create(CultureInfo.InvariantCulture,
            $"{latent.Stem}_{picture.Width:D4}x{picture.Height:D4}_{architecture}.safetensors");
        return [new TrainerFile(name, stream => Write(stream, latent, architecture, options.Type))];
    }

    /// <inheritdoc/>
    public override PictureLatent Read(string name, Placement placement, IReadOnlyList<string> files, FormatOptions options)
    {
        string architecture = ArchitectureOf(options.Space, options.Architecture), path = files[0];
        using SafetensorsFile file = SafetensorsFile.Open(path);
        (int height, int width) = Grid(placement, options.Space);
        string key = Key(architecture, height, width, options.Type);
        Shape shape = ShapeOf(architecture, options.Space.Channels, height, width);
        if (!file.Tensors.TryGetValue(key, out TensorInfo? tensor) || tensor.Shape != shape)
            throw Other(path, $"a tensor {key} {shape} was expected; found {tensor?.Shape.ToString() ?? "none"}.");
        float[] values = TensorFileReader.Values(file, tensor, allowNonFinite: false, []), result = values;
        if (Model(architecture).IsUnscaled)
        {
            result = new float[values.Length];
            options.Space.ToDiffusion(values, result, height, width);
        }
        return new PictureLatent(name, placement, new Latent(options.Space, result, 1, height, width));
    }

    private static void Write(Stream stream, PictureLatent picture, string architecture, ElementType type)
    {
        Latent latent = picture.Latent;
        float[] values = latent.Values;
        if (Model(architecture).IsUnscaled)
        {
            values = new float[values.Length];
            latent.Space.ToModel(latent.Values, values, latent.Height, latent.Width);
        }
        string key = Key(architecture, latent.Height, latent.Width, type);
        Shape shape = ShapeOf(architecture, latent.Channels, latent.Height, latent.Width);
        var weights = new MemoryWeights(key);
        weights.Add(key, values, shape.Dimensions.AsSpan());
        var metadata = new Dictionary<string, string>
        {
            ["architecture"] = Model(architecture).FullName, ["format_version"] = FormatVersion,
            ["width"] = picture.Placement.Picture.Width.ToString(CultureInfo.InvariantCulture),
            ["height"] = picture.Placement.Picture.Height.ToString(CultureInfo.InvariantCulture),
        };
        SafetensorsWriter.Write(stream, [SafetensorsEntry.Convert(weights, weights.Tensors[key], key, shape, type)], metadata);
    }

    private static TrainerModel Model(string architecture) => Models.First(m => m.Architecture == architecture);

    private static string Key(string architecture, int height, int width, ElementType type)
    {
        string torch = type switch { ElementType.BF16 => "bfloat16", ElementType.F16 => "float16", _ => "float32" };
        return string.Create(CultureInfo.InvariantCulture, $"latents_{(Model(architecture).CountsFrames ? "1x" : "")}{height}x{width}_{torch}");
    }

    // Qwen-Image keeps the dimension of its one frame.
    private static Shape ShapeOf(string architecture, int channels, int height, int width)
        => architecture == "qi" ? new Shape(channels, 1, height, width) : new Shape(channels, height, width);
}
