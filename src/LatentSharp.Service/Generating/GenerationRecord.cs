using System.Text.Json;
using System.Text.Json.Serialization;
using LatentSharp.Service.Json;

namespace LatentSharp.Service.Generating;

/// <summary>How a picture was made, complete: what the same parts need to make it again.</summary>
public sealed record GenerationRecord
{
    /// <summary>The keyword of the text in a PNG file.</summary>
    public const string Keyword = "latentsharp";

    /// <summary>The program and its version.</summary>
    public required string Tool { get; init; }

    /// <summary>The kind of transformer.</summary>
    public required string Model { get; init; }

    /// <summary>The prompt.</summary>
    public required string Prompt { get; init; }

    /// <summary>What was not to be seen; null for nothing.</summary>
    public string? Negative { get; init; }

    /// <summary>Width in pixels.</summary>
    public required int Width { get; init; }

    /// <summary>Height in pixels.</summary>
    public required int Height { get; init; }

    /// <summary>Steps that were asked for.</summary>
    public int? Steps { get; init; }

    /// <summary>The sampler.</summary>
    public required string Sampler { get; init; }

    /// <summary>The share of DDPM's noise that ddim added; null for none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Eta { get; init; }

    /// <summary>The name of the list of sigmas.</summary>
    public required string Schedule { get; init; }

    /// <summary>The sigmas that were walked down.</summary>
    public IReadOnlyList<float> Sigmas { get; init; } = [];

    /// <summary>Distilled guidance.</summary>
    public float? Guidance { get; init; }

    /// <summary>True guidance.</summary>
    public double Cfg { get; init; } = 1;

    /// <summary>How much of the picture was made anew.</summary>
    public double Strength { get; init; } = 1;

    /// <summary>The seed.</summary>
    public required ulong Seed { get; init; }

    /// <summary>Which picture of the seed it is, from 0.</summary>
    public int Picture { get; init; }

    /// <summary>The generator of the noise.</summary>
    public required string Noise { get; init; }

    /// <summary>How the noise of several pictures was drawn.</summary>
    public required string NoiseOrder { get; init; }

    /// <summary>Tokens of T5.</summary>
    public int? TextLength { get; init; }

    /// <summary>Whose customs held for pictures and masks.</summary>
    public required string Rule { get; init; }

    /// <summary>The numbers of the transformer's products: <c>int8</c>, or null for float32.</summary>
    public string? Precision { get; init; }

    /// <summary>Whether reference pictures were resized for Kontext.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool FitReferences { get; init; }

    /// <summary>Whether sides were taken that 16 does not divide.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool OddSides { get; init; }

    /// <summary>Files that it was made with.</summary>
    public IReadOnlyList<UsedFile> Parts { get; init; } = [];

    /// <summary>The record of a picture.</summary>
    /// <param name="path">A PNG file that was made here.</param>
    /// <exception cref="LatentSharpException">It is no picture or holds no record.</exception>
    public static GenerationRecord Of(string path) => TryOf(PictureMetadata.Read(path))
        ?? throw new LatentSharpException(ErrorKind.BadInput, path,
            "a picture with a record of how it was made was expected; this one has none.",
            Remedy.Inspect(path));

    internal static GenerationRecord? TryOf(PictureMetadata? metadata)
    {
        if (metadata?.Texts.FirstOrDefault(t => t.Key == Keyword).Value is not { } text) return null;
        try
        {
            return JsonSerializer.Deserialize(text, ServiceJson.Lines.GenerationRecord);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>A request for the same picture; parts and output are the request's own.</summary>
    internal GenerateRequest Fill(GenerateRequest request) => request with
    {
        Prompts = [Prompt],
        Negative = Negative,
        Cfg = Cfg,
        Guidance = Guidance,
        Size = new PixelSize(Width, Height),
        Steps = Steps,
        Sampler = Sampler,
        Eta = Eta,
        Schedule = Schedule,
        Seed = Seed,
        Count = 1,
        FirstPicture = Picture,
        Noise = Noise,
        NoiseOrder = NoiseOrder,
        TextLength = TextLength,
        Strength = Strength,
        Rule = Rule,
        Compute = request.Compute with { Precision = Precision is null ? default : PrecisionWords.Of(Precision) },
        FitReferences = FitReferences,
        OddSides = OddSides,
    };

    /// <summary>Refuses files that are not those of the record.</summary>
    internal void RequireSame(IReadOnlyList<UsedFile> files)
    {
        foreach (UsedFile wanted in Parts)
        {
            UsedFile? found = files.FirstOrDefault(f => f.Role == wanted.Role && f.Sha256 == wanted.Sha256)
                ?? files.FirstOrDefault(f => f.Role == wanted.Role);
            if (found is null)
                throw new LatentSharpException(ErrorKind.NotFound, wanted.Role,
                    $"the picture was made with {wanted.File} (SHA-256 {wanted.Sha256}); nothing was named for it.");
            if (found.Sha256 != wanted.Sha256 || found.Strength != wanted.Strength)
                throw new LatentSharpException(ErrorKind.Mismatch, found.File,
                    $"the picture was made with {Text(wanted)}; this is {Text(found)}.", "Name the file that it was made with.");
        }
        if (files.FirstOrDefault(f => Parts.All(p => p.Role != f.Role)) is { } more)
            throw new LatentSharpException(ErrorKind.Mismatch, more.File, $"the picture was made without a {more.Role}.");

        static string Text(UsedFile file) => $"{file.File}, SHA-256 {file.Sha256}{(file.Strength is { } s ? $", strength {s}" : "")}";
    }
}

/// <summary>A file that a picture was made with.</summary>
/// <param name="Role">What it is: <c>transformer</c>, <c>clip</c>, <c>t5</c>, <c>autoencoder</c>, <c>lora</c>, <c>init</c>.</param>
/// <param name="File">Its name, without the folder.</param>
/// <param name="Sha256">SHA-256 of the file, or of what it contains where it is a folder.</param>
/// <param name="Strength">How strongly a LoRA acts; null for everything else.</param>
public sealed record UsedFile(string Role, string File, string Sha256, float? Strength = null);
