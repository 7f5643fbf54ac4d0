using LatentSharp.Diffusion.Samplers;
using LatentSharp.Diffusion.Schedules;
using LatentSharp.Server.Http;

namespace LatentSharp.Server.Foreign;

/// <summary>Samplers and lists of sigmas by the names that other programs have for them.</summary>
internal static class SamplerNames
{
    private static readonly Dictionary<string, string> Shown = new()
    {
        ["euler"] = "Euler", ["euler_ancestral"] = "Euler a", ["heun"] = "Heun", ["dpm_2"] = "DPM2", ["dpm_2_ancestral"] = "DPM2 a",
        ["dpmpp_2m"] = "DPM++ 2M", ["dpmpp_2s_ancestral"] = "DPM++ 2S a", ["dpmpp_2m_sde"] = "DPM++ 2M SDE", ["dpmpp_3m_sde"] = "DPM++ 3M SDE",
        ["lms"] = "LMS", ["lcm"] = "LCM", ["uni_pc"] = "UniPC", ["deis"] = "DEIS", ["ipndm"] = "IPNDM", ["ipndm_v"] = "IPNDM V",
    };

    /// <summary>Every sampler: its own name and the one that is shown.</summary>
    internal static IReadOnlyList<(string Name, string Title)> All { get; } = [.. Sampler.All.Select(s => (s.Name, Title(s.Name)))];

    /// <summary>Every list of sigmas likewise.</summary>
    internal static IReadOnlyList<(string Name, string Title)> Schedules { get; } =
        [.. Schedule.AllNames.Select(n => (n, char.ToUpperInvariant(n[0]) + n[1..].Replace('_', ' ')))];

    /// <summary>The sampler that a client names; null for the standard.</summary>
    /// <exception cref="RefusedRequest">There is none of that name.</exception>
    internal static string? Named(string? name)
    {
        if (string.IsNullOrEmpty(name) || name.Equals("automatic", StringComparison.OrdinalIgnoreCase)) return null;
        return Find(All, name.StartsWith("k_", StringComparison.Ordinal) ? name[2..] : name)
            ?? throw new RefusedRequest(StatusCodes.Status404NotFound, $"Sampler not found: {QueryValues.Shown(name)}",
                $"There are {string.Join(", ", All.Select(s => s.Title))}.", "sampler_name");
    }

    /// <summary>The list of sigmas that a client names; null for the standard.</summary>
    /// <exception cref="RefusedRequest">There is none of that name.</exception>
    internal static string? Scheduled(string? name)
    {
        if (string.IsNullOrEmpty(name) || name.Equals("automatic", StringComparison.OrdinalIgnoreCase)
            || name.Equals("discrete", StringComparison.OrdinalIgnoreCase)) return null;
        return Find(Schedules, name) ?? throw new RefusedRequest(StatusCodes.Status404NotFound, $"Scheduler not found: {QueryValues.Shown(name)}",
            $"There are {string.Join(", ", Schedules.Select(s => s.Name))}.", "scheduler");
    }

    private static string Title(string name) => Shown.GetValueOrDefault(name, name);

    private static string? Find(IReadOnlyList<(string Name, string Title)> all, string name)
        => all.FirstOrDefault(s => s.Name.Equals(name, StringComparison.OrdinalIgnoreCase)
            || s.Title.Equals(name, StringComparison.OrdinalIgnoreCase)).Name;
}
