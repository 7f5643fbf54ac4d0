using LatentSharp.Models.Autoencoders;
using LatentSharp.Weights.Identity;

namespace LatentSharp.Autoencoders.Catalogue;

/// <summary>How it is known which published file something is, the surest first.</summary>
internal enum IdentityProof
{
    /// <summary>The file has the SHA-256 of the published one: every byte is the same.</summary>
    Sha256,
    /// <summary>Every value is that of the published file: a <see cref="ContentDigest"/> agrees.</summary>
    Content,
    /// <summary>
    /// A sample of the values is nearly that of the published file (<see cref="WeightSketch"/>): a copy that was rounded, or changed a
    /// little.
    /// </summary>
    Sketch,
    /// <summary>
    /// Only the size is that of the published file. Sizes of weight files are telling: they count names, types and metadata.
    /// </summary>
    Size,
}

/// <summary>A published file that a set of weights, or one half of it, was recognised as.</summary>
/// <param name="File">The published file.</param>
/// <param name="Part">What was recognised: the whole file, or its encoder or decoder.</param>
/// <param name="Proof">How.</param>
/// <param name="Level">For <see cref="IdentityProof.Content"/>: <see cref="DigestLevel.Exact"/> when the values are equal, otherwise the
/// type to which both have to be rounded to be equal.</param>
/// <param name="Distance">For <see cref="IdentityProof.Sketch"/>: the number of bits, of 256, in which the sketches differ.</param>
internal sealed record FileIdentity(PublishedFile File, AutoencoderPart Part, IdentityProof Proof, DigestLevel Level = DigestLevel.Exact,
    int Distance = 0)
{
    /// <summary>In words, as in <c>the encoder of taesd_encoder.safetensors, rounded to bf16</c>.</summary>
    public override string ToString() => $"{(Part == AutoencoderPart.Vae ? "" : $"the {Part.Word()} of ")}{File.FileName}{Proof switch
    {
        IdentityProof.Sha256 => " (the same sha256)",
        IdentityProof.Content when Level == DigestLevel.Exact => " (the same values)",
        IdentityProof.Content => $" (the same values, rounded to {Level.Name()})",
        IdentityProof.Sketch when Distance == 0 => " (by a sample of its values)",
        IdentityProof.Sketch => $" (by a sample, nearly the same values: rounded, or changed a little; {Distance} of {WeightSketch.Bits} "
            + "bits of the sketch differ)",
        _ => " (by its size alone; its digest makes sure)",
    }}";
}
