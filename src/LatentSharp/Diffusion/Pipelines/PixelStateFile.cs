using System.Globalization;
using LatentSharp.Weights.Files;

namespace LatentSharp.Diffusion.Pipelines;

/// <summary>Kept runs of models on pixels: the noisy picture, the step and what the run belongs to. The noise is drawn again.</summary>
internal static class PixelStateFile
{
    private const string Version = "latentsharp.pixel_run", Number = "1", Step = "step", Settings = "settings", Seed = "seed";

    /// <summary>Keeps a run.</summary>
    /// <exception cref="LatentSharpException">The file cannot be written.</exception>
    public static void Save(string path, PixelState state, string settings)
        => SafetensorsWriter.Write(path, [SafetensorsEntry.Of("x", state.X, state.X.Length)], new Dictionary<string, string>
        {
            [Version] = Number, [Settings] = settings, [Step] = state.Step.ToString(CultureInfo.InvariantCulture),
            [Seed] = state.Run.Noise.Seed.ToString(CultureInfo.InvariantCulture),
        });

    /// <summary>The kept run; null where there is none.</summary>
    /// <exception cref="LatentSharpException">It was made with other settings, or is damaged.</exception>
    public static PixelState? Find(string path, PixelRun run, string settings)
    {
        if (!File.Exists(path)) return null;
        using SafetensorsFile file = SafetensorsFile.Open(path);
        if (file.Metadata.GetValueOrDefault(Version) != Number)
            throw new LatentSharpException(ErrorKind.BadInput, path, "a kept run of a model on pixels was expected.", Remedy.Inspect(path));
        if (file.Metadata.GetValueOrDefault(Settings) != settings)
            throw new LatentSharpException(ErrorKind.Mismatch, path, "this run was begun with other settings or other files.",
                "Give the same ones, or begin anew without resuming.");
        return file.Tensors.TryGetValue("x", out var x) && x.Shape.ElementCount == run.Draws().Size
            && int.TryParse(file.Metadata.GetValueOrDefault(Step), NumberStyles.None, CultureInfo.InvariantCulture, out int step)
            && step <= run.Steps ? new PixelState(run, step, file.Read(x), null)
            : throw new LatentSharpException(ErrorKind.BadInput, path, "the kept run is damaged.", "Begin anew without resuming.");
    }

    /// <summary>The seed of a kept run; null where it is none.</summary>
    public static ulong? SeedOf(string path)
    {
        using SafetensorsFile file = SafetensorsFile.Open(path);
        string? text = file.Metadata.GetValueOrDefault(Seed);
        return ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong seed) ? seed : null;
    }
}
