using LatentSharp.Diffusion.Pipelines;
using LatentSharp.Service.ModelFolders;

namespace LatentSharp.Service.Generating;

/// <summary>The parts of a pipeline that a model's name, folder or file stands for.</summary>
internal static class ModelParts
{
    /// <summary>A model on pixels: a folder or file, or the name of a folder in the registered ones; null where it is none.</summary>
    /// <exception cref="LatentSharpException">It is one, and a part of it is missing.</exception>
    public static PixelModel? OnPixels(AutoencoderLibrary library, string model) => Path.Exists(model) ? PixelModel.Find(model)
        : ModelResolution.Folders(library).SelectMany(f => Called(f, model)).Select(PixelModel.Find).FirstOrDefault(m => m is not null);

    // The folder itself first, then those of this name wherever they lie below.
    private static IEnumerable<string> Called(string folder, string name)
    {
        var options = new EnumerationOptions
        {
            IgnoreInaccessible = true, RecurseSubdirectories = true, MaxRecursionDepth = ModelScan.Deepest,
            MatchCasing = MatchCasing.CaseInsensitive, AttributesToSkip = FileAttributes.System | FileAttributes.Hidden,
        };
        IEnumerable<string> below = name.AsSpan().ContainsAny("*?/\\") ? [] : Directory.EnumerateDirectories(folder, name, options);
        return below.Prepend(Path.Combine(folder, name)).Where(Path.Exists);
    }

    /// <summary>The parts; those that are named by themselves take the place of those that stand for the model.</summary>
    /// <param name="library">Its folders are looked through.</param>
    /// <param name="model">See <see cref="ModelResolution.Find"/>.</param>
    /// <param name="given">What is named by itself.</param>
    /// <param name="hasText">Whether the text is there already, so that no encoder is needed.</param>
    /// <param name="cancellationToken">Ends the looking.</param>
    /// <param name="hasPicture">Whether a picture is a part of the prompt, for which Redux and its encoder are needed.</param>
    /// <exception cref="LatentSharpException">
    /// The model is not there or not of FLUX.1, or a part is missing; the message says what to fetch.
    /// </exception>
    public static FluxParts Of(AutoencoderLibrary library, string model, FluxParts given, bool hasText,
        CancellationToken cancellationToken, bool hasPicture = false)
    {
        PipelineFacts found = Found(library, model, cancellationToken, hasPicture ? [.. PipelineKind.Redux] : []);
        FluxParts parts = given with
        {
            Transformer = given.Transformer ?? Part("diffusion-model"),
            Autoencoder = given.Autoencoder ?? Part("autoencoder"),
            Redux = given.Redux ?? (hasPicture ? Part("redux") : null),
            ImageEncoder = given.ImageEncoder ?? (hasPicture ? Part("image-encoder") : null),
        };
        return hasText ? parts : WithText(library, model, parts, found);

        string Part(string name) => PathOf(library, model, found, name);
    }

    /// <summary>As <see cref="Of"/>, the text encoders and vocabularies alone.</summary>
    /// <inheritdoc cref="Of"/>
    public static FluxParts OfText(AutoencoderLibrary library, string model, FluxParts given, CancellationToken cancellationToken)
        => WithText(library, model, given, Found(library, model, cancellationToken));

    private static PipelineFacts Found(AutoencoderLibrary library, string model, CancellationToken cancellationToken,
        params PipelineNeed[] more)
    {
        PipelineFacts found = ModelResolution.Find(library, model, cancellationToken, more);
        return found.Space == LatentSpace.Flux1.Id ? found
            : throw new LatentSharpException(ErrorKind.BadInput, model, $"it is {found.Title}; pictures are made with FLUX.1.");
    }

    private static FluxParts WithText(AutoencoderLibrary library, string model, FluxParts given, PipelineFacts found)
    {
        given = given with { Clip = given.Clip ?? Part("clip-l"), T5 = given.T5 ?? Part("t5-xxl") };
        if (given.Tokenizers is not null) return given;
        // InvokeAI has each vocabulary beside its encoder.
        (string clip, string t5) = (Part("clip-tokenizer"), Part("t5-tokenizer"));
        return found.Tokenizers is { } both ? given with { Tokenizers = both } : given with { Tokenizers = clip, T5Tokenizer = t5 };

        string Part(string name) => PathOf(library, model, found, name);
    }

    private static string PathOf(AutoencoderLibrary library, string model, PipelineFacts found, string name)
    {
        if (found.PathOf(name) is { } path) return path;
        PipelinePart part = found.Parts.First(p => p.Part == name);
        string places = string.Join(", ", ModelResolution.Folders(library));
        throw new LatentSharpException(ErrorKind.NotFound, model,
            $"its part {part.Title} is missing; looked for beside the model{(places.Length > 0 ? $" and in {places}" : "")}.",
            part.Fetch is { } file ? $"Fetch {file}, or name another file." : "Name a file.");
    }
}
