using LatentSharp.Compute;
using LatentSharp.Cpu;
using LatentSharp.Diffusion.Discrete;
using LatentSharp.Models.Pixel;
using LatentSharp.Weights;
using LatentSharp.Weights.Files;

namespace LatentSharp.Diffusion.Pipelines;

/// <summary>
/// A picture from noise by a UNet that works on pixels (DDPM): the same three functions as for FLUX.1, with <see cref="Autoencoder.Pixels"/>
/// in the autoencoder's place. One call at a time.
/// </summary>
internal sealed class PixelPipeline : IDisposable
{
    private readonly WeightFile file;
    private readonly WeightSource weights;
    private readonly UNet2DSettings settings;
    private readonly UNet2DShapes shapes;
    private readonly DiscreteSchedule schedule;
    private readonly ComputeOptions compute;
    private (int Height, int Width, Plan Plan, PlanSession? Session)? running;

    /// <summary>Opens a model; nothing is computed.</summary>
    /// <exception cref="LatentSharpException">A part is damaged, or of another family.</exception>
    public PixelPipeline(PixelModel model, ComputeOptions compute)
    {
        this.compute = compute;
        (schedule, Method) = model.ReadScheduler();
        file = WeightFiles.Open(model.UNet);
        try
        {
            weights = UNet2DWeights.From(file);
            settings = UNet2DSettings.Of(model.Configuration, file);
            shapes = UNet2DShapes.From(weights);
            if (shapes.InChannels != ImageTensor.Channels || shapes.OutChannels != ImageTensor.Channels)
                throw new LatentSharpException(ErrorKind.Mismatch, model.UNet,
                    $"it takes {shapes.InChannels} channels and gives {shapes.OutChannels}; a model on pixels has {ImageTensor.Channels}.");
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>The method that the scheduler of the model is made for.</summary>
    public DiscreteMethod Method { get; }

    /// <summary>How the times of few steps are chosen.</summary>
    public TimeSpacing Spacing => schedule.Spacing;

    /// <summary>Steps where none are asked for: all that it was trained with, of DDIM 50.</summary>
    public int Steps(DiscreteMethod method) => method == DiscreteMethod.Ddim ? Math.Min(50, schedule.TrainedTimes) : schedule.TrainedTimes;

    /// <summary>Refuses more steps than it was trained with.</summary>
    /// <exception cref="LatentSharpException">So it is.</exception>
    public void RequireSteps(int steps) => schedule.Times(steps);

    /// <summary>The size that it was trained with; where nothing says it that of the published models of so many levels.</summary>
    public (int Height, int Width) Size => settings.SampleSize ?? (shapes.Levels.Length <= 4 ? (32, 32) : (256, 256));

    /// <summary>The plan of one evaluation.</summary>
    /// <exception cref="LatentSharpException">The size cannot be halved often enough, or the memory budget is too small.</exception>
    public Plan Plan(int height, int width)
    {
        if (running is not { } now || (now.Height, now.Width) != (height, width))
        {
            running?.Session?.Dispose();
            running = (height, width, DefaultDevice.Compile(UNet2D.Of(weights, settings, height, width), compute), null);
        }
        return running.Value.Plan;
    }

    /// <summary>The state before the first step: noise.</summary>
    public static PixelState Prepare(PixelRun run) => new(run, 0, run.Draws().Fill(0), null);

    /// <summary>A step.</summary>
    /// <exception cref="LatentSharpException">It gives values that are no finite numbers.</exception>
    public PixelState Step(PixelState state, IProgress<StepProgress>? progress, CancellationToken cancellationToken)
    {
        PixelRun run = state.Run;
        var sampler = new DiscreteSampler(schedule, run.Method, run.Steps, run.Eta);
        Plan plan = Plan(run.Height, run.Width);
        PlanSession session = running!.Value.Session ?? plan.Start();
        running = running.Value with { Session = session };
        var found = new float[state.X.Length];
        var given = new Dictionary<string, ReadOnlyMemory<float>>
        {
            ["sample"] = state.X, ["timestep"] = new float[] { sampler.Times[state.Step] },
        };
        session.Run(given, new Dictionary<string, Memory<float>> { ["out"] = found }, progress, cancellationToken);
        if (Array.Exists(found, v => !float.IsFinite(v)))
            throw new LatentSharpException(ErrorKind.BadInput, file.Path,
                $"step {state.Step + 1} of {run.Steps} gives values that are no finite numbers.",
                "Check the weights: look at what the file holds.");
        float[] noise = sampler.DrawsNoise(state.Step) ? run.Draws().Fill(state.Step + 1) : [];
        (float[] next, float[] seen) = sampler.Step(state.Step, state.X, found, noise);
        return new PixelState(run, state.Step + 1, next, seen);
    }

    /// <summary>Gives back what stays between steps, and closes the file.</summary>
    public void Dispose()
    {
        running?.Session?.Dispose();
        file.Dispose();
    }
}

/// <summary>What stays the same in all steps of a run.</summary>
/// <param name="Height">Height in pixels.</param>
/// <param name="Width">Width in pixels.</param>
/// <param name="Method">DDPM or DDIM.</param>
/// <param name="Steps">Steps in all.</param>
/// <param name="Noise">The noise that it begins with, and that of the steps.</param>
internal sealed record PixelRun(int Height, int Width, DiscreteMethod Method, int Steps, PixelNoise Noise)
{
    /// <summary>The share of DDPM's noise that DDIM adds after each step, from 0 to 1.</summary>
    public double Eta { get; init; }

    /// <summary>The draws of its noise.</summary>
    public PixelDraws Draws() => new(Noise, ImageTensor.Channels * Height * Width);
}

/// <summary>A run between two steps.</summary>
/// <param name="Run">What stays the same.</param>
/// <param name="Step">Steps that are done.</param>
/// <param name="X">The noisy picture [3, H, W].</param>
/// <param name="Seen">The picture that the network saw behind the noise in the step before; not part of what a run goes on from.</param>
internal sealed record PixelState(PixelRun Run, int Step, float[] X, float[]? Seen)
{
    /// <summary>Whether no step is left.</summary>
    public bool IsDone => Step >= Run.Steps;

    /// <summary>The picture as a latent of <see cref="LatentSpace.Pixels"/>.</summary>
    public Latent Latent => new(LatentSpace.Pixels, X, 1, Run.Height, Run.Width);

    /// <summary>What was seen, likewise.</summary>
    public Latent? Preview => Seen is null ? null : new Latent(LatentSpace.Pixels, Seen, 1, Run.Height, Run.Width);
}
