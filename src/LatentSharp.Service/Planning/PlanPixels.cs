using System.Diagnostics;
using LatentSharp.Compute;
using LatentSharp.Diffusion.Noise;
using LatentSharp.Diffusion.Pipelines;
using LatentSharp.Service.Generating;

namespace LatentSharp.Service.Planning;

/// <summary>
/// Says what a picture of a model on pixels takes on this machine: two steps of it are made, and the second one is timed.
/// </summary>
public static class PlanPixels
{
    /// <summary>Plans, and times a step.</summary>
    /// <param name="library">Where models are found by name.</param>
    /// <param name="request">What to plan for.</param>
    /// <param name="progress">Told how far the two steps are.</param>
    /// <param name="cancellationToken">Ends it soon.</param>
    /// <returns>The plan; null where the name stands for no model on pixels.</returns>
    /// <exception cref="LatentSharpException">
    /// A part of the model is missing or damaged, its levels cannot halve the size, it has not so many steps, or the memory does not
    /// suffice.
    /// </exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static PlanPixelsResult? Run(AutoencoderLibrary library, PlanModelRequest request, IProgress<StepProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(library);
        ArgumentNullException.ThrowIfNull(request);
        if (ModelParts.OnPixels(library, request.Model) is not { } model) return null;
        if (request.Compute.Precision == Precision.Int8)
            throw new LatentSharpException(ErrorKind.Usage, "precision", "models on pixels are computed in float32; this is for a transformer.");
        using var pipeline = new PixelPipeline(model, request.Compute with { KeepWeights = true });
        int steps = request.Steps ?? pipeline.Steps(pipeline.Method);
        pipeline.RequireSteps(steps);
        (int height, int width) = request.Size is { } size ? (size.Height, size.Width) : pipeline.Size;
        Plan plan = pipeline.Plan(height, width);
        var run = new PixelRun(height, width, pipeline.Method, steps, new PixelNoise(NoiseKind.Native, NoiseOrder.Diffusers, 0, 0, 1));
        PixelState start = PixelPipeline.Prepare(run);
        // The first one compiles kernels and prepares weights.
        pipeline.Step(start, progress, cancellationToken);
        long begin = Stopwatch.GetTimestamp();
        pipeline.Step(start, progress, cancellationToken);
        double seconds = Stopwatch.GetElapsedTime(begin).TotalSeconds;
        var network = new PlannedNetwork("UNet", plan.MultiplyAdds, plan.PeakBytes, plan.KeptBytes,
            plan.Graph.Weights.Sum(w => w.Info.ByteLength), plan.Threads, plan.Kernels, []);
        return new PlanPixelsResult(GeneratePixels.Title, model.UNet, new PixelSize(width, height),
            pipeline.Method.ToString().ToLowerInvariant(), steps, network, seconds, steps * seconds);
    }
}
