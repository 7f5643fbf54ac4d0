namespace LatentSharp.Service.Tokenizing;

/// <summary>A prompt whose ids are wanted.</summary>
public sealed record TokensRequest
{
    /// <summary>The prompt.</summary>
    public required string Text { get; init; }

    /// <summary>For which text encoder.</summary>
    public required PromptEncoder Encoder { get; init; }

    /// <summary>
    /// The folder with <c>vocab.json</c> and <c>merges.txt</c>, or <c>spiece.model</c>; or a model's folder as diffusers lays it out, with
    /// <c>tokenizer</c> and <c>tokenizer_2</c>.
    /// </summary>
    public required string Tokenizers { get; init; }

    /// <summary>How many ids the encoder is given; null for 77 with CLIP and 512 with T5.</summary>
    public int? Length { get; init; }
}

/// <summary>The text encoders of FLUX.1.</summary>
public enum PromptEncoder
{
    /// <summary>CLIP-L.</summary>
    Clip,
    /// <summary>T5-XXL v1.1.</summary>
    T5,
}
