namespace LatentSharp.Autoencoders;

/// <summary>The progress of one picture as a part of the progress of its batch.</summary>
internal sealed class BatchProgress(IProgress<StepProgress> whole, int picture, int pictures) : IProgress<StepProgress>
{
    public void Report(StepProgress value) => whole.Report(value with { Fraction = (picture + value.Fraction) / pictures });

    public static IProgress<StepProgress>? Of(IProgress<StepProgress>? whole, int picture, int pictures)
        => whole is null || pictures == 1 ? whole : new BatchProgress(whole, picture, pictures);
}
