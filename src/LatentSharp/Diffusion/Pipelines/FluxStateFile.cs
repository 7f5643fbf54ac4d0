using System.Globalization;
using LatentSharp.Diffusion.Noise;
using LatentSharp.Diffusion.Samplers;
using LatentSharp.Latents;
using LatentSharp.Weights.Files;

namespace LatentSharp.Diffusion.Pipelines;

/// <summary>
/// Kept runs: safetensors with everything that the next step needs, texts and pictures included, so that only the transformer is opened to
/// go on. The file appears complete or not at all, so a program may be killed at any moment.
/// </summary>
public static class FluxStateFile
{
    private const string Version = "latentsharp.run", Number = "1", OriginPrefix = "origin.", History = "history.";

    /// <summary>Keeps a run.</summary>
    /// <param name="path">The file to write or replace.</param>
    /// <param name="state">The run between two steps.</param>
    /// <exception cref="LatentSharpException">The file cannot be written.</exception>
    public static void Save(string path, FluxState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        FluxRun run = state.Run;
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            [Version] = Number, ["step"] = Text(state.Sampler.Step), ["draws"] = Text(state.Sampler.Draws), ["height"] = Text(run.Height),
            ["width"] = Text(run.Width), ["guidance"] = Text(run.Guidance), ["cfg"] = Text(run.Cfg), ["sampler"] = run.Sampler,
            ["noise"] = run.NoiseKind.ToString(), ["seed"] = Text(run.Seed), ["rule"] = run.Rule.ToString(),
        };
        foreach ((string key, string value) in run.Origin) metadata[OriginPrefix + key] = value;
        List<SafetensorsEntry> tensors = [Rows("x", state.Sampler.X), Rows("sigmas", run.Sigmas)];
        for (int i = 0; i < state.Sampler.History.Count; i++) tensors.Add(Rows(History + Text(i), state.Sampler.History[i]));
        tensors.AddRange(ConditioningFile.Tensors(run.Text, ""));
        metadata["prompt"] = run.Text.Prompt;
        if (run.Negative is { } negative)
        {
            tensors.AddRange(ConditioningFile.Tensors(negative, ConditioningFile.Negative));
            metadata["negative"] = negative.Prompt;
        }
        foreach ((string name, float[]? values) in Optional(run))
            if (values is not null) tensors.Add(Rows(name, values));
        SafetensorsWriter.Write(path, tensors, metadata);
    }

    /// <summary>Takes a kept run up again.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="LatentSharpException">The file is missing, damaged or no kept run.</exception>
    public static FluxState Load(string path)
    {
        using SafetensorsFile file = SafetensorsFile.Open(path);
        if (file.Metadata.GetValueOrDefault(Version) != Number)
            throw new LatentSharpException(ErrorKind.BadInput, path,
                $"a kept run was expected: metadata {Version} = {Number}; there are none.",
                Remedy.Inspect(path));
        var history = new List<float[]>();
        while (Find(History + Text(history.Count)) is { } values) history.Add(values);
        var run = new FluxRun
        {
            Height = Whole("height"), Width = Whole("width"), Guidance = (float)Real("guidance"), Cfg = Real("cfg"),
            Sampler = Samplers.Sampler.Named(Stated("sampler")).Name,
            Sigmas = Tensor("sigmas"), NoiseKind = Choice<NoiseKind>("noise"), Rule = Choice<ImageRule>("rule"),
            Seed = ulong.TryParse(Stated("seed"), NumberStyles.None, CultureInfo.InvariantCulture, out ulong seed) ? seed
                : throw Bad("seed"),
            Text = ConditioningFile.Read(file, "") with { Prompt = Stated("prompt") },
            Negative = file.Metadata.TryGetValue("negative", out string? negative)
                ? ConditioningFile.Read(file, ConditioningFile.Negative) with { Prompt = negative } : null,
            Noise = Find("start_noise"), Init = Find("init"), Mask = Find("mask"), Beside = Find("beside"), Reference = Find("reference"),
            ReferenceIds = Find("reference_ids"),
            Origin = file.Metadata.Where(p => p.Key.StartsWith(OriginPrefix, StringComparison.Ordinal))
                .ToDictionary(p => p.Key[OriginPrefix.Length..], p => p.Value),
        };
        var state = new FluxState(run, new SamplerState(Whole("step"), Tensor("x"), history, Whole("draws")));
        long positions = (long)run.LatentHeight * run.LatentWidth;
        bool fits = run.Height > 0 && run.Width > 0 && state.Sampler.X.Length == LatentTokens.Channels * positions && run.Sigmas.Length > 1
            && state.Step >= 0 && state.Step <= state.Steps && history.All(h => h.Length == state.Sampler.X.Length)
            && (run.Mask is null || (run.Mask.Length == positions && run.Init?.Length == state.Sampler.X.Length
                && run.Noise?.Length == state.Sampler.X.Length))
            && (run.Beside is null || run.Beside.Length % run.Tokens == 0) && (run.Reference is null) == (run.ReferenceIds is null);
        return fits ? state : throw new LatentSharpException(ErrorKind.BadInput, path,
            "its tensors do not fit each other; the file was changed after it was written.");

        float[]? Find(string name) => file.Tensors.TryGetValue(name, out Weights.TensorInfo? info) ? file.Read(info) : null;
        float[] Tensor(string name) => Find(name) ?? throw Bad(name);
        string Stated(string name) => file.Metadata.GetValueOrDefault(name) ?? throw Bad(name);
        int Whole(string name) => int.TryParse(Stated(name), NumberStyles.None, CultureInfo.InvariantCulture, out int value) ? value
            : throw Bad(name);
        double Real(string name) => double.TryParse(Stated(name), NumberStyles.Float, CultureInfo.InvariantCulture, out double value)
            ? value : throw Bad(name);
        T Choice<T>(string name) where T : struct, Enum => Enum.TryParse(Stated(name), out T value) && Enum.IsDefined(value) ? value
            : throw Bad(name);
        LatentSharpException Bad(string name) => new(ErrorKind.BadInput, path, $"{name} of a kept run is missing or cannot be read.",
            Remedy.Inspect(path));
    }

    private static (string Name, float[]? Values)[] Optional(FluxRun run)
        => [("start_noise", run.Noise), ("init", run.Init), ("mask", run.Mask), ("beside", run.Beside), ("reference", run.Reference),
            ("reference_ids", run.ReferenceIds)];

    private static SafetensorsEntry Rows(string name, float[] values) => SafetensorsEntry.Of(name, values, values.Length);

    private static string Text(IFormattable value) => value.ToString(null, CultureInfo.InvariantCulture);
}
