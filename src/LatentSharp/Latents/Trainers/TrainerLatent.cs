using System.Text.RegularExpressions;
using LatentSharp.Weights;
using LatentSharp.Weights.Files.Numpy;

namespace LatentSharp.Latents.Trainers;

/// <summary>
/// Latents in the caches of trainers: kohya's archives (<c>latents</c>, <c>latents_HxW</c>; in archives of NumPy) and musubi-tuner's files
/// (<c>latents_FxHxW_TYPE</c>). Which model they are for stands in the metadata or at the end of the file's name; that decides the space
/// and whether scale and shift were applied.
/// </summary>
internal static partial class TrainerLatent
{
    // What trainers keep beside a latent: sizes, masks, the picture in a mirror.
    private static readonly string[] Companions = ["original_size", "crop_ltrb", "alpha_mask", "latents_flipped"];

    /// <summary>Whether an open file is a trainer's cache of a picture.</summary>
    public static bool Is(WeightSource file) => Names(file).Any();

    /// <summary>Reads the latent; of several sizes the largest.</summary>
    /// <exception cref="LatentSharpException">It is a video's, of another shape than its model has, or not finite.</exception>
    public static LatentFileContent Read(WeightSource file, LatentFileOptions options)
    {
        List<string> notes = [];
        TensorInfo[] found = [.. Names(file).OrderByDescending(t => t.Shape.ElementCount).ThenByDescending(t => t.Name.Length)];
        TensorInfo tensor = found[0];
        if (Array.Find(found, t => t.Shape != tensor.Shape) is { } other)
            notes.Add($"the file holds latents of several sizes; {tensor.Name} was read, {other.Name} was not");
        string[] left = [.. file.Tensors.Keys.Where(k => !Companions.Any(c => k.StartsWith(c, StringComparison.Ordinal))
            && !Array.Exists(found, t => t.Name == k)).Order(StringComparer.Ordinal)];
        if (left.Length > 0) notes.Add($"left out: {string.Join(", ", left.Take(4))}{(left.Length > 4 ? ", ..." : "")}");
        bool kohya = file is NumpyFile;
        LatentTensor values = LatentTensor.Read(file, tensor, options, notes, singleFrame: true);
        (TrainerModel? model, string? word) = ModelOf(file, kohya, values.Channels, notes);
        Dictionary<string, string> provenance = new() { [LatentProvenance.Tool] = kohya ? "kohya's sd-scripts" : "musubi-tuner" };
        if (model is null)
        {
            (Latent unnamed, bool stated) = UnnamedLatent.Of(file, values, options, ValueScale.Unknown, notes);
            return Content(new Latent(unnamed.Space, unnamed.Values, unnamed.Batch, unnamed.Height, unnamed.Width)
            { Provenance = provenance }, stated);
        }
        if (model.Space.Channels != values.Channels)
            throw new LatentSharpException(ErrorKind.BadInput, file.Name,
                $"it is said to be for {word}, whose latents have {model.Space.Channels} channels; {tensor.Name} {tensor.Shape} has {values.Channels}.",
                "The file was renamed or is damaged; encode the picture again.");
        if (model.IsUnscaled)
        {
            notes.Add($"kept without the scale and shift of {model.Space.Title}, as the trainer does for {word}; they were applied");
            values = values.Scaled(model.Space);
        }
        return Content(new Latent(model.Space, values.Values, values.Batch, values.Height, values.Width) { Provenance = provenance }, true);

        LatentFileContent Content(Latent latent, bool stated) => new(latent, LatentFileKind.Trainer, stated, notes)
        {
            TensorName = tensor.Name, IsRearranged = true,
        };
    }

    private static IEnumerable<TensorInfo> Names(WeightSource file)
        => file.Tensors.Values.Where(t => file is NumpyFile ? Kohya().IsMatch(t.Name) : Musubi().IsMatch(t.Name));

    // By its whole word; else by the beginning of one, where the channels leave no choice between spaces.
    private static (TrainerModel? Model, string? Word) ModelOf(WeightSource file, bool kohya, int channels, List<string> notes)
    {
        IReadOnlyList<TrainerModel> known = kohya ? TrainerModel.Kohya : TrainerModel.Musubi;
        string name = Path.GetFileNameWithoutExtension(file.Name), end = name[(name.LastIndexOf('_') + 1)..];
        string? said = file.Metadata.GetValueOrDefault("architecture");
        string word = said ?? end;
        if (known.FirstOrDefault(m => m.FullName == word || m.Architecture == word) is { } exact) return (exact, word);
        if (said is null) return (null, null);
        TrainerModel[] near = [.. known.Where(m => m.FullName.StartsWith(said, StringComparison.Ordinal) && m.Space.Channels == channels)];
        if (near.Select(m => (m.Space, m.IsUnscaled)).Distinct().Count() == 1)
        {
            notes.Add($"the metadata say \"{TensorNames.Printable(said)}\", which was taken for {near[0].FullName}");
            return (near[0], said);
        }
        notes.Add($"the metadata name a model that is not known, \"{TensorNames.Printable(said)}\"");
        return (null, null);
    }

    [GeneratedRegex(@"^latents(_\d{1,5}x\d{1,5})?$", RegexOptions.CultureInvariant)]
    private static partial Regex Kohya();

    [GeneratedRegex(@"^latents_(\d{1,5}x)?\d{1,5}x\d{1,5}_(float32|bfloat16|float16|float8_e4m3fn|float8_e5m2)$",
        RegexOptions.CultureInvariant)]
    private static partial Regex Musubi();
}
