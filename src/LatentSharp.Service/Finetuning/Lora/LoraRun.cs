using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using LatentSharp.Service.Json;
using LatentSharp.Tuning;

namespace LatentSharp.Service.Finetuning.Lora;

/// <summary>A LoRA under way, measured by the pictures held back; the state lies beside the output after every measurement.</summary>
internal sealed class LoraRun
{
    private const int Measurements = 20;

    private readonly LoraRequest request;
    private readonly LoraTrainer trainer;
    private readonly CaptionedPictures pictures;
    private readonly IReadOnlyList<LoraExample> heldBack;
    private readonly List<LoraMeasurement> course = [];
    private readonly RunningBest best = new(Measurements / 2);
    private readonly string state;
    private readonly double secondsBefore;

    public LoraRun(LoraRequest request, LoraTrainer trainer, CaptionedPictures pictures)
    {
        (this.request, this.trainer, this.pictures, heldBack) = (request, trainer, pictures, pictures.HeldBack);
        state = TuningRun.StateOf(request.Output);
        if (request.Anew) File.Delete(state);
        else if (File.Exists(state)) secondsBefore = Continue();
    }

    /// <summary>Steps that were made before, by a run that is gone on with.</summary>
    public long From => course.Count == 0 ? 0 : course[^1].Step;

    /// <summary>What was measured, from before the first step on.</summary>
    public IReadOnlyList<LoraMeasurement> Course => course;

    /// <summary>Trains to the end, or goes on from a state.</summary>
    public FinetuneEnd Train(Action<LoraMeasurement>? measured, IProgress<JobProgress>? progress, CancellationToken cancellationToken)
    {
        try
        {
            return Run(measured, progress, cancellationToken);
        }
        catch (LatentSharpException e) when (File.Exists(state) && e.Kind == ErrorKind.BadInput)
        {
            throw TuningRun.Kept(e, state);
        }
    }

    /// <summary>Gives up the state: the result is there.</summary>
    public void Forget() => File.Delete(state);

    private FinetuneEnd Run(Action<LoraMeasurement>? measured, IProgress<JobProgress>? progress, CancellationToken cancellationToken)
    {
        long start = Stopwatch.GetTimestamp(), every = Math.Max(1, request.Steps / Measurements);
        double sum = 0;
        long count = 0;
        foreach (LoraMeasurement m in course) measured?.Invoke(m);
        if (course.Count == 0) Measure(0, null);
        while (trainer.Step < request.Steps)
        {
            TrainingStep step = trainer.Advance(pictures.Batch(trainer.Step + 1), cancellationToken);
            (sum, count) = (sum + step.Loss, count + 1);
            progress?.Report(new JobProgress((double)step.Step / request.Steps, string.Create(CultureInfo.InvariantCulture, $"loss {step.Loss:0.0000}"), "",
                (int)step.Step, (int)request.Steps));
            double seconds = secondsBefore + Stopwatch.GetElapsedTime(start).TotalSeconds;
            bool late = request.Minutes is { } minutes && seconds > 60 * minutes;
            if (step.Step % every != 0 && step.Step != request.Steps && !late) continue;
            if (Measure(step.Step, sum / count).IsBest) trainer.Keep();
            (sum, count) = (0, 0);
            trainer.Save(state, JsonSerializer.Serialize(new LoraNotes(course, seconds), ServiceJson.Lines.LoraNotes));
            if (late) return FinetuneEnd.Minutes;
            if (best.IsOver) return FinetuneEnd.NoGain;
        }
        return FinetuneEnd.Steps;

        LoraMeasurement Measure(long step, double? loss)
        {
            double held = Math.Round(trainer.Measure(heldBack, cancellationToken), 6);
            var m = new LoraMeasurement(step, loss, held, step > 0 && best.Add(-held));
            course.Add(m);
            measured?.Invoke(m);
            return m;
        }
    }

    private double Continue()
    {
        LoraNotes notes = JsonSerializer.Deserialize(trainer.Resume(state), ServiceJson.Lines.LoraNotes)!;
        foreach (LoraMeasurement m in notes.Course)
        {
            if (m.Step > 0) best.Add(-m.HeldBack);
            course.Add(m);
        }
        return notes.Seconds;
    }
}
