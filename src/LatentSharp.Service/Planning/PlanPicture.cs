using LatentSharp.Compute;
using LatentSharp.Service.Autoencoders;
using LatentSharp.Tuning;

namespace LatentSharp.Service.Planning;

/// <summary>Says what encoding and decoding a picture takes, without doing it.</summary>
public static class PlanPicture
{
    /// <summary>Plans.</summary>
    /// <param name="library">Where autoencoders are found by name.</param>
    /// <param name="request">What to plan for.</param>
    /// <param name="cancellationToken">Ends it between one network and the next; a plan itself takes milliseconds.</param>
    /// <exception cref="LatentSharpException">The autoencoder cannot be opened, or the memory budget is too small.</exception>
    public static PlanResult Run(AutoencoderLibrary library, PlanRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(library);
        ArgumentNullException.ThrowIfNull(request);
        cancellationToken.ThrowIfCancellationRequested();
        using OpenedAutoencoder opened = OpenedAutoencoder.Open(library, request.Autoencoder);
        Autoencoder autoencoder = opened.Autoencoder;
        (int width, int height) = (request.Size.Width, request.Size.Height);
        return new PlanResult(opened.Facts, request.Size,
            autoencoder.CanEncode ? UnlessCancelled(() => Facts(autoencoder.PlanEncode(height, width, request.Compute))) : null,
            autoencoder.CanDecode ? UnlessCancelled(() => Facts(autoencoder.PlanDecode(height, width, request.Compute))) : null,
            request.Train is { } part ? UnlessCancelled(() => Training(autoencoder, part, height, width, request.Compute)) : null);

        T UnlessCancelled<T>(Func<T> planned)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return planned();
        }
    }

    private static TrainingFacts Training(Autoencoder autoencoder, TrainedPart part, int height, int width, ComputeOptions compute)
    {
        TrainingPlan plan = TrainingPlan.Of(autoencoder, new TrainerOptions { Part = part, Compute = compute }, height, width);
        return new TrainingFacts(part.Word, plan.Parameters, plan.StateBytes, Way(plan.Kept), Way(plan.Again), plan.Chosen == plan.Again);

        static TrainingWay Way(Plan way) => new(way.MultiplyAdds, way.PeakBytes);
    }

    /// <summary>A plan in figures.</summary>
    internal static PlanFacts Facts(Plan plan) => new(plan.MultiplyAdds, plan.PeakBytes, plan.KeptBytes, plan.Threads, plan.Kernels,
        [.. plan.Steps.Select(
            s => new PlanStepFacts(s.Name, s.Operation, s.Shape.Height, s.Shape.Width, s.Shape.Channels, s.MultiplyAdds, s.LiveBytes,
                s.WorkingBytes, s.WeightBytes, s.Weights))]);
}
