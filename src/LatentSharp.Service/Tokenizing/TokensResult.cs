namespace LatentSharp.Service.Tokenizing;

/// <summary>The ids of a prompt.</summary>
/// <param name="Encoder">The text encoder that they are for.</param>
/// <param name="Content">The ids of the whole text, without marks of beginning and end.</param>
/// <param name="Ids">What the encoder is given: cut to the length, with its marks, filled up.</param>
/// <param name="Used">How many of these are not filling.</param>
/// <param name="Lost">The end of the text that found no room; empty when all of it did.</param>
public sealed record TokensResult(PromptEncoder Encoder, IReadOnlyList<int> Content, IReadOnlyList<int> Ids, int Used, string Lost);
