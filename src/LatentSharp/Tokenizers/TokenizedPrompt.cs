namespace LatentSharp.Tokenizers;

/// <summary>A prompt as a text encoder is given it.</summary>
/// <param name="Ids">The ids, filled up to the length that was asked for.</param>
/// <param name="Used">How many of them are not filling, the marks of beginning and end included.</param>
/// <param name="Lost">The end of the prompt that found no room, as the tokenizer sees it; empty when all of it was taken.</param>
public sealed record TokenizedPrompt(IReadOnlyList<int> Ids, int Used, string Lost);
