using System.Collections.Immutable;

namespace LatentSharp.Autoencoders;

/// <summary>An autoencoder file that its authors have published: enough to recognise it and to say where it can be had.</summary>
/// <param name="FileName">The name it is published under.</param>
/// <param name="Title">What it is, after "X is".</param>
/// <param name="Bytes">The file's size.</param>
/// <param name="Sha256">The file's SHA-256, lower-case hexadecimal.</param>
/// <param name="Licence">A clause on its licence.</param>
/// <param name="Places">Where it is published.</param>
/// <param name="Aliases">Other names that people try.</param>
internal sealed record PublishedFile(string FileName, string Title, long Bytes, string Sha256, string Licence, ImmutableArray<string> Places, ImmutableArray<string> Aliases)
{
    // Size and digest are those that the repositories show for the file; the licence is stated in the README of black-forest-labs/flux.
    internal static readonly PublishedFile Flux1 = new(
        "ae.safetensors",
        "the autoencoder of FLUX.1",
        335_304_388,
        "afc8e28272cd15db3919bacdb6918ce9c1ed22e96cb12c4d5ed0fba823529e38",
        "Black Forest Labs released these weights under Apache-2.0",
        [
            "huggingface.co/black-forest-labs/FLUX.1-schnell    ae.safetensors (you have to log in and accept its conditions)",
            "huggingface.co/black-forest-labs/FLUX.1-dev        ae.safetensors (likewise)",
            "huggingface.co/Comfy-Org/Lumina_Image_2.0_Repackaged    split_files/vae/ae.safetensors (the same file)",
            "huggingface.co/Comfy-Org/z_image_turbo                  split_files/vae/ae.safetensors (the same file)",
        ],
        ["ae", "ae.sft", "flux", "flux1", "flux1-ae", "flux1-dev", "flux1-schnell", "flux-ae", "flux-vae", "flux_vae", "flux1-vae", "flux_vae.safetensors", "flux-vae.safetensors"]);

    private static readonly ImmutableArray<PublishedFile> all = [Flux1];

    /// <summary>The published file of that name or alias, ignoring case, or null.</summary>
    internal static PublishedFile? Find(string name)
        => all.FirstOrDefault(f => f.FileName.Equals(name, StringComparison.OrdinalIgnoreCase) || f.Aliases.Contains(name, StringComparer.OrdinalIgnoreCase));
}
