using System.Globalization;
using LatentSharp.Tensors;
using LatentSharp.Weights;
using LatentSharp.Weights.Files;

namespace LatentSharp.Training;

/// <summary>
/// A state of training in one safetensors file: <c>weights.NAME</c>, <c>ema.NAME</c> with what rounding took off it
/// (<c>ema-rest.NAME</c>), and what the optimisers remember (<c>mean.NAME</c>, <c>square.NAME</c>, <c>momentum.NAME</c>), what was kept
/// (<c>kept.NAME</c>), all float32; the step, the settings and the caller's notes in the metadata. It appears complete or not at all.
/// </summary>
internal static class TrainingFile
{
    private const string Format = "latentsharp.training", Version = "1", StepKey = "step", SettingsKey = "settings", NotesKey = "notes",
        KeptPrefix = "kept.";

    /// <summary>Writes a state.</summary>
    /// <param name="state">The state.</param>
    /// <param name="path">The file to write or replace.</param>
    /// <param name="notes">What else the caller wants to find again.</param>
    /// <param name="cancellationToken">Stops it; a file that was there before stays.</param>
    /// <exception cref="LatentSharpException">The file cannot be written.</exception>
    public static void Save(TrainingState state, string path, string notes = "", CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(state);
        SafetensorsWriter.Write(path, state.Parts().Select(p => SafetensorsEntry.Of(p.Name, p.Values, p.Shape.Dimensions.AsSpan())),
            new Dictionary<string, string>
            {
                [Format] = Version, [StepKey] = state.Step.ToString(CultureInfo.InvariantCulture), [SettingsKey] = state.Settings,
                [NotesKey] = notes,
            }, cancellationToken: cancellationToken);
    }

    /// <summary>Reads a state into one that was made with the same settings.</summary>
    /// <returns>The notes that were saved with it.</returns>
    /// <exception cref="LatentSharpException">The file is no state, or one of another run.</exception>
    public static string Load(TrainingState state, string path)
    {
        ArgumentNullException.ThrowIfNull(state);
        using SafetensorsFile file = SafetensorsFile.Open(path);
        if (file.Metadata.GetValueOrDefault(Format) != Version
            || !long.TryParse(file.Metadata.GetValueOrDefault(StepKey), NumberStyles.None, CultureInfo.InvariantCulture, out long step))
            throw new LatentSharpException(ErrorKind.BadInput, path, "it is no state of training that this version reads.", Remedy.Inspect(path));
        string settings = file.Metadata.GetValueOrDefault(SettingsKey) ?? "";
        if (settings != state.Settings)
            throw new LatentSharpException(ErrorKind.Mismatch, path, $"it was trained with: {settings}. This run has: {state.Settings}.",
                "Give the same settings, or begin anew.");
        if (file.Tensors.Keys.Any(n => n.StartsWith(KeptPrefix, StringComparison.Ordinal))) state.Keep();
        (string Name, Shape Shape, float[] Values)[] parts = [.. state.Parts()];
        foreach ((string name, Shape shape, _) in parts)
            if (!file.Tensors.TryGetValue(name, out TensorInfo? info) || info.Shape != shape || info.Type != ElementType.F32)
                throw new LatentSharpException(ErrorKind.Mismatch, path,
                    $"{name} {shape} in float32 was expected; {(info is null ? "it is missing" : $"found: {info}")}.", "It belongs to another network.");
        if (file.Tensors.Count != parts.Length)
            throw new LatentSharpException(ErrorKind.Mismatch, path,
                $"it holds {file.Tensors.Count} tensors; {parts.Length} were expected.", "It belongs to another network.");
        foreach ((string name, _, float[] values) in parts) file.Read(file.Tensors[name], 0, values);
        state.ContinueAt(step);
        return file.Metadata.GetValueOrDefault(NotesKey) ?? "";
    }
}
