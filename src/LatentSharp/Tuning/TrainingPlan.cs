using LatentSharp.Compute;

namespace LatentSharp.Tuning;

/// <summary>What a step of a training takes, told without preparing one.</summary>
/// <param name="Parameters">How many numbers are trained.</param>
/// <param name="StateBytes">Bytes of the weights that are trained and of all that is remembered of them.</param>
/// <param name="Kept">The plan by which what the forward pass gives is kept.</param>
/// <param name="Again">The plan by which most of it is computed again.</param>
/// <param name="Chosen">One of the two, as the memory budget has it.</param>
internal sealed record TrainingPlan(long Parameters, long StateBytes, Plan Kept, Plan Again, Plan Chosen)
{
    /// <summary>Plans a step on a picture of a size.</summary>
    /// <exception cref="LatentSharpException">The size is none that is trained, or the memory budget is too small for either way.</exception>
    public static TrainingPlan Of(Autoencoder autoencoder, TrainerOptions options, int height, int width)
    {
        HashSet<string> names = options.Part.Of(autoencoder);
        long parameters = options.Part.Parameters(autoencoder), state = options.Part.StateBytes(autoencoder);
        options = options.Checked();
        options = options with { Compute = options.Compute! with { TakenBytes = state, RoughGradients = true } };
        // The graphs are planned and not run: the autoencoder stands for itself, trained.
        var graphs = new TrainingGraphs(autoencoder, autoencoder, names, options);
        Plan fitting = graphs.Plan(height, width);
        (Plan kept, Plan again) = graphs.Both(height, width);
        return new TrainingPlan(parameters, state, kept, again, fitting.MultiplyAdds == kept.MultiplyAdds ? kept : again);
    }
}
