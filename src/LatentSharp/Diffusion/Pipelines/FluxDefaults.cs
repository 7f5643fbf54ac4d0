namespace LatentSharp.Diffusion.Pipelines;

/// <summary>What a run of FLUX.1 takes where nothing is asked for: of those that take a guidance, and of schnell.</summary>
internal static class FluxDefaults
{
    /// <summary>The most tokens of T5, and what dev takes.</summary>
    public const int LongText = 512;

    private const int SchnellText = 256, DevSteps = 28, SchnellSteps = 4;

    /// <summary>Tokens of T5.</summary>
    /// <param name="guidance">Whether the model takes a guidance: all but schnell.</param>
    /// <param name="positions">The longest texts that T5 was trained with; null where nothing says it.</param>
    public static int Text(bool guidance, int? positions = null)
        => Math.Min(guidance ? LongText : SchnellText, Math.Max(positions ?? LongText, 2));

    /// <summary>Steps.</summary>
    /// <param name="guidance">Whether the model takes a guidance: all but schnell.</param>
    /// <param name="stated">What its configuration says; null for nothing.</param>
    public static int Steps(bool guidance, int? stated = null) => stated ?? (guidance ? DevSteps : SchnellSteps);
}
