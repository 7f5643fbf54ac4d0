using LatentSharp.Autoencoders.Catalogue;
using LatentSharp.Models.Autoencoders;

namespace LatentSharp.Autoencoders.Families;

/// <summary>What the file says and what lies around it: metadata, configuration, the rest of the checkpoint, the file's name.</summary>
internal static class FileEvidence
{
    private static readonly (string Text, AutoencoderFamily Family)[] Architectures =
    [
        ("flux.1", AutoencoderFamily.Flux1), ("flux-1", AutoencoderFamily.Flux1), ("flux.2", AutoencoderFamily.Flux2),
        ("stable-diffusion-xl", AutoencoderFamily.Sdxl), ("stable-diffusion-v3", AutoencoderFamily.Sd3), ("stable-diffusion-3", AutoencoderFamily.Sd3),
        ("stable-diffusion-v1", AutoencoderFamily.Sd1), ("stable-diffusion-v2", AutoencoderFamily.Sd1),
    ];

    // Names of tensors of the diffusion model or the text encoders that only one family has.
    private static readonly (string Part, AutoencoderFamily Family)[] Neighbours =
    [
        ("joint_blocks.", AutoencoderFamily.Sd3), ("double_blocks.", AutoencoderFamily.Flux1),
        ("conditioner.embedders.", AutoencoderFamily.Sdxl), ("cond_stage_model.", AutoencoderFamily.Sd1),
    ];

    private static readonly (string Part, AutoencoderFamily Family)[] FileNames =
    [
        ("taesdxl", AutoencoderFamily.Taesdxl), ("taesd3", AutoencoderFamily.Taesd3), ("taesd", AutoencoderFamily.Taesd),
            ("taef1", AutoencoderFamily.Taef1),
        ("playground", AutoencoderFamily.Playground25), ("sdxl", AutoencoderFamily.Sdxl), ("xl_vae", AutoencoderFamily.Sdxl),
            ("sd3", AutoencoderFamily.Sd3),
        ("flux", AutoencoderFamily.Flux1), ("vae-ft-", AutoencoderFamily.Sd1), ("kl-f8", AutoencoderFamily.Sd1),
            ("sd-vae", AutoencoderFamily.Sd1), ("sd15", AutoencoderFamily.Sd1),
    ];

    /// <summary>Everything that speaks for a family.</summary>
    public static IEnumerable<Evidence> Find(CanonicalWeights weights, string path, AutoencoderConfig? config)
    {
        if (weights.Metadata.TryGetValue("modelspec.architecture", out string? architecture))
            foreach ((string text, AutoencoderFamily family) in Architectures)
                if (architecture.StartsWith(text, StringComparison.OrdinalIgnoreCase))
                    yield return new Evidence(EvidenceSource.Metadata, family, $"modelspec.architecture is {architecture}");

        if (AutoencoderMetadata.FamilyOf(weights.Metadata) is { } stated)
            yield return new Evidence(EvidenceSource.Metadata, stated, $"{AutoencoderMetadata.FamilyKey} is {stated.Id}");
        if (weights.Constants.TryGetValue("vae_scale", out float[]? tinyScale) && tinyScale.Length == 1)
            foreach (AutoencoderFamily family in AutoencoderFamily.All.Where(f => Tiny(f, tinyScale[0])))
                yield return new Evidence(EvidenceSource.Metadata, family, $"its vae_scale is {tinyScale[0]}");

        foreach (FileIdentity identity in Catalogue().Identify(weights, File.Exists(path) ? new FileInfo(path).Length : null))
            if (AutoencoderFamily.Find(identity.File.Family) is { } published)
                yield return new Evidence(EvidenceSource.Catalogue, published, $"it is {identity}");

        if (config is not null)
            foreach (AutoencoderFamily family in AutoencoderFamily.All.Where(f => config.States(f.Space)))
                yield return new Evidence(EvidenceSource.Configuration, family,
                    $"{Path.GetFileName(config.Path)} has its scale and shift"
                        + $"{(config.ScalingFactor is { } scale ? $" (scaling_factor {scale}, shift_factor {config.ShiftFactor ?? 0})" : "")}");

        foreach ((string part, AutoencoderFamily family) in Neighbours)
            if (weights.Unused.FirstOrDefault(n => n.Contains(part, StringComparison.Ordinal)) is { } name)
                yield return new Evidence(EvidenceSource.Checkpoint, family, $"the checkpoint also holds {name}");

        string file = Path.GetFileName(Path.TrimEndingDirectorySeparator(path));
        foreach ((string part, AutoencoderFamily family) in FileNames)
        {
            if (!file.Contains(part, StringComparison.OrdinalIgnoreCase)) continue;
            yield return new Evidence(EvidenceSource.FileName, family, $"the file is called {file}");
            break;
        }
        if (string.Equals(file, "ae.safetensors", StringComparison.OrdinalIgnoreCase))
            yield return new Evidence(EvidenceSource.FileName, AutoencoderFamily.Flux1, $"the file is called {file}");
    }

    // A file is opened whatever the state of the user's own catalogue; the commands that read the catalogue for its own sake say what is
    // wrong with it.
    private static PublishedFiles Catalogue()
    {
        try
        {
            return PublishedFiles.Load();
        }
        catch (LatentSharpException)
        {
            return PublishedFiles.BuiltIn;
        }
    }

    // ComfyUI undoes the scale of the large autoencoder around a tiny one, so that the tiny one's file says which that is.
    private static bool Tiny(AutoencoderFamily family, float scale)
        => (family == AutoencoderFamily.Taesd || family == AutoencoderFamily.Taesdxl || family == AutoencoderFamily.Taesd3
            || family == AutoencoderFamily.Taef1) && Math.Abs(family.Space.Scale[0] - scale) < 1e-4f;
}
