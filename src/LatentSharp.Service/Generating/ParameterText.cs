using System.Globalization;
using System.Text.Json;
using LatentSharp.Service.Json;

namespace LatentSharp.Service.Generating;

/// <summary>The text that AUTOMATIC1111, Forge and the sites of models read: prompt, negative prompt, a line of pairs.</summary>
internal static class ParameterText
{
    private static readonly Dictionary<string, string> Samplers = new(StringComparer.Ordinal)
    {
        ["euler"] = "Euler", ["heun"] = "Heun", ["dpm_2"] = "DPM2", ["lms"] = "LMS", ["dpmpp_2m"] = "DPM++ 2M", ["uni_pc"] = "UniPC",
        ["deis"] = "DEIS", ["euler_ancestral"] = "Euler a", ["dpm_2_ancestral"] = "DPM2 a", ["lcm"] = "LCM",
        ["dpmpp_2s_ancestral"] = "DPM++ 2S a", ["dpmpp_2m_sde"] = "DPM++ 2M SDE", ["dpmpp_3m_sde"] = "DPM++ 3M SDE",
    };

    private static readonly Dictionary<string, string> Schedules = new(StringComparer.Ordinal)
    {
        ["simple"] = "Simple", ["normal"] = "Normal", ["sgm_uniform"] = "SGM Uniform", ["beta"] = "Beta", ["karras"] = "Karras",
        ["exponential"] = "Exponential", ["ddim_uniform"] = "DDIM", ["kl_optimal"] = "KL Optimal",
    };

    /// <summary>The text.</summary>
    public static string Of(GenerationRecord record)
    {
        List<(string Key, string? Value)> pairs =
        [
            ("Steps", Number(record.Sigmas.Count > 0 ? record.Sigmas.Count - 1 : record.Steps ?? 0)),
            ("Sampler", Samplers.GetValueOrDefault(record.Sampler, record.Sampler)),
            ("Schedule type", Schedules.GetValueOrDefault(record.Schedule, record.Schedule)), ("CFG scale", Number(record.Cfg)),
            ("Distilled CFG Scale", record.Guidance is { } guidance ? Number(guidance) : null),
            ("Seed", Number(record.Seed + (ulong)record.Picture)), ("Size", $"{record.Width}x{record.Height}"),
            ("Model hash", Part("transformer")?.Sha256[..10]), ("Model", Stem(Part("transformer"))),
            ("VAE hash", Part("autoencoder")?.Sha256[..10]), ("VAE", Part("autoencoder")?.File),
            ("Denoising strength", record.Strength < 1 ? Number(record.Strength) : null),
            ("RNG", record.Noise is "torch-fp32" ? "CPU" : record.Noise is "nv" ? null : record.Noise),
        ];
        UsedFile[] texts = [.. record.Parts.Where(p => p.Role is "clip" or "t5")];
        for (int i = 0; i < texts.Length; i++) pairs.Add(($"Module {i + 1}", Stem(texts[i])));
        pairs.Add(("Version", record.Tool));
        string line = string.Join(", ", pairs.Where(p => p.Value is not null).Select(p => $"{p.Key}: {Quoted(p.Value!)}"));
        return string.Join('\n', ((string?[])[record.Prompt, record.Negative is null ? null : "Negative prompt: " + record.Negative, line])
            .Where(t => t is not null)).Trim();

        UsedFile? Part(string role) => record.Parts.FirstOrDefault(p => p.Role == role);
    }

    private static string? Stem(UsedFile? file) => file is null ? null : Path.GetFileNameWithoutExtension(file.File);

    private static string Number(IFormattable value) => value.ToString(null, CultureInfo.InvariantCulture);

    private static string Quoted(string value) => value.AsSpan().IndexOfAny(",\n:") < 0 ? value
        : JsonSerializer.Serialize(value, ServiceJson.Lines.String);
}
