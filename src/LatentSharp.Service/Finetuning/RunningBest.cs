namespace LatentSharp.Service.Finetuning;

/// <summary>The best of scores that come one after the other. One measurement is chance, so it goes by the mean of the last few.</summary>
/// <param name="patience">Scores without a gain after which it is not worth going on.</param>
internal sealed class RunningBest(int patience)
{
    private const int Running = 3;

    private readonly List<double> scores = [];
    private double best = double.NegativeInfinity;
    private int sinceBest;

    /// <summary>Whether it has not gained for so long that it is not worth going on.</summary>
    public bool IsOver => sinceBest >= patience;

    /// <summary>Counts a score, of which higher is better, and says whether it is the best so far.</summary>
    public bool Add(double score)
    {
        scores.Add(score);
        double mean = scores.TakeLast(Running).Average();
        bool isBest = mean > best;
        best = Math.Max(best, mean);
        sinceBest = isBest ? 0 : sinceBest + 1;
        return isBest;
    }
}
