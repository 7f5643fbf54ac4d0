using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using LatentSharp.Autoencoders.Catalogue;
using LatentSharp.Autoencoders.Families;
using LatentSharp.Compute;
using LatentSharp.Service.Autoencoders;
using LatentSharp.Service.Files;
using LatentSharp.Service.Finetuning;
using LatentSharp.Service.Json;
using LatentSharp.Service.Reporting;
using LatentSharp.Tuning;
using LatentSharp.Weights;
using LatentSharp.Weights.Identity;

namespace LatentSharp.Service.Training;

/// <summary>
/// Makes a new autoencoder by a recipe: from pictures alone, with a latent space of its own, or as the student of a larger one, in its
/// space. The way is that of <see cref="FinetuneAutoencoder"/>: some pictures are held back, by them the best result is kept, and a run that
/// was stopped goes on from its state, which lies beside the output.
/// </summary>
public static class TrainAutoencoder
{
    // Rates that suit this many numbers, and fall with their root.
    private const double RateOfFew = 1e-3, Few = 5e6;

    // What a recipe is called in the file of the result.
    private const string Key = "latentsharp.trained";

    /// <summary>Trains.</summary>
    /// <param name="library">Where teachers are found by name.</param>
    /// <param name="request">What to make, and of which pictures.</param>
    /// <param name="started">Told what is known before the first step; null for nobody.</param>
    /// <param name="measured">Told every measurement, the first before the first step; null for nobody.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancellationToken">Ends it soon; the state is kept.</param>
    /// <exception cref="LatentSharpException">The recipe makes no sense, there are too few pictures, the memory does not suffice, a loss is no
    /// number, the disk is full, or nothing was learned.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static async Task<TrainResult> RunAsync(AutoencoderLibrary library, TrainRequest request,
        Action<FinetuneStart>? started = null, Action<FinetuneMeasurement>? measured = null, IProgress<JobProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(library);
        ArgumentNullException.ThrowIfNull(request);
        long start = Stopwatch.GetTimestamp();
        TuningRun.RequireEnding(request.Output);
        TrainRecipe recipe = RecipeFile.Read(request.Recipe, request.Lpips);
        recipe = recipe with { Steps = request.Steps ?? recipe.Steps, Minutes = request.Minutes ?? recipe.Minutes };
        var tuning = new TuningRequest
        {
            Images = request.Images, Output = request.Output, Part = recipe.Part, Loss = recipe.Loss, Steps = recipe.Steps,
            Minutes = recipe.Minutes, Rate = recipe.Rate, Optimiser = recipe.Optimiser,
            Crop = recipe.Crop, Batch = recipe.Batch, Seed = recipe.Seed,
            Page = request.Page, Anew = request.Anew, Compute = request.Compute,
        };
        using OpenedAutoencoder? opened = recipe.Teacher is null ? null : OpenedAutoencoder.Open(library, recipe.Teacher.Autoencoder);
        Autoencoder? teacher = opened?.Autoencoder;
        OutputFiles.Require(request.Output, request.Recipe, opened?.Facts.Path);
        if (request.Page is not null) OutputFiles.Require(request.Page);
        RequireSpace(recipe.Network, teacher, request.Recipe);
        RequireMemory(recipe.Network, request);
        using Autoencoder fresh = recipe.Network.Start(recipe.Seed, recipe.Part, teacher);
        using MeasuredPictures found = MeasuredPictures.Find(request.Images);
        TrainingPictures pictures = TrainingPictures.Of(found, null, tuning, recipe.Network.Factor, TuningRun.Side, _ => true,
            cancellationToken);
        using var trainer = new Trainer(fresh, Options(recipe, teacher, pictures, request.Compute));
        var heldBack = new HeldBack(pictures.HeldBack, teacher ?? fresh, recipe.Part.MovesLatents, request.Compute, cancellationToken);
        HeldBackFigures? taught = teacher is { CanEncode: true, CanDecode: true } ? heldBack.Measure(teacher, cancellationToken) : null;
        var run = new TuningRun(tuning, trainer, pictures, heldBack);
        FinetuneEnd ended = await run.RunAsync(Path.GetFileNameWithoutExtension(request.Recipe), [.. found.Notes], started, measured,
            progress, cancellationToken).ConfigureAwait(false);
        TrainResult result = Finish(request, recipe, opened, trainer, pictures, heldBack, run.Course, cancellationToken);
        run.Forget();
        return result with
        {
            Ended = ended,
            Taught = taught,
            Seconds = Math.Round(Stopwatch.GetElapsedTime(start).TotalSeconds, 3),
            Unreadable = found.Unused,
            Notes = found.Notes,
        };
    }

    private static TrainerOptions Options(TrainRecipe recipe, Autoencoder? teacher, TrainingPictures pictures, ComputeOptions compute)
    {
        double rate = recipe.Rate
            ?? RateOfFew * Math.Sqrt(Few / Math.Max(Few, recipe.Network.Parameters)) * (recipe.Optimiser == OptimiserKind.AdamW ? 1 : 10);
        return new TrainerOptions
        {
            Part = recipe.Part, Loss = recipe.Measure, Steps = recipe.Steps, Rate = rate,
            Warmup = Math.Min(100, recipe.Steps / 20),
            Optimiser = recipe.Optimiser, Average = Math.Clamp(1 - 10.0 / recipe.Steps, 0.5, 0.999), Teacher = teacher,
            LatentWeight = recipe.Teacher?.Latents ?? 1, TaughtWeight = recipe.Teacher?.Pictures ?? 0, Divergence = recipe.Kl,
            Recipe = string.Create(CultureInfo.InvariantCulture, $"recipe {Text(recipe)}, pictures {pictures.Digest[..12]}"
                + $"{(teacher is null ? "" : $", of {DigestOf(teacher, default)[..12]}")}"),
            Compute = compute,
        };
    }

    private static void RequireSpace(AutoencoderDesign design, Autoencoder? teacher, string recipe)
    {
        if (teacher is null) return;
        try
        {
            design.FamilyFor(teacher);
        }
        catch (LatentSharpException e)
        {
            throw new LatentSharpException(e.Kind, recipe, $"{e.Where}: {e.What}", e.Remedy, e);
        }
    }

    // A network of any size can be written down; whether it fits is said before anything of it is made.
    private static void RequireMemory(AutoencoderDesign design, TrainRequest request)
    {
        // The weights twice, two memories, the mean with what rounding took off it, what is kept, and the gradient.
        long bytes = 8 * sizeof(float) * design.Parameters, budget = MemoryBudget.Of(request.Compute).Bytes;
        if (bytes > budget)
            throw new LatentSharpException(ErrorKind.BadInput, request.Recipe, string.Create(CultureInfo.InvariantCulture,
                $"a network of {design.Parameters:N0} numbers takes {bytes / 1e9:0.0} GB while it is trained; there are {budget / 1e9:0.0} GB."),
                "Take fewer channels, smaller multipliers or fewer blocks.");
    }

    // The file is made under another name, measured, and only then called as it was asked for.
    private static TrainResult Finish(TrainRequest request, TrainRecipe recipe, OpenedAutoencoder? opened, Trainer trainer,
        TrainingPictures pictures, HeldBack heldBack, FinetuneCourse course, CancellationToken cancellationToken)
    {
        Autoencoder? teacher = opened?.Autoencoder;
        if (course.Best is not { } best || !course.IsGain(best.HeldBack))
        {
            File.Delete(TuningRun.StateOf(request.Output));
            throw new LatentSharpException(ErrorKind.BadInput, request.Recipe, "nothing was learned that shows on the pictures held back"
                + $"{(course.Best is { } last ? $": {TuningRun.Change(course.Before, last.HeldBack)}" : "")}. Nothing was written.",
                "Take more steps, or another rate.");
        }
        var metadata = new Dictionary<string, string>
        {
            [Key] = Text(recipe), [Key + ".pictures"] = pictures.Digest, [Key + ".step"] = best.Step.ToString(CultureInfo.InvariantCulture),
        };
        if (teacher is not null) metadata[Key + ".teacher"] = DigestOf(teacher, cancellationToken);
        else
            using (Autoencoder kept = trainer.Kept())
                foreach ((string key, string value) in OwnSpace(kept, pictures, request.Compute, cancellationToken)) metadata[key] = value;
        string made = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(request.Output))!, TemporaryName.New());
        try
        {
            trainer.Write(made, kept: true, metadata, cancellationToken);
            using Autoencoder written = Autoencoder.Open(made);
            HeldBackFigures after = heldBack.Measure(written, cancellationToken);
            var space = new LearnedSpace(written.Space.Id, written.Space.Title, written.Space.Scale, written.Space.Shift,
                teacher is null || !written.CanEncode ? null : Difference(written, heldBack, request.Compute, cancellationToken));
            if (!course.IsGain(after)) throw new InvalidOperationException("the file that was written is not what was trained");
            written.Dispose();
            File.Move(made, request.Output, overwrite: true);
            return new TrainResult(request.Recipe, opened?.Facts, request.Output, recipe.Part.Word, recipe.Loss, trainer.Parameters,
                pictures.Count, heldBack.Count, trainer.Step, best.Step, default, after, null, course.All, space, 0, [], []);
        }
        finally
        {
            File.Delete(made);
        }
    }

    // The scale and shift that bring its latents of the pictures to deviation 1 and mean 0, as the published constants do.
    private static Dictionary<string, string> OwnSpace(Autoencoder trained, TrainingPictures pictures, ComputeOptions compute,
        CancellationToken cancellationToken)
    {
        double sum = 0, squares = 0;
        long count = 0;
        foreach (TrainingExample example in pictures.Middles(TuningRun.Side))
        {
            Latent latent = trained.Encode(example.Picture, new EncodeOptions { Compute = compute }, cancellationToken: cancellationToken);
            var model = new float[latent.Values.Length];
            trained.ModelSpace.ToModel(latent.Values, model, latent.Height, latent.Width);
            foreach (float value in model) (sum, squares) = (sum + value, squares + (double)value * value);
            count += model.Length;
        }
        double mean = sum / count, deviation = Math.Sqrt(Math.Max(squares / count - mean * mean, 0));
        LatentSpace own = trained.Space with { Scale = [(float)(1 / Math.Max(deviation, 1e-6))], Shift = [(float)mean] };
        return AutoencoderMetadata.Of(trained.Family, own with
        {
            Id = AutoencoderMetadata.NewSpace + DigestOf(trained, cancellationToken)[..8],
        });
    }

    private static double Difference(Autoencoder student, HeldBack heldBack, ComputeOptions compute, CancellationToken cancellationToken)
    {
        double squares = 0;
        long count = 0;
        for (int i = 0; i < heldBack.Count; i++)
        {
            Latent own = student.Encode(heldBack[i].Picture, new EncodeOptions { Compute = compute }, cancellationToken: cancellationToken);
            ReadOnlySpan<float> taught = heldBack.LatentOf(i).Values, found = own.Values;
            for (int v = 0; v < found.Length; v++) squares += Math.Pow((double)found[v] - taught[v], 2);
            count += found.Length;
        }
        return Math.Round(Math.Sqrt(squares / count), 6);
    }

    private static string DigestOf(Autoencoder autoencoder, CancellationToken cancellationToken)
        => ContentDigest.Compute(autoencoder.Weights, DigestLevel.Exact, cancellationToken: cancellationToken).Whole;

    private static string Text(TrainRecipe recipe) => JsonSerializer.Serialize(WrittenRecipe.Of(recipe), ServiceJson.Lines.WrittenRecipe);
}
