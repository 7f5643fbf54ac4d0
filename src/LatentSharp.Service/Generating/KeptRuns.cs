using LatentSharp.Diffusion.Pipelines;

namespace LatentSharp.Service.Generating;

/// <summary>
/// Runs that are kept after every step beside what they make, so that a program that was killed goes on where it was, and that disappear
/// when all pictures are there.
/// </summary>
/// <param name="outputs">The picture of each run.</param>
internal sealed class KeptRuns(IReadOnlyList<string> outputs)
{
    private const string Settings = "settings", Seed = "seed";

    /// <summary>The first run that is kept; null where there is none.</summary>
    public string? First => Enumerable.Range(0, outputs.Count).Select(File).FirstOrDefault(System.IO.File.Exists);

    /// <summary>The seed of a run that was kept; null where it says none.</summary>
    public static ulong? SeedOf(string file)
        => FluxStateFile.Load(file).Run.Origin.TryGetValue(Seed, out string? seed) ? ulong.Parse(seed, null) : null;

    /// <summary>The kept run of a picture; null where there is none.</summary>
    /// <param name="index">Which picture.</param>
    /// <param name="settings">What decides the result.</param>
    /// <exception cref="LatentSharpException">The kept run was made with other settings, or is damaged.</exception>
    public FluxState? Find(int index, string settings)
    {
        if (!System.IO.File.Exists(File(index))) return null;
        FluxState state = FluxStateFile.Load(File(index));
        return state.Run.Origin.GetValueOrDefault(Settings) == settings ? state
            : throw new LatentSharpException(ErrorKind.Mismatch, File(index), "this run was begun with other settings or other files.",
                "Give the same ones, or begin anew without resuming.");
    }

    /// <summary>A state that says what it belongs to.</summary>
    public static FluxState Mark(FluxState state, string settings, ulong seed) => state with
    {
        Run = state.Run with
        {
            Origin = new Dictionary<string, string>
            {
                [Settings] = settings, [Seed] = seed.ToString(System.Globalization.CultureInfo.InvariantCulture),
            },
        },
    };

    /// <summary>Keeps a run.</summary>
    public void Keep(int index, FluxState state) => FluxStateFile.Save(File(index), state);

    /// <summary>Takes all kept runs away.</summary>
    public void Clear()
    {
        for (int i = 0; i < outputs.Count; i++) System.IO.File.Delete(File(i));
    }

    /// <summary>Where the run of a picture is kept. Several pictures may go into one raw image; each has a run of its own.</summary>
    public string File(int index)
    {
        string output = outputs[index], stem = Path.Combine(Path.GetDirectoryName(output) ?? "", Path.GetFileNameWithoutExtension(output));
        string number = outputs.Count > 1 && outputs[0] == outputs[^1] ? $"-{index + 1}" : "";
        return $"{stem}{number}.run.safetensors";
    }
}
