using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using LatentSharp.Autoencoders.Catalogue;
using LatentSharp.Service.Autoencoders;
using LatentSharp.Service.Files;
using LatentSharp.Service.Json;
using LatentSharp.Service.Reporting;
using LatentSharp.Tuning;
using LatentSharp.Weights;
using LatentSharp.Weights.Identity;

namespace LatentSharp.Service.Finetuning;

/// <summary>
/// Trains an autoencoder further on pictures. Some are held back: by them the best result is kept, the run ends when it no longer gains,
/// and what is not better than before is not written. A run that was stopped goes on from its state, which lies beside the output.
/// </summary>
public static class FinetuneAutoencoder
{
    // A rate that suits this many numbers, and falls with their root.
    private const double RateOfFew = 1e-4, Few = 5e6;

    /// <summary>Trains.</summary>
    /// <param name="library">Where autoencoders are found by name.</param>
    /// <param name="request">What to train, and how.</param>
    /// <param name="started">Told what is known before the first step; null for nobody.</param>
    /// <param name="measured">Told every measurement, the first before the first step; null for nobody.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancellationToken">Ends it soon; the state is kept.</param>
    /// <exception cref="LatentSharpException">The request makes no sense, there are too few pictures, a loss is no number, the disk is full,
    /// or it does not help.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static async Task<FinetuneResult> RunAsync(AutoencoderLibrary library, FinetuneRequest request,
        Action<FinetuneStart>? started = null, Action<FinetuneMeasurement>? measured = null, IProgress<JobProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(library);
        ArgumentNullException.ThrowIfNull(request);
        long start = Stopwatch.GetTimestamp();
        TuningRun.RequireEnding(request.Output);
        if (request.Latents is not null && request.Part.MovesLatents)
            throw new LatentSharpException(ErrorKind.Usage, "--latents", $"latents are given to the decoder; the part {request.Part} makes its own.");
        Func<LossNode, LossNode, LossNode> loss = TuningLoss.Of(request.Loss, request.Lpips);
        using OpenedAutoencoder opened = OpenedAutoencoder.Open(library, request.Autoencoder);
        OutputFiles.Require(request.Output, opened.Facts.Path);
        if (request.Page is not null) OutputFiles.Require(request.Page);
        Autoencoder original = opened.Autoencoder;
        if (!original.CanEncode && request.Latents is null)
            throw new LatentSharpException(ErrorKind.BadInput, original.Name, "there is no encoder to make latents of the pictures.",
                new Remedy(RemedyKind.GiveOption, "Give latents to the pictures", "latents"));
        using MeasuredPictures found = MeasuredPictures.Find(request.Images);
        PairedLatents? pairs = request.Latents is null ? null : new PairedLatents(request.Latents, original);
        TrainingPictures pictures = TrainingPictures.Of(found, pairs, request, original.Space.Factor, TuningRun.Side,
            crop => Fits(original, request, loss, crop), cancellationToken);
        using Trainer trainer = MakeTrainer(original, request, loss, pictures);
        var heldBack = new HeldBack(pictures.HeldBack, original, request.Part.MovesLatents, request.Compute, cancellationToken);
        var run = new TuningRun(request, trainer, pictures, heldBack);
        string[] notes = [.. found.Notes, .. pictures.Notes, .. trainer.Foresee()];
        FinetuneEnd ended = await run.RunAsync(opened.Facts.Name, notes, started, measured, progress, cancellationToken)
            .ConfigureAwait(false);
        FinetuneResult result = Finish(opened, request, trainer, pictures, heldBack, run.Course, cancellationToken);
        run.Forget();
        return result with
        {
            Ended = ended,
            Seconds = Math.Round(Stopwatch.GetElapsedTime(start).TotalSeconds, 3),
            Unreadable = found.Unused,
            Notes = [.. notes, .. result.Notes],
        };
    }

    // Only what was said is asked: what is free at the moment would choose otherwise when a run goes on.
    private static bool Fits(Autoencoder original, FinetuneRequest request, Func<LossNode, LossNode, LossNode> loss, int crop)
    {
        if (request.Compute.MemoryBudget is null) return true;
        try
        {
            TrainingPlan.Of(original, new TrainerOptions { Part = request.Part, Loss = loss, Compute = request.Compute }, crop, crop);
            return true;
        }
        catch (LatentSharpException)
        {
            return false;       // whatever else is wrong is told of the smaller one
        }
    }

    private static Trainer MakeTrainer(Autoencoder original, FinetuneRequest request, Func<LossNode, LossNode, LossNode> loss,
        TrainingPictures pictures)
    {
        long parameters = request.Part.Parameters(original);
        double rate = request.Rate
            ?? RateOfFew * Math.Sqrt(Few / Math.Max(Few, parameters)) * (request.Optimiser == OptimiserKind.AdamW ? 1 : 10)
                // What is added is a product, one factor of which begins at 0 and the other far below 1.
                * (request.Part.Rank is null ? 1 : 10);
        return new Trainer(original, new TrainerOptions
        {
            Part = request.Part, Loss = loss, Steps = request.Steps, Rate = rate, Warmup = Math.Min(10, request.Steps / 20),
            Optimiser = request.Optimiser, Average = Math.Clamp(1 - 10.0 / request.Steps, 0.5, 0.999),
            Recipe = string.Create(CultureInfo.InvariantCulture,
                $"{request.Part} by {request.Loss}, {request.Batch} squares of {pictures.Crop}, seed {request.Seed}, pictures {pictures.Digest[..12]}, "
                    + $"from {ContentDigest.Compute(original.Weights, DigestLevel.Exact).Whole[..12]}"),
            Compute = request.Compute,
        });
    }

    // The file is made under another name, proved, and only then called as it was asked for.
    private static FinetuneResult Finish(OpenedAutoencoder opened, FinetuneRequest request, Trainer trainer, TrainingPictures pictures,
        HeldBack heldBack, FinetuneCourse course, CancellationToken cancellationToken)
    {
        Autoencoder original = opened.Autoencoder;
        FinetuneMeasurement best = course.Best ?? throw NoGain(original.Name, course.Before, null);
        if (!course.IsGain(best.HeldBack))
        {
            File.Delete(TuningRun.StateOf(request.Output));
            throw NoGain(original.Name, course.Before, best.HeldBack);
        }
        var metadata = new Dictionary<string, string>
        {
            ["latentsharp.finetuned"] = JsonSerializer.Serialize(new FinetuneRecipe(request.Part.Word, request.Loss, request.Steps, best.Step,
                request.Rate, pictures.Crop, request.Batch, request.Seed, pictures.Count, heldBack.Count, request.Latents is not null),
                ServiceJson.Lines.FinetuneRecipe),
            ["latentsharp.finetuned.from"] = ContentDigest.Compute(original.Weights, DigestLevel.Exact, cancellationToken: cancellationToken).Whole,
            ["latentsharp.finetuned.pictures"] = pictures.Digest,
            ["latentsharp.finetuned.held_back"] = TuningRun.Change(course.Before, best.HeldBack),
        };
        string made = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(request.Output))!, TemporaryName.New());
        try
        {
            TunedFile file = trainer.Write(made, kept: true, metadata, cancellationToken);
            HeldBackFigures after;
            KeptSpace space;
            using (Autoencoder written = Autoencoder.Open(made, new AutoencoderOptions { Family = original.Family }))
            {
                if (request.Part.MovesLatents && !written.CanEncode || request.Part != TrainedPart.Encoder && !written.CanDecode)
                    throw new InvalidOperationException("the file that was written lacks what was trained");
                using Autoencoder kept = trainer.Kept();
                after = heldBack.Measure(request.Part.MovesLatents || written.CanDecode ? written : kept, cancellationToken);
                space = SpaceProof.Of(original, written, request, heldBack, cancellationToken);
            }
            // Rounding to the types of the file may take away what was gained.
            if (!course.IsGain(after)) throw NoGain(original.Name, course.Before, after);
            File.Move(made, request.Output, overwrite: true);
            return new FinetuneResult(opened.Facts, request.Output, request.Part.Word, request.Loss, file.Changed.Count, trainer.Parameters,
                pictures.Count, heldBack.Count, trainer.Step, best.Step, default, course.Before, after, course.All, space, 0, [],
                file.Notes);
        }
        finally
        {
            File.Delete(made);
        }
    }

    private static LatentSharpException NoGain(string name, HeldBackFigures before, HeldBackFigures? after)
        => new(ErrorKind.BadInput, name, $"training does not help on the pictures held back{(after is null ? "" : $": {TuningRun.Change(before, after)}")}. "
            + "Nothing was written.", "Give more pictures of the kind that matters, more steps, or a lower rate; or leave it as it is.");
}

/// <summary>How a file was trained, as its metadata say it.</summary>
/// <param name="Part">What was trained.</param>
/// <param name="Loss">The loss.</param>
/// <param name="Steps">Steps that were planned.</param>
/// <param name="Step">The step whose result it is.</param>
/// <param name="Rate">The highest rate, or null for that by size.</param>
/// <param name="Crop">Sides of the squares.</param>
/// <param name="Batch">Squares in a step.</param>
/// <param name="Seed">The seed.</param>
/// <param name="Pictures">Pictures that were learned from.</param>
/// <param name="HeldBack">Pictures held back.</param>
/// <param name="Latents">Whether latents were given.</param>
public sealed record FinetuneRecipe(string Part, string Loss, long Steps, long Step, double? Rate, int Crop, int Batch, ulong Seed,
    int Pictures, int HeldBack, bool Latents);
