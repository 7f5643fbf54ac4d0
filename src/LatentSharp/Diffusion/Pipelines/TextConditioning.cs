namespace LatentSharp.Diffusion.Pipelines;

/// <summary>What the text encoders make of a prompt.</summary>
/// <param name="Text">T5's states [tokens, features], and behind them the tokens of picture prompts.</param>
/// <param name="Pooled">CLIP's pooled text.</param>
/// <param name="Tokens">How many tokens there are.</param>
public sealed record TextConditioning(ReadOnlyMemory<float> Text, ReadOnlyMemory<float> Pooled, int Tokens)
{
    /// <summary>The prompt; empty where it is not known.</summary>
    public string Prompt { get; init; } = "";

    /// <summary>What had to be left out of the prompt, for people.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Features of a token.</summary>
    public int Features => Text.Length / Tokens;

    /// <summary>The same with tokens behind those of the text: what Redux makes of a picture.</summary>
    /// <param name="tokens">[tokens, features].</param>
    /// <exception cref="ArgumentException">They have other features.</exception>
    public TextConditioning With(ReadOnlySpan<float> tokens)
    {
        if (tokens.Length % Features != 0) throw new ArgumentException($"tokens of {Features} features are needed", nameof(tokens));
        return this with { Text = (float[])[.. Text.Span, .. tokens], Tokens = Tokens + tokens.Length / Features };
    }
}
