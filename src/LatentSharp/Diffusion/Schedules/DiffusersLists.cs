namespace LatentSharp.Diffusion.Schedules;

/// <summary>
/// The lists of diffusers 58eb52c beside BFL's, without the 0 at their end: FlowMatchEulerDiscreteScheduler's options on BFL's list, and
/// the lists of the schedulers that count in the flow with a fixed shift.
/// </summary>
internal static class DiffusersLists
{
    // What scheduler_config.json of FLUX.1-dev says, and the spacing of training times.
    private const double FixedShift = 3, Training = 1000;

    // UniPC cannot stand at 1, where its log of picture to noise is infinite.
    private const double JustBelowOne = 1 - 1e-6;

    /// <summary>Between the ends of BFL's list evenly in sigma^(1/7), in ln sigma, or at quantiles of a beta distribution.</summary>
    public static Func<int, double> Respaced(ScheduleKind kind, FlowSigmas model, int steps)
    {
        double most = model.Shift(1), least = model.Shift(1.0 / steps);
        return i =>
        {
            double part = steps == 1 ? 0 : (double)i / (steps - 1);
            return kind switch
            {
                ScheduleKind.BflKarras => Math.Pow(Between(Math.Pow(most, 1 / 7.0), Math.Pow(least, 1 / 7.0), part), 7),
                ScheduleKind.BflExponential => Math.Exp(Between(Math.Log(most), Math.Log(least), part)),
                _ => least + BetaDistribution.Quantile(1 - part) * (most - least),
            };
        };
    }

    /// <summary><c>use_flow_sigmas</c> of DPMSolverMultistepScheduler.</summary>
    public static double FlowShift(int i, int steps) => Shift((1 - 1 / Training) * (1 - (double)i / steps));

    /// <summary><c>use_flow_sigmas</c> of UniPCMultistepScheduler.</summary>
    public static double FlowShiftOfUniPC(int i, int steps)
        => Math.Min(Shift(Between(1, 1 / Training, (double)i / steps)), JustBelowOne);

    /// <summary>FlowMatchHeunDiscreteScheduler, which shifts the end of its list twice.</summary>
    public static double FlowHeun(int i, int steps)
        => Shift(Between(1, Shift(1 / Training), steps == 1 ? 0 : (double)i / (steps - 1)));

    private static double Shift(double t) => FixedShift * t / (1 + (FixedShift - 1) * t);

    private static double Between(double first, double last, double part) => first + part * (last - first);
}
