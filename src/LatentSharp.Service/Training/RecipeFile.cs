using System.Text.Json;
using LatentSharp.Service.Finetuning;
using LatentSharp.Tensors;
using LatentSharp.Tuning;

namespace LatentSharp.Service.Training;

/// <summary>Reads the recipe of a new autoencoder: JSON, in which comments and commas at the end are allowed.</summary>
internal static class RecipeFile
{
    // A recipe is a page; what is larger is something else.
    private const long MostBytes = 1 << 20;

    private const int MostSteps = 10_000_000, MostCrop = 8192, MostBatch = 4096;

    private static readonly JsonDocumentOptions Lenient = new()
    {
        CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true, AllowDuplicateProperties = false,
    };

    private static readonly Dictionary<string, TrainedPart> Parts = new(StringComparer.Ordinal)
    {
        ["both"] = TrainedPart.Both, ["decoder"] = TrainedPart.Decoder, ["encoder"] = TrainedPart.Encoder,
    };

    private static readonly Dictionary<string, AutoencoderArchitecture> Architectures = new(StringComparer.Ordinal)
    {
        ["kl"] = AutoencoderArchitecture.KL, ["tiny"] = AutoencoderArchitecture.Tiny,
    };

    private static readonly Dictionary<string, ElementType> Types = new(StringComparer.Ordinal)
    {
        ["bf16"] = ElementType.BF16, ["f16"] = ElementType.F16, ["f32"] = ElementType.F32,
    };

    /// <summary>Reads a recipe and refuses what it cannot mean.</summary>
    /// <param name="path">The recipe.</param>
    /// <param name="lpips">The files of LPIPS; null where they are not at hand.</param>
    /// <exception cref="LatentSharpException">There is no such file, it is no JSON, or something in it has no meaning.</exception>
    public static TrainRecipe Read(string path, IReadOnlyList<string>? lpips = null)
    {
        byte[] text = Content(path);
        try
        {
            using JsonDocument document = JsonDocument.Parse(text.AsSpan().StartsWith("\uFEFF"u8) ? text.AsMemory(3) : text, Lenient);
            return Recipe(new RecipeTable(path, "", document.RootElement), lpips ?? []);
        }
        catch (JsonException e)
        {
            string at = e.LineNumber is { } line ? $" in line {line + 1}" : "";
            throw new LatentSharpException(ErrorKind.BadInput, path, $"it is no JSON{at}: {Reason(e)}",
                "A recipe is an object such as {\"network\": {\"channels\": 32}, \"steps\": 2000}.", e);
        }
    }

    private static byte[] Content(string path)
    {
        if (!File.Exists(path))
            throw new LatentSharpException(ErrorKind.NotFound, path,
                Directory.Exists(path) ? "it is a folder; a recipe is a JSON file." : "there is no such recipe.",
                "Name the JSON file with the hyper-parameters; training/recipes holds some.");
        if (new FileInfo(path).Length > MostBytes)
            throw new LatentSharpException(ErrorKind.BadInput, path, "it is larger than 1 MB; a recipe is a page of JSON.", Remedy.Inspect(path));
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new LatentSharpException(ErrorKind.BadInput, path, $"it cannot be read: {e.Message}", inner: e);
        }
    }

    // The message ends with numbers of its own, which count lines from 0.
    private static string Reason(JsonException e) => e.Message.Split(" LineNumber:")[0].Split(" Path:")[0].Trim();

    private static TrainRecipe Recipe(RecipeTable root, IReadOnlyList<string> lpips)
    {
        var made = new TrainRecipe();
        RecipeTable? network = root.Table("network"), teacher = root.Table("teacher");
        AutoencoderDesign design = network is null ? made.Network : Design(network);
        RecipeTeacher? from = teacher is null ? null : new RecipeTeacher(
            teacher.Text("autoencoder") ?? throw teacher.Wrong("autoencoder", "the autoencoder to learn from is missing",
                "Give its name or path, such as \"embedded\"."),
            teacher.Number("latents", above: true) ?? 1, teacher.Number("pictures", above: false) ?? 0);
        teacher?.End();
        made = new TrainRecipe
        {
            Network = design,
            Teacher = from,
            Part = root.Choice("part", Parts, made.Part),
            Loss = root.Text("loss") ?? made.Loss,
            Kl = root.Number("kl", above: false) ?? (from is null ? made.Kl : 0),
            Steps = root.Whole("steps", 1, MostSteps) ?? made.Steps,
            Minutes = root.Number("minutes", above: true),
            Rate = root.Number("rate", above: true),
            Optimiser = root.Choice("optimiser", OptimiserWords.All, made.Optimiser),
            Crop = root.Whole("crop", 1, MostCrop) ?? made.Crop,
            Batch = root.Whole("batch", 1, MostBatch) ?? made.Batch,
            Seed = (ulong)(root.Whole("seed", 0, int.MaxValue) ?? 0),
        };
        root.End();
        if (design.Fault() is { } fault) throw (network ?? root).Wrong(KeyOf(fault.Property), fault.What.TrimEnd('.'), fault.Next);
        if (made.Crop % design.Factor != 0)
            throw root.Wrong("crop",
                $"squares have sides that are multiples of {design.Factor}, the factor of the latents; {made.Crop} is none",
                $"Take {Math.Max(design.Factor, made.Crop / design.Factor * design.Factor)}.");
        if (from is null && made.Part != TrainedPart.Both)
            throw root.Wrong("part", $"\"{made.Part}\" alone learns from a teacher, and there is none", "Give a teacher, or train both.");
        if (from is null && design.Architecture == AutoencoderArchitecture.Tiny)
            throw root.Wrong("teacher", "a tiny autoencoder learns the latents of a larger one, and there is no teacher",
                "Give a teacher, or the architecture kl.");
        if (from is not null && made.Kl > 0)
            throw root.Wrong("kl", "a student's latents are its teacher's, so none is spread by a divergence", "Leave it out.");
        try
        {
            return made with { Measure = TuningLoss.Of(made.Loss, lpips) };
        }
        catch (LatentSharpException e)
        {
            throw root.Wrong("loss", e.What.TrimEnd('.'), e.Next ?? "");
        }
    }

    private static AutoencoderDesign Design(RecipeTable network)
    {
        var made = new AutoencoderDesign();
        AutoencoderArchitecture architecture = network.Choice("architecture", Architectures, made.Architecture);
        // What a tiny one looks like is settled: the keys of its shape do not exist.
        made = architecture == AutoencoderArchitecture.Tiny ? made with { Architecture = architecture } : made with
        {
            Channels = network.Whole("channels", int.MinValue, int.MaxValue) ?? made.Channels,
            Multipliers = network.Wholes("multipliers") is { } levels ? [.. levels] : made.Multipliers,
            Blocks = network.Whole("blocks", int.MinValue, int.MaxValue) ?? made.Blocks,
        };
        made = made with
        {
            LatentChannels = network.Whole("latent", int.MinValue, int.MaxValue) ?? made.LatentChannels,
            Type = network.Choice("type", Types, made.Type),
        };
        network.End();
        return made;
    }

    private static string KeyOf(string property) => property switch
    {
        nameof(AutoencoderDesign.LatentChannels) => "latent",
        _ => property.ToLowerInvariant(),
    };
}
