using System.Collections.Immutable;

namespace LatentSharp.Diffusion.Schedules;

/// <summary>
/// Makes the list of sigmas that a sampler walks down: sigma 0 (the noisiest) to the last, which is 0. The lists are those of ComfyUI
/// a125cd8 (comfy/samplers.py), diffusers 58eb52c and BFL's, to 2e-6.
/// </summary>
public static class Schedule
{
    private static readonly ImmutableArray<(string Name, ScheduleKind Kind)> Names =
    [
        ("bfl", ScheduleKind.Bfl), ("simple", ScheduleKind.Simple), ("normal", ScheduleKind.Normal),
            ("sgm_uniform", ScheduleKind.SgmUniform),
        ("ddim_uniform", ScheduleKind.DdimUniform), ("beta", ScheduleKind.Beta), ("karras", ScheduleKind.Karras),
            ("exponential", ScheduleKind.Exponential),
        ("kl_optimal", ScheduleKind.KLOptimal), ("linear_quadratic", ScheduleKind.LinearQuadratic),
        ("bfl_karras", ScheduleKind.BflKarras), ("bfl_exponential", ScheduleKind.BflExponential), ("bfl_beta", ScheduleKind.BflBeta),
        ("flow_shift3", ScheduleKind.FlowShift3), ("flow_shift3_unipc", ScheduleKind.FlowShift3UniPC),
            ("flow_heun3", ScheduleKind.FlowHeun3),
    ];

    /// <summary>Every name that <see cref="Parse"/> knows.</summary>
    public static IEnumerable<string> AllNames => Names.Select(n => n.Name);

    /// <summary>The name of a schedule.</summary>
    public static string NameOf(ScheduleKind kind) => Names.First(n => n.Kind == kind).Name;

    /// <summary>The schedule of a name.</summary>
    /// <exception cref="LatentSharpException">There is none of that name.</exception>
    public static ScheduleKind Parse(string name)
    {
        foreach ((string known, ScheduleKind kind) in Names)
            if (known == name) return kind;
        throw new LatentSharpException(ErrorKind.Usage, "schedule", $"there is no schedule called {name}; there are {string.Join(", ", AllNames)}.");
    }

    /// <summary>Whether a list is shifted by the size of the picture, as BFL and diffusers do it.</summary>
    internal static bool KnowsSize(ScheduleKind kind)
        => kind is ScheduleKind.Bfl or ScheduleKind.BflKarras or ScheduleKind.BflExponential or ScheduleKind.BflBeta;

    /// <summary>The list for a number of steps.</summary>
    /// <param name="kind">Which list.</param>
    /// <param name="model">How the model counts noise. For <see cref="ScheduleKind.Bfl"/> and the lists made of it it has to know the
    /// size: <see cref="FlowSigmas.DevForTokens"/>.</param>
    /// <param name="steps">How many steps; see <see cref="ScheduleKind"/> for the lists that may come out longer or shorter.</param>
    /// <returns>One sigma more than steps; the last is 0.</returns>
    /// <exception cref="LatentSharpException">The number of steps is below 1, or too small for this schedule.</exception>
    public static float[] Make(ScheduleKind kind, FlowSigmas model, int steps)
    {
        ArgumentNullException.ThrowIfNull(model);
        if (steps < 1 || (steps < 2 && kind == ScheduleKind.KLOptimal))
            throw new LatentSharpException(ErrorKind.Usage, "steps",
                $"the schedule {NameOf(kind)} needs at least {(kind == ScheduleKind.KLOptimal ? "two steps" : "one step")}, not {steps}.");
        return kind switch
        {
            ScheduleKind.Bfl => ToZero(steps, i => model.Shift(1 - (double)i / steps)),
            ScheduleKind.Simple => ToZero(steps, i => model.Table[^(1 + (int)(i * ((double)model.Table.Length / steps)))]),
            ScheduleKind.Normal =>
                ToZero(steps, i => model.Shift(Between(model.Most, model.Least, steps == 1 ? 0 : (double)i / (steps - 1)))),
            ScheduleKind.SgmUniform => ToZero(steps, i => model.Shift(Between(model.Most, model.Least, (double)i / steps))),
            ScheduleKind.DdimUniform => DdimUniform(model, steps),
            ScheduleKind.Beta => Beta(model, steps),
            ScheduleKind.Karras =>
                ToZero(steps, i =>
                    Math.Pow(Between(Math.Pow(model.Most, 1 / 7.0), Math.Pow(model.Least, 1 / 7.0),
                        steps == 1 ? 0 : (double)i / (steps - 1)), 7)),
            ScheduleKind.Exponential =>
                ToZero(steps, i =>
                    Math.Exp(Between(Math.Log(model.Most), Math.Log(model.Least), steps == 1 ? 0 : (double)i / (steps - 1)))),
            ScheduleKind.KLOptimal =>
                ToZero(steps, i => Math.Tan(Between(Math.Atan(model.Most), Math.Atan(model.Least), (double)i / (steps - 1)))),
            ScheduleKind.LinearQuadratic => LinearQuadratic(model, steps),
            ScheduleKind.BflKarras or ScheduleKind.BflExponential or ScheduleKind.BflBeta =>
                ToZero(steps, DiffusersLists.Respaced(kind, model, steps)),
            ScheduleKind.FlowShift3 => ToZero(steps, i => DiffusersLists.FlowShift(i, steps)),
            ScheduleKind.FlowShift3UniPC => ToZero(steps, i => DiffusersLists.FlowShiftOfUniPC(i, steps)),
            ScheduleKind.FlowHeun3 => ToZero(steps, i => DiffusersLists.FlowHeun(i, steps)),
            _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
        };
    }

    /// <summary>
    /// The end of a longer list, for a picture that is changed and not made anew (ComfyUI's <c>denoise</c>): the schedule is made for steps
    /// / strength steps, and its last <paramref name="steps"/> are kept, so that this many are always run.
    /// </summary>
    /// <param name="kind">Which list.</param>
    /// <param name="model">How the model counts noise.</param>
    /// <param name="steps">How many steps are run.</param>
    /// <param name="strength">How much of the picture is made anew, above 0 and up to 1.</param>
    /// <param name="dropLastButOne">What some samplers want, see <see cref="Samplers.Sampler.DropsLastButOne"/>: the list is made for one
    /// step more, and the sigma before the last is taken out.</param>
    /// <exception cref="LatentSharpException">A strength outside of (0, 1], or too few steps.</exception>
    public static float[] Make(ScheduleKind kind, FlowSigmas model, int steps, double strength, bool dropLastButOne = false)
    {
        if (!(strength > 0 && strength <= 1))
            throw new LatentSharpException(ErrorKind.Usage, "strength", $"a strength lies above 0 and is at most 1; it is {strength}.");
        if (steps < 1) throw new LatentSharpException(ErrorKind.Usage, "steps", $"at least one step is needed, not {steps}.");
        // From 0.9999 on everything is made anew: the bound is ComfyUI's.
        bool whole = strength > 0.9999;
        double all = whole ? steps : Math.Floor(steps / strength);
        if (all > 1_000_000)
            throw new LatentSharpException(ErrorKind.Usage, "strength", $"a strength of {strength} would need a list of {all:0} steps.",
                "Give a larger strength.");
        float[] list = Make(kind, model, (int)all + (dropLastButOne ? 1 : 0));
        if (dropLastButOne) list = [.. list[..^2], list[^1]];
        return whole || list.Length <= steps + 1 ? list : list[^(steps + 1)..];
    }

    private static float[] ToZero(int steps, Func<int, double> sigma)
    {
        var list = new float[steps + 1];
        for (int i = 0; i < steps; i++) list[i] = (float)sigma(i);
        return list;
    }

    private static double Between(double first, double last, double part) => first + part * (last - first);

    private static float[] DdimUniform(FlowSigmas model, int steps)
    {
        var list = new List<float> { 0 };
        for (int i = 1; i < model.Table.Length; i += Math.Max(model.Table.Length / steps, 1)) list.Add(model.Table[i]);
        list.Reverse();
        return [.. list];
    }

    private static float[] Beta(FlowSigmas model, int steps)
    {
        var list = new List<float>();
        for (int i = 0; i < steps; i++)
        {
            float sigma = model.Table[(int)Math.Round(BetaDistribution.Quantile(1 - (double)i / steps) * (model.Table.Length - 1),
                MidpointRounding.ToEven)];
            if (list.Count == 0 || list[^1] != sigma) list.Add(sigma);
        }
        return [.. list, 0];
    }

    // Up to 0.025 in the first half of the steps; the quadratic goes on from there with the same slope and ends at 1.
    private static float[] LinearQuadratic(FlowSigmas model, int steps)
    {
        const double threshold = 0.025;
        if (steps == 1) return [model.Most, 0];
        int linear = steps / 2, quadratic = steps - linear;
        double difference = linear - threshold * steps;
        double a = difference / (linear * Math.Pow(quadratic, 2)), b = threshold / linear - 2 * difference / Math.Pow(quadratic, 2),
            c = a * linear * linear;
        return ToZero(steps, i => (1 - (i < linear ? threshold * i / linear : a * i * i + b * i + c)) * model.Most);
    }
}
