using LatentSharp.Diffusion.Pipelines;
using LatentSharp.Service.Files;
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
        OutputFiles.Require(request.Output, request.Clip, request.T5);
        using WeightFile clip = WeightFiles.Open(request.Clip), t5 = WeightFiles.Open(request.T5);
        var text = new FluxText(clip, t5, request.Tokenizers, request.Configuration);
        TextConditioning kept = text.Encode(request.Prompt, request.Length ?? FluxDefaults.LongText, request.Compute,
            PartOfJob.Whole(progress, "text"), cancellationToken);
        var digests = new RememberedDigests(library.Home);
        ConditioningFile.Save(request.Output, kept, new Dictionary<string, string>
        {
            ["clip_sha256"] = digests.Sha256(clip.Path, null, cancellationToken),
            ["t5_sha256"] = digests.Sha256(t5.Path, null, cancellationToken),
        });
        return new PromptResult(request.Output, kept.Tokens, kept.Features, kept.Pooled.Length, kept.Notes);
    }
}

/// <summary>A prompt that is to be kept.</summary>
public sealed record PromptRequest
{
    /// <summary>The prompt.</summary>
    public required string Prompt { get; init; }

    /// <summary>A file with CLIP's text encoder.</summary>
    public required string Clip { get; init; }

    /// <summary>A file with T5's encoder.</summary>
    public required string T5 { get; init; }

    /// <summary>The folder of the tokenizers.</summary>
    public required string Tokenizers { get; init; }

    /// <summary>What shapes do not show; null for what a <c>config.json</c> beside the files says.</summary>
    public string? Configuration { get; init; }

    /// <summary>Tokens of T5; null for 512. Schnell takes 256.</summary>
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
