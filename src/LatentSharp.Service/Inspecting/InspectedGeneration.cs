using LatentSharp.Service.Generating;

namespace LatentSharp.Service.Inspecting;

/// <summary>How a picture was made, from its texts. Nothing of it is believed, only shown.</summary>
/// <param name="Program">The program whose way of writing this is; null where that is not known.</param>
/// <param name="Prompt">The prompt.</param>
/// <param name="Negative">The negative prompt.</param>
/// <param name="Checkpoint">The checkpoint or transformer, as written.</param>
/// <param name="Autoencoder">The autoencoder, as written.</param>
/// <param name="Sampler">The sampler.</param>
/// <param name="Schedule">The list of noise levels.</param>
/// <param name="Seed">The seed, as written.</param>
/// <param name="Steps">The number of steps.</param>
/// <param name="Cfg">True guidance.</param>
/// <param name="Guidance">Distilled guidance.</param>
/// <param name="Record">Everything, of pictures that were made here; null of others.</param>
public sealed record InspectedGeneration(string? Program, string? Prompt, string? Negative, string? Checkpoint, string? Autoencoder,
    string? Sampler, string? Schedule, string? Seed, int? Steps, double? Cfg, double? Guidance, GenerationRecord? Record)
{
    /// <summary>Width in pixels that was asked for, which the picture need not have any more; null where it is not said.</summary>
    public int? Width { get; init; }

    /// <summary>Height in pixels that was asked for.</summary>
    public int? Height { get; init; }

    /// <summary>That of a picture file; null where its texts say nothing.</summary>
    internal static InspectedGeneration? TryOf(string path)
    {
        if (PictureMetadata.Read(path) is not { } m) return null;
        GenerationRecord? record = GenerationRecord.TryOf(m);
        if (m.Program is null && m.Prompt is null && record is null) return null;
        return new InspectedGeneration(record is null ? m.Program : record.Tool, m.Prompt, m.NegativePrompt, m.Checkpoint, m.Autoencoder,
            m.Sampler, m.Scheduler, m.Seed, m.Steps, m.GuidanceScale, m.DistilledGuidance, record)
        { Width = m.Width, Height = m.Height };
    }
}
