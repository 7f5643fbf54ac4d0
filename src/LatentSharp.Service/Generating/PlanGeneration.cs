using System.Globalization;
using LatentSharp.Compute;
using LatentSharp.Diffusion.Pipelines;
using LatentSharp.Service.Autoencoders;

namespace LatentSharp.Service.Generating;

/// <summary>What a run takes, in three lines.</summary>
internal static class PlanGeneration
{
    /// <summary>Makes the plans of a step and of decoding, which also refuses a memory budget that is too small.</summary>
    public static GenerationPlan Of(string title, GenerateRequest request, FluxPipeline flux, OpenedAutoencoder autoencoder,
        FluxRequest[] runs, ulong seed, int? tokens)
    {
        FluxRequest first = runs[0];
        int? seen = request.Redux is null ? null : flux.Redux.Tokens;
        FluxPlans plans = flux.Plans(first, seen is null ? tokens : (tokens ?? first.TextLength ?? flux.TextLength) + seen);
        Plan step = plans.Step;
        Plan decode = autoencoder.Autoencoder.PlanDecode(first.Height, first.Width, request.Compute);
        int steps = new RunStart(first, flux.Facts).Sigmas.Length - 1;
        string pictures = runs.Length == 1 ? "1 picture" : $"{runs.Length} pictures";
        string prompt = seen is null ? "" : $", {seen} tokens of {Path.GetFileName(request.Redux)} by Redux";
        string[] redux = seen is null ? [] : [request.Parts.Redux!, request.Parts.ImageEncoder!];
        string parts = string.Join(", ", new[] { request.Parts.Transformer, request.Parts.Clip, request.Parts.T5 }.OfType<string>()
            .Concat(redux).Distinct()
            .Select(Sized).Append(autoencoder.Facts.Path is { } path ? Sized(path) : autoencoder.Facts.Name));
        return new GenerationPlan(
            $"{title}, {first.Width} x {first.Height}, {steps} steps of {first.Sampling.Sampler} "
                + $"on {request.Schedule ?? GenerateRequest.FluxSchedule}, seed {seed}, {pictures}{prompt}",
            parts,
            string.Create(CultureInfo.InvariantCulture, $"{step.MultiplyAdds / 1e9:0.0} G multiply-adds a prediction; ")
                + string.Create(CultureInfo.InvariantCulture,
                    $"{plans.PeakBytes / 1e6:0} MB a step, of it {step.KeptBytes / 1e6:0} MB weights; ")
                + string.Create(CultureInfo.InvariantCulture, $"{decode.PeakBytes / 1e6:0} MB to decode"),
            step.MultiplyAdds, plans.PeakBytes, decode.PeakBytes);
    }

    private static string Sized(string path)
        => Path.GetFileName(Path.TrimEndingDirectorySeparator(path)) + (File.Exists(path)
            ? string.Create(CultureInfo.InvariantCulture, $" ({new FileInfo(path).Length / 1e6:0} MB)") : "");
}
