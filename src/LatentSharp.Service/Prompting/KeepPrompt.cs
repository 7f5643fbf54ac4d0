using LatentSharp.Diffusion.Pipelines;
using LatentSharp.Service.Files;
using LatentSharp.Service.Generating;
using LatentSharp.Weights.Files;
using LatentSharp.Weights.Identity;

namespace LatentSharp.Service.Prompting;

/// <summary>Keeps what the text encoders make of a prompt, so that they need not be read for every picture.</summary>
public static class KeepPrompt
{
    /// <summary>Encodes a prompt and writes the file.</summary>
    /// <param name="library">Its home remembers digests of large files.</param>
    /// <param name="request">What to keep.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancellationToken">Ends it within a second.</param>
    /// <exception cref="LatentSharpException">A part is missing or damaged, the length makes no sense, or the file cannot be
    /// written.</exception>
    public static PromptResult Run(AutoencoderLibrary library, PromptRequest request, IProgress<JobProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(library);
        ArgumentNullException.ThrowIfNull(request);
        if (request.Length is < 2 or > FluxDefaults.LongText)
            throw new LatentSharpException(ErrorKind.Usage, "length",
                $"a text has 2 to {FluxDefaults.LongText} tokens; {request.Length} were asked for.");
        string? model = request.Model
            ?? (request.Parts is { Clip: null, T5: null, Tokenizers: null } && library.Models is [{ } first, ..] ? first.Name : null);
        FluxParts parts = model is null ? request.Parts : ModelParts.OfText(library, model, request.Parts, cancellationToken);
        if ((parts.Clip is null ? "clip" : parts.T5 is null ? "t5" : parts.Tokenizers is null ? "tokenizers" : null) is { } missing)
            throw new LatentSharpException(ErrorKind.Usage, missing, "nothing was named for it, and no model that stands for all parts.");
        OutputFiles.Require(request.Output, parts.Clip!, parts.T5!);
        using WeightFile clip = WeightFiles.Open(parts.Clip!), t5 = WeightFiles.Open(parts.T5!);
        var text = new FluxText(clip, t5, parts);
        var digests = new RememberedDigests(library.Home);
        string ofClip = digests.Sha256(clip.Path, null, cancellationToken), ofT5 = digests.Sha256(t5.Path, null, cancellationToken);
        var cache = new PromptCache(library.Home, [ofClip, ofT5], parts);
        int length = request.Length ?? Math.Clamp(text.Positions ?? FluxDefaults.LongText, 2, FluxDefaults.LongText);
        TextConditioning? kept = cache.Find(request.Prompt, length);
        if (kept is null)
        {
            kept = text.Encode(request.Prompt, length, request.Compute, PartOfJob.Whole(progress, "text"), cancellationToken);
            cache.Keep(kept);
        }
        ConditioningFile.Save(request.Output, kept, new Dictionary<string, string> { ["clip_sha256"] = ofClip, ["t5_sha256"] = ofT5 });
        return new PromptResult(request.Output, kept.Tokens, kept.Features, kept.Pooled.Length, kept.Notes);
    }
}

/// <summary>A prompt that is to be kept.</summary>
public sealed record PromptRequest
{
    /// <summary>The prompt.</summary>
    public required string Prompt { get; init; }

    /// <summary>The text encoders and tokenizers; other parts are not looked at.</summary>
    public required FluxParts Parts { get; init; }

    /// <summary>
    /// A model that stands for the parts which <see cref="Parts"/> does not name: a file, a folder, or a name in the folders of the
    /// library; null when each is named, or none at all: then the first that the library brings along is meant.
    /// </summary>
    public string? Model { get; init; }

    /// <summary>Tokens of T5; null for 512, or fewer where its configuration says so. Schnell takes 256.</summary>
    public int? Length { get; init; }

    /// <summary>The file to write.</summary>
    public required string Output { get; init; }

    /// <summary>How networks are run.</summary>
    public ComputeOptions Compute { get; init; } = ComputeOptions.Default;
}

/// <summary>A prompt that was kept.</summary>
/// <param name="Output">The file.</param>
/// <param name="Tokens">Tokens of the text.</param>
/// <param name="Features">Features of each.</param>
/// <param name="Pooled">Features of CLIP's pooled text.</param>
/// <param name="Notes">What had to be left out of the prompt.</param>
public sealed record PromptResult(string Output, int Tokens, int Features, int Pooled, IReadOnlyList<string> Notes);
