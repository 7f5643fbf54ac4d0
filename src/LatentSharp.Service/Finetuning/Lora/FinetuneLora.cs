using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using LatentSharp.Autoencoders.Catalogue;
using LatentSharp.Compute;
using LatentSharp.Diffusion.Pipelines;
using LatentSharp.Latents;
using LatentSharp.Models;
using LatentSharp.Models.Flux;
using LatentSharp.Networks;
using LatentSharp.Service.Autoencoders;
using LatentSharp.Service.Files;
using LatentSharp.Service.Generating;
using LatentSharp.Service.Json;
using LatentSharp.Service.ModelFolders;
using LatentSharp.Service.Reporting;
using LatentSharp.Tuning;
using LatentSharp.Weights;
using LatentSharp.Weights.Files;
using LatentSharp.Weights.Identity;

namespace LatentSharp.Service.Finetuning.Lora;

/// <summary>
/// Trains a LoRA for a small transformer of FLUX.1's kind on pictures with captions. Some are held back: by their loss the best result is
/// kept, the run ends when it no longer falls, and what is not better than no LoRA is not written. A run that was stopped goes on from its
/// state, which lies beside the output. What a transformer takes is planned before anything of it is read, and said where it is too much.
/// </summary>
public static class FinetuneLora
{
    private const double UsualRate = 1e-3;

    // Where nothing says what a model was trained with.
    private const int UsualSide = 512;

    // What a loss has to fall by to be told from rounding, as a part of itself.
    private const double LeastGain = 1e-3;

    /// <summary>Whether what was named is a generator, and no autoencoder.</summary>
    /// <param name="library">Where names are looked for.</param>
    /// <param name="named">A name or path.</param>
    public static bool IsFor(AutoencoderLibrary library, string named)
    {
        ArgumentNullException.ThrowIfNull(library);
        ArgumentNullException.ThrowIfNull(named);
        if (!Path.Exists(named) && library.Models.Any(m => m.Name.Equals(named, StringComparison.OrdinalIgnoreCase))) return true;
        try
        {
            if (library.Find(named).Path is not { } path || Directory.Exists(path) && WeightFiles.InFolder(path) is null) return false;
            using WeightFile file = WeightFiles.Open(path);
            // A whole checkpoint has an autoencoder, which is what was always meant by it here.
            return NetworkRecognition.Of(file) is [{ Role: NetworkRole.DiffusionModel, Prefix: "" }, ..];
        }
        catch (LatentSharpException)
        {
            // Whoever opens it says what is wrong with it.
            return false;
        }
    }

    /// <summary>The rank that a part of the words of <see cref="TrainedPart.Parse"/> asks for.</summary>
    /// <exception cref="LatentSharpException">It is another part.</exception>
    public static int RankOf(string part) => TrainedPart.Parse(part).Rank
        ?? throw new LatentSharpException(ErrorKind.Usage, $"--part {part}",
            "it is a part of an autoencoder; of a generator a LoRA is trained.", "Give rank:N.");

    /// <summary>Trains.</summary>
    /// <param name="library">Where models are found by name.</param>
    /// <param name="request">What to train, and how.</param>
    /// <param name="started">Told what is known before the first step; null for nobody.</param>
    /// <param name="measured">Told every measurement, the first before the first step; null for nobody.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancellationToken">Ends it soon; the state is kept.</param>
    /// <exception cref="LatentSharpException">The transformer is too large to be trained here, a part of the model is missing, there are too few
    /// pictures with captions, a loss is no number, the disk is full, or it does not help.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static LoraResult Run(AutoencoderLibrary library, LoraRequest request, Action<FinetuneStart>? started = null,
        Action<LoraMeasurement>? measured = null, IProgress<JobProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(library);
        ArgumentNullException.ThrowIfNull(request);
        long start = Stopwatch.GetTimestamp();
        TuningRun.RequireEnding(request.Output);
        PipelineFacts model = ModelResolution.Find(library, request.Model, cancellationToken);
        string path = model.PathOf("diffusion-model")
            ?? throw new LatentSharpException(ErrorKind.NotFound, request.Model, "there is no transformer.");
        OutputFiles.Require(request.Output, path);
        using WeightFile file = WeightFiles.Open(path);
        WeightSource weights = FluxWeights.From(file);
        FluxShapes shapes = FluxShapes.From(weights);
        if (shapes.InChannels != LatentTokens.Features)
            throw new LatentSharpException(ErrorKind.BadInput, request.Model,
                $"{shapes.Variant} is given more than a text; LoRAs are trained here for those that are not.");
        NetworkConfiguration stated = NetworkConfiguration.Beside(null, file);
        int side = request.Side ?? stated.SampleSize * LatentTokens.Factor ?? UsualSide;
        if (side % LatentTokens.Pixels != 0)
            throw new LatentSharpException(ErrorKind.Usage, $"--crop {side}", $"pictures have sides that are multiples of {LatentTokens.Pixels}.",
                $"Take {Math.Max(LatentTokens.Pixels, side / LatentTokens.Pixels * LatentTokens.Pixels)}.");
        TrainerOptions options = Options(request);
        int text = FluxDefaults.Text(shapes.Guidance, PositionsOf(model.PathOf("t5-xxl")));
        TrainingPlan plan = LoraTrainer.Plan(weights, side / LatentTokens.Pixels, text, stated.Axes, options);
        RequireMemory(plan, request, side);

        FluxParts parts = ModelParts.Of(library, request.Model, new FluxParts(), hasText: false, cancellationToken);
        using OpenedAutoencoder autoencoder = OpenedAutoencoder.Open(library, parts.Autoencoder);
        using FluxPipeline flux = FluxPipeline.Open(parts with { Autoencoder = null }, request.Compute,
            autoencoder: autoencoder.Autoencoder);
        using MeasuredPictures found = MeasuredPictures.Find(request.Images);
        CaptionedPictures pictures = CaptionedPictures.Of(found, request, side, text, flux, cancellationToken);
        string digest = ContentDigest.Compute(weights, DigestLevel.Exact, cancellationToken: cancellationToken).Whole;
        options = options with
        {
            Recipe = string.Create(CultureInfo.InvariantCulture, $"a LoRA of rank {request.Rank}, {request.Batch} squares of {side}, seed {request.Seed}, "
                + $"pictures {pictures.Digest[..12]}, for {digest[..12]}"),
        };
        using var trainer = new LoraTrainer(weights, side / LatentTokens.Pixels, text, stated.Axes, options);
        var run = new LoraRun(request, trainer, pictures);
        started?.Invoke(new FinetuneStart(pictures.Count, pictures.HeldBackCount, side, trainer.Parameters,
            plan.Chosen.PeakBytes + plan.StateBytes, run.From, []));
        FinetuneEnd ended = run.Train(measured, progress, cancellationToken);
        LoraMeasurement before = run.Course[0];
        LoraMeasurement best = run.Course.Skip(1).LastOrDefault(m => m.IsBest) ?? before;
        if (best.HeldBack > before.HeldBack * (1 - LeastGain))
        {
            run.Forget();
            throw new LatentSharpException(ErrorKind.BadInput, request.Model, string.Create(CultureInfo.InvariantCulture,
                $"training does not help on the pictures held back: their loss is {before.HeldBack:0.0000} before, {best.HeldBack:0.0000} after. ")
                    + "Nothing was written.",
                "Give more pictures of one kind, more steps, or a lower rate.");
        }
        trainer.Write(request.Output, new Dictionary<string, string>
        {
            ["latentsharp.lora"] = JsonSerializer.Serialize(new LoraRecipe(request.Rank, request.Steps, best.Step, options.Rate, side, request.Batch,
                request.Seed, pictures.Count, pictures.HeldBackCount), ServiceJson.Lines.LoraRecipe),
            ["latentsharp.lora.pictures"] = pictures.Digest,
            ["ss_network_dim"] = request.Rank.ToString(CultureInfo.InvariantCulture),
            ["ss_base_model_version"] = "flux1",
        }, cancellationToken);
        run.Forget();
        return new LoraResult(request.Model, request.Output, request.Rank, trainer.Parameters, pictures.Count, pictures.HeldBackCount,
            trainer.Step, best.Step, ended, before.HeldBack, best.HeldBack, run.Course,
            Math.Round(Stopwatch.GetElapsedTime(start).TotalSeconds, 3), found.Unused, flux.Notes);
    }

    // The longest texts that T5 was trained with, where its configuration says it.
    private static int? PositionsOf(string? t5)
    {
        if (t5 is null) return null;
        using WeightFile file = WeightFiles.Open(t5);
        return NetworkConfiguration.Beside(null, file).Positions;
    }

    private static TrainerOptions Options(LoraRequest request) => new()
    {
        Part = TrainedPart.LowRank(request.Rank), Steps = request.Steps, Warmup = Math.Min(10, request.Steps / 20),
        Optimiser = request.Optimiser, Rate = request.Rate ?? UsualRate * (request.Optimiser == OptimiserKind.AdamW ? 1 : 10),
        Average = Math.Clamp(1 - 10.0 / request.Steps, 0.5, 0.999), Compute = request.Compute,
    };

    private static void RequireMemory(TrainingPlan plan, LoraRequest request, int side)
    {
        long bytes = plan.Chosen.PeakBytes + plan.StateBytes, budget = MemoryBudget.Of(request.Compute).Bytes;
        if (bytes <= budget) return;
        throw new LatentSharpException(ErrorKind.BadInput, request.Model, string.Create(CultureInfo.InvariantCulture,
            $"a step on pictures of {side}x{side} takes {plan.Chosen.MultiplyAdds / 1e12:0.0} T multiply-adds and {bytes / 1e9:0.0} GB, of which "
                + $"{plan.StateBytes / 1e9:0.0} GB are the matrices that it changes, with their gradients; there are {budget / 1e9:0.0} GB."),
            "LoRAs are trained here for small transformers, such as flux1-mini-generator; for this one take a trainer that runs on a graphics card.");
    }
}
