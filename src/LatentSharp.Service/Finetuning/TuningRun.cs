using System.Diagnostics;
using System.Globalization;
using LatentSharp.Tuning;

namespace LatentSharp.Service.Finetuning;

/// <summary>What is known of a training before its first step.</summary>
/// <param name="Pictures">Pictures to learn from.</param>
/// <param name="HeldBack">Pictures held back.</param>
/// <param name="Crop">Sides of the squares that are cut out of the pictures.</param>
/// <param name="Parameters">Numbers that are trained.</param>
/// <param name="Bytes">Memory of a step, and of all that is remembered.</param>
/// <param name="From">Steps that were made before, by a run that is gone on with.</param>
/// <param name="Notes">What else is worth knowing.</param>
public sealed record FinetuneStart(int Pictures, int HeldBack, int Crop, long Parameters, long Bytes, long From,
    IReadOnlyList<string> Notes);

/// <summary>
/// A training under way, measured by the pictures held back: the best result is kept, it ends when they no longer gain, and the state lies
/// beside the output after every measurement, so that a run that was stopped goes on.
/// </summary>
internal sealed class TuningRun
{
    /// <summary>
    /// The most pixels each way of a picture held back: wider than the squares that are learned, whose statistics normalisations get used
    /// to, so that what is told is true of whole pictures.
    /// </summary>
    public const int Side = 512;

    private const string Ending = ".safetensors", StateEnding = ".training.safetensors";

    // How often the pictures held back are measured in a run.
    private const int Measurements = 40;

    // Steps between two measurements at most: between them a kill loses what was done.
    private const long MostBetween = 50;

    private readonly TuningRequest request;
    private readonly Trainer trainer;
    private readonly TrainingPictures pictures;
    private readonly HeldBack heldBack;
    private readonly string state;
    private readonly long every;

    public TuningRun(TuningRequest request, Trainer trainer, TrainingPictures pictures, HeldBack heldBack)
    {
        (this.request, this.trainer, this.pictures, this.heldBack, state) = (request, trainer, pictures, heldBack, StateOf(request.Output));
        every = Math.Clamp(request.Steps / Measurements, 1, MostBetween);
        Course = new FinetuneCourse(request.Loss, Math.Max(10, (int)(request.Steps / every / 3)));
    }

    /// <summary>What was measured.</summary>
    public FinetuneCourse Course { get; }

    /// <summary>Where the state of a run lies.</summary>
    public static string StateOf(string output) => output[..^Ending.Length] + StateEnding;

    /// <summary>What went wrong, with the state that is kept.</summary>
    public static LatentSharpException Kept(LatentSharpException e, string state)
        => new(e.Kind, e.Where, $"{e.What} The state of the last measurement is kept in {state}.", e.Remedy, e);

    /// <summary>Refuses an output that does not look like a weight file.</summary>
    public static void RequireEnding(string output)
    {
        if (!output.EndsWith(Ending, StringComparison.OrdinalIgnoreCase))
            throw new LatentSharpException(ErrorKind.Usage, output, "a weight file ends in .safetensors.", "Give it that ending.");
    }

    /// <summary>From figures to others, for people.</summary>
    public static string Change(HeldBackFigures before, HeldBackFigures after) => string.Create(CultureInfo.InvariantCulture,
        $"PSNR {before.Psnr:0.00} -> {after.Psnr:0.00} dB, SSIM {before.Ssim:0.0000} -> {after.Ssim:0.0000}, "
            + $"CIEDE2000 {before.DeltaE:0.00} -> {after.DeltaE:0.00}");

    /// <summary>Trains to the end, or goes on from a state.</summary>
    /// <param name="name">What is trained, for people.</param>
    /// <param name="notes">What is worth knowing before the first step.</param>
    /// <param name="started">Told what is known before the first step; null for nobody.</param>
    /// <param name="measured">Told every measurement, the first before the first step; null for nobody.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancellationToken">Ends it soon; the state is kept.</param>
    public async Task<FinetuneEnd> RunAsync(string name, IReadOnlyList<string> notes, Action<FinetuneStart>? started,
        Action<FinetuneMeasurement>? measured, IProgress<JobProgress>? progress, CancellationToken cancellationToken)
    {
        long start = Stopwatch.GetTimestamp();
        double before = 0;
        if (request.Anew) File.Delete(state);
        else if (File.Exists(state)) before = Course.Read(trainer.Resume(state));
        started?.Invoke(new FinetuneStart(pictures.Count, heldBack.Count, pictures.Crop, trainer.Parameters,
            trainer.Plan(pictures.Crop, pictures.Crop).PeakBytes + trainer.StateBytes, trainer.Step, notes));
        FinetunePage? page = FinetunePage.Of(request.Page, name, request, pictures.Crop, heldBack, trainer.Original);
        if (Course.All.Count == 0) Measured(0, null, trainer.Original);
        else foreach (FinetuneMeasurement m in Course.All) measured?.Invoke(m);

        double sum = 0;
        long count = 0;
        try
        {
            await foreach (TrainingStep step in trainer.RunAsync(pictures.Batch, cancellationToken).ConfigureAwait(false))
            {
                (sum, count) = (sum + step.Loss, count + 1);
                progress?.Report(new JobProgress((double)step.Step / request.Steps, string.Create(CultureInfo.InvariantCulture, $"loss {step.Loss:0.0000}"),
                    "", (int)step.Step, (int)request.Steps));
                bool late = request.Minutes is { } minutes && before + Stopwatch.GetElapsedTime(start).TotalSeconds > 60 * minutes;
                if (step.Step % every != 0 && step.Step != request.Steps && !late) continue;
                if (Measured(step.Step, sum / count, trainer.Result).IsBest) trainer.Keep();
                (sum, count) = (0, 0);
                trainer.Save(state, Course.Write(before + Stopwatch.GetElapsedTime(start).TotalSeconds));
                page?.Write(Course, trainer, cancellationToken);
                if (late) return FinetuneEnd.Minutes;
                if (Course.IsOver) return FinetuneEnd.NoGain;
            }
        }
        catch (LatentSharpException e) when (File.Exists(state) && e.Kind == ErrorKind.BadInput)
        {
            throw Kept(e, state);
        }
        return FinetuneEnd.Steps;

        FinetuneMeasurement Measured(long step, double? meanLoss, Autoencoder autoencoder)
        {
            FinetuneMeasurement m = Course.Add(step, meanLoss, heldBack.Measure(autoencoder, cancellationToken));
            measured?.Invoke(m);
            return m;
        }
    }

    /// <summary>Gives up the state: the result is there.</summary>
    public void Forget() => File.Delete(state);
}
