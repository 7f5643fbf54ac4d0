namespace LatentSharp.Service.Converting;

/// <summary>What was written.</summary>
/// <param name="Input">The file that was read.</param>
/// <param name="OtherHalf">The other file of a pair that was read too; null when there was none.</param>
/// <param name="Output">The file that was written.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="SourceFormat">The container that was read.</param>
/// <param name="SourceLayout">The layout of the names that were read.</param>
/// <param name="Prefix">What stood before the names of the tensors; empty when nothing did.</param>
/// <param name="Tensors">How many tensors were written.</param>
/// <param name="LeftOut">The tensors that were not written.</param>
/// <param name="Digest">The digest by which the content was proved to be the same.</param>
/// <param name="Notes">What else is worth knowing.</param>
public sealed record ConvertResult(string Input, string? OtherHalf, string Output, long Bytes, string SourceFormat, string SourceLayout,
    string Prefix, int Tensors, IReadOnlyList<string> LeftOut, string Digest, IReadOnlyList<string> Notes);
