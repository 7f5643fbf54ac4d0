using System.Text.Json;
using LatentSharp.Service.Json;

namespace LatentSharp.Service.Finetuning;

/// <summary>What a run has to find again beside its weights, in the notes of its state.</summary>
/// <param name="Before">The pictures held back, before the first step.</param>
/// <param name="Course">What was measured.</param>
/// <param name="Seconds">How long it took so far.</param>
public sealed record FinetuneNotes(HeldBackFigures Before, IReadOnlyList<FinetuneMeasurement> Course, double Seconds);

/// <summary>
/// The course of a training by the pictures held back: which result was the best, and whether it still gains.
/// </summary>
/// <param name="loss">The loss, whose first term tells what better means.</param>
/// <param name="patience">Measurements without a gain after which it ends.</param>
internal sealed class FinetuneCourse(string loss, int patience)
{
    private readonly List<FinetuneMeasurement> course = [];
    private readonly RunningBest best = new(patience);

    /// <summary>What was measured so far, from before the first step on.</summary>
    public IReadOnlyList<FinetuneMeasurement> All => course;

    /// <summary>Before the first step.</summary>
    public HeldBackFigures Before => course[0].HeldBack;

    /// <summary>The best measurement after a step; null before the first.</summary>
    public FinetuneMeasurement? Best => course.Skip(1).LastOrDefault(m => m.IsBest);

    /// <summary>Whether it has not gained for so long that it is not worth going on.</summary>
    public bool IsOver => best.IsOver;

    /// <summary>Counts a measurement, and says whether it is the best so far.</summary>
    public FinetuneMeasurement Add(long step, double? meanLoss, HeldBackFigures figures)
    {
        var measurement = new FinetuneMeasurement(step, meanLoss, figures, course.Count > 0 && best.Add(Score(figures)));
        course.Add(measurement);
        return measurement;
    }

    /// <summary>Whether figures are better than those before, by what can be told apart.</summary>
    public bool IsGain(HeldBackFigures figures) => Score(figures) - Score(Before) >= LeastGain;

    /// <summary>For the notes of a state.</summary>
    public string Write(double seconds)
        => JsonSerializer.Serialize(new FinetuneNotes(Before, course, seconds), ServiceJson.Lines.FinetuneNotes);

    /// <summary>Goes on from the notes of a state; gives the seconds.</summary>
    public double Read(string notes)
    {
        FinetuneNotes read = JsonSerializer.Deserialize(notes, ServiceJson.Lines.FinetuneNotes)!;
        foreach (FinetuneMeasurement m in read.Course) Add(m.Step, m.Loss, m.HeldBack);
        return read.Seconds;
    }

    private bool BySsim => TuningLoss.FirstOf(loss) == "ssim";

    private bool ByColour => TuningLoss.FirstOf(loss) == "colour";

    private double LeastGain => BySsim ? 0.0005 : 0.01;

    private double Score(HeldBackFigures f) => (BySsim ? f.Ssim : ByColour ? -f.DeltaE : f.Psnr) ?? double.NegativeInfinity;
}
