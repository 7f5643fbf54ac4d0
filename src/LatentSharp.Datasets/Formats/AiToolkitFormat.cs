using System.Buffers.Text;
using System.Globalization;
using System.Text;
using LatentSharp.Datasets.Preprocessing;
using LatentSharp.Latents;
using LatentSharp.Latents.Trainers;
using LatentSharp.Tensors;
using LatentSharp.Weights;
using LatentSharp.Weights.Files;

namespace LatentSharp.Datasets.Formats;

/// <summary>
/// ai-toolkit (<c>toolkit/dataloader_mixins.py</c>, 27a03a9): <c>_latent_cache/NAME_HASH.safetensors</c> beside the picture, where the hash
/// is that of the file's name, its sizes and the latent space.
/// </summary>
internal sealed class AiToolkitFormat : TrainerFormat
{
    private const string Tensor = "latent", Folder = "_latent_cache/", LatentVersion = "1";

    // The version of ai-toolkit whose files these are.
    private const string Software = """{"name": "ai-toolkit", "repo": "https://github.com/ostris/ai-toolkit", "version": "0.12.26"}""";

    /// <inheritdoc/>
    public override string Id => "ai-toolkit";

    /// <inheritdoc/>
    public override string UsualRule => "ai-toolkit";

    /// <inheritdoc/>
    public override ElementType UsualType => ElementType.BF16;

    /// <inheritdoc/>
    public override IReadOnlyList<ElementType> Types => [ElementType.BF16, ElementType.F16, ElementType.F32];

    /// <inheritdoc/>
    public override bool TurnsUpright => true;

    /// <inheritdoc/>
    public override bool TakesWholePictures => false;

    /// <inheritdoc/>
    public override bool NamesByStem => false;

    /// <inheritdoc/>
    public override bool KeepsPosterior => false;

    /// <summary>Sides of buckets are multiples of this for a <c>latent_space_version</c>.</summary>
    public static int Divisor(string architecture) => architecture is "flux1" or "sd3" or "qwen_image" or "chroma" ? 32 : 16;

    /// <inheritdoc/>
    public override string ArchitectureOf(LatentSpace space, string? asked) => Choose(space, asked, TrainerModel.AiToolkit);

    /// <inheritdoc/>
    public override IReadOnlyList<TrainerFile> FilesOf(PictureLatent latent, FormatOptions options)
    {
        string space = ArchitectureOf(options.Space, options.Architecture);
        var files = new List<TrainerFile> { FileOf(latent, latent.Latent, mirrored: false) };
        if (latent.Mirrored is { } mirrored) files.Add(FileOf(latent, mirrored, mirrored: true));
        return files;

        TrainerFile FileOf(PictureLatent picture, Latent values, bool mirrored)
        {
            List<(string Key, string Json)> facts = Facts(picture.FileName, picture.Placement, space, mirrored);
            return new TrainerFile(FileName(picture.Name, facts), stream =>
            {
                var shape = new Shape(values.Channels, values.Height, values.Width);
                var weights = new MemoryWeights(Tensor);
                weights.Add(Tensor, values.Values, shape.Dimensions.AsSpan());
                // Every fact as text: what is text already stays as it is.
                Dictionary<string, string> metadata = facts.ToDictionary(f => f.Key, f => f.Json, StringComparer.Ordinal);
                (metadata["filename"], metadata["latent_space_version"]) = (picture.FileName, space);
                (metadata["software"], metadata["format"]) = (Software, "pt");
                SafetensorsEntry entry = SafetensorsEntry.Convert(weights, weights.Tensors[Tensor], Tensor, shape, options.Type);
                SafetensorsWriter.Write(stream, [entry], metadata);
            });
        }
    }

    /// <inheritdoc/>
    public override PictureLatent Read(string name, Placement placement, IReadOnlyList<string> files, FormatOptions options)
        => new(name, placement, ReadFile(files[0], placement, options))
        {
            Mirrored = files.Count > 1 ? ReadFile(files[1], placement, options) : null,
        };

    /// <summary>The file's path for a picture's path.</summary>
    /// <param name="name">The picture's path, with slashes.</param>
    /// <param name="facts">What the hash is taken of: keys and their JSON.</param>
    public static string FileName(string name, IEnumerable<(string Key, string Json)> facts)
    {
        int folder = name.LastIndexOf('/') + 1;
        byte[] hash = Md5.Of(Encoding.UTF8.GetBytes(Text(facts)));
        return $"{name[..folder]}{Folder}{Path.GetFileNameWithoutExtension(name[folder..])}_{Base64Url.EncodeToString(hash)}.safetensors";
    }

    /// <summary>What Python's <c>json.dumps(facts, sort_keys=True)</c> gives.</summary>
    public static string Text(IEnumerable<(string Key, string Json)> facts)
        => "{" + string.Join(", ", facts.OrderBy(f => f.Key, StringComparer.Ordinal).Select(f => $"\"{f.Key}\": {f.Json}")) + "}";

    /// <summary>What decides a file's name.</summary>
    public static List<(string Key, string Json)> Facts(string fileName, Placement placement, string space, bool mirrored)
    {
        List<(string, string)> facts =
        [
            ("filename", PythonText(fileName)), ("scale_to_width", Number(placement.Resized.Width)),
            ("scale_to_height", Number(placement.Resized.Height)), ("crop_x", Number(placement.Left)), ("crop_y", Number(placement.Top)),
            ("crop_width", Number(placement.Bucket.Width)), ("crop_height", Number(placement.Bucket.Height)),
            ("latent_space_version", PythonText(space)), ("latent_version", LatentVersion),
        ];
        if (mirrored) facts.Add(("flip_x", "true"));
        return facts;

        static string Number(int n) => n.ToString(CultureInfo.InvariantCulture);
    }

    // A string as json.dumps writes it: everything outside ASCII by its code in four digits, surrogate pairs as two, control characters
    // escaped, 0x7f as it is.
    private static string PythonText(string text)
    {
        var json = new StringBuilder("\"");
        foreach (char c in text)
        {
            json.Append(c switch
            {
                '"' => "\\\"",
                '\\' => @"\\",
                '\n' => "\\n",
                '\r' => "\\r",
                '\t' => "\\t",
                '\b' => "\\b",
                '\f' => "\\f",
                < ' ' or > '\u007f' => string.Create(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                _ => c.ToString(),
            });
        }
        return json.Append('"').ToString();
    }

    private static Latent ReadFile(string path, Placement placement, FormatOptions options)
    {
        using SafetensorsFile file = SafetensorsFile.Open(path);
        (int height, int width) = Grid(placement, options.Space);
        var shape = new Shape(options.Space.Channels, height, width);
        if (!file.Tensors.TryGetValue(Tensor, out TensorInfo? tensor) || tensor.Shape != shape)
            throw Other(path, $"a tensor {Tensor} {shape} was expected; found {tensor?.Shape.ToString() ?? "none"}.");
        return new Latent(options.Space, TensorFileReader.Values(file, tensor, allowNonFinite: false, []), 1, height, width);
    }
}
