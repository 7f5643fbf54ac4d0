using System.Globalization;
using LatentSharp.Datasets.Sources;

namespace LatentSharp.Datasets.Engines;

/// <summary>
/// The part of the pictures that a task of a Slurm job array does when nothing was said (Slurm's manual, job arrays). Only a whole range of
/// indices says how many parts there are: of a list such as 1,3,9 the count misleads.
/// </summary>
internal static class SlurmArray
{
    /// <summary>The task's part; null outside of job arrays.</summary>
    /// <param name="variable">Gives the value of an environment variable.</param>
    /// <exception cref="LatentSharpException">The indices of the array are no range.</exception>
    public static Shard? Find(Func<string, string?> variable)
    {
        if (Number("ID") is not { } id) return null;
        int? first = Number("MIN"), last = Number("MAX"), count = Number("COUNT"), step = Number("STEP") ?? 1;
        if (first is { } min && last is { } max && count > 0 && step > 0 && (max - min) % step == 0 && (max - min) / step + 1 == count
            && id >= min && id <= max && (id - min) % step == 0)
            return new Shard((id - min) / step.Value, count.Value);
        throw new LatentSharpException(ErrorKind.Usage, "SLURM_ARRAY_TASK_ID",
            $"this is task {id} of a job array whose indices are no whole range, so the number of tasks does not tell how many parts there are.",
            new Remedy(RemedyKind.GiveOption, "Say which part of how many this is.", "shard"));

        int? Number(string name)
            => int.TryParse(variable("SLURM_ARRAY_TASK_" + name), NumberStyles.None, CultureInfo.InvariantCulture, out int n) ? n : null;
    }
}
