using System.Collections.Immutable;
using System.Text.Json;

namespace LatentSharp.Diffusion.Discrete;

/// <summary>
/// How noise grows with time in models of discrete time, and what the network says: the settings of a <c>scheduler_config.json</c> of
/// diffusers (58eb52c), with its defaults where a field is not there.
/// </summary>
internal sealed record DiscreteSchedule
{
    /// <summary>Times that it was trained with: 1,000.</summary>
    public int TrainedTimes { get; init; } = 1000;

    /// <summary>Noise of the first step.</summary>
    public double BetaStart { get; init; } = 1e-4;

    /// <summary>Noise of the last step.</summary>
    public double BetaEnd { get; init; } = 0.02;

    /// <summary>Whether the roots of the betas lie evenly, and not they themselves: <c>scaled_linear</c>.</summary>
    public bool Scaled { get; init; }

    /// <summary>How the times of fewer steps are chosen.</summary>
    public TimeSpacing Spacing { get; init; }

    /// <summary>Added to the times, with <see cref="TimeSpacing.Leading"/>.</summary>
    public int Offset { get; init; }

    /// <summary>What the network says.</summary>
    public PredictionKind Prediction { get; init; }

    /// <summary>How far from 0 the picture behind the noise may be; null for any.</summary>
    public double? Clip { get; init; } = 1;

    /// <summary>How much noise a step of DDPM adds: all that the step of training added, or what is left of it in hindsight.</summary>
    public bool LargeVariance { get; init; }

    /// <summary>Whether DDIM ends at the picture without any noise, and not at that of time 0.</summary>
    public bool EndsClean { get; init; } = true;

    /// <summary>
    /// What is left of the picture at each time, as a share of the variance: the products of 1 - beta, in float32 as in diffusers.
    /// </summary>
    public ImmutableArray<float> Signal
    {
        get
        {
            var signal = new float[TrainedTimes];
            double product = 1;
            // torch multiplies in double and keeps float32.
            for (int t = 0; t < TrainedTimes; t++) signal[t] = (float)(product *= 1 - Beta(t));
            return [.. signal];
        }
    }

    /// <summary>The times of a run, falling.</summary>
    /// <param name="steps">How many; at most as many as it was trained with.</param>
    public ImmutableArray<int> Times(int steps)
    {
        if (steps < 1 || steps > TrainedTimes)
            throw new LatentSharpException(ErrorKind.Usage, "steps", $"1 to {TrainedTimes} steps can be made; {steps} were asked for.");
        // NumPy rounds halves to even, as Math.Round does.
        double stride = (double)TrainedTimes / steps;
        return Spacing switch
        {
            TimeSpacing.Leading => [.. Enumerable.Range(0, steps).Select(i => (steps - 1 - i) * (TrainedTimes / steps) + Offset)],
            TimeSpacing.Trailing => [.. Enumerable.Range(0, (int)Math.Ceiling(TrainedTimes / stride))
                .Select(i => (int)Math.Round(TrainedTimes - i * stride) - 1)],
            _ when steps == 1 => [0],
            _ => [.. Enumerable.Range(0, steps).Select(i => (int)Math.Round((double)(TrainedTimes - 1) / (steps - 1) * (steps - 1 - i)))],
        };
    }

    /// <summary>The settings in a <c>scheduler_config.json</c>.</summary>
    /// <param name="where">Its path, for messages.</param>
    /// <param name="root">Its content.</param>
    /// <exception cref="LatentSharpException">It asks for what is not computed here.</exception>
    public static DiscreteSchedule Of(string where, JsonElement root)
    {
        string beta = Text("beta_schedule", "linear"), variance = Text("variance_type", "fixed_small");
        if (beta is not ("linear" or "scaled_linear")) throw Refuse("beta_schedule", beta);
        if (root.TryGetProperty("trained_betas", out JsonElement own) && own.ValueKind == JsonValueKind.Array) throw Refuse("trained_betas", "of its own");
        if (variance is not ("fixed_small" or "fixed_small_log" or "fixed_large")) throw Refuse("variance_type", variance);
        foreach (string name in (string[])["thresholding", "rescale_betas_zero_snr"])
            if (Flag(name, false)) throw Refuse(name, "true");
        var schedule = new DiscreteSchedule
        {
            TrainedTimes = (int)Number("num_train_timesteps", 1000), BetaStart = Number("beta_start", 1e-4), BetaEnd = Number("beta_end", 0.02),
            Scaled = beta == "scaled_linear", LargeVariance = variance == "fixed_large", Offset = (int)Number("steps_offset", 0),
            Clip = Flag("clip_sample", true) ? Number("clip_sample_range", 1) : null, EndsClean = Flag("set_alpha_to_one", true),
            Spacing = Text("timestep_spacing", "leading") switch
            {
                "leading" => TimeSpacing.Leading,
                "trailing" => TimeSpacing.Trailing,
                "linspace" => TimeSpacing.Even,
                var other => throw Refuse("timestep_spacing", other),
            },
            Prediction = Text("prediction_type", "epsilon") switch
            {
                "epsilon" => PredictionKind.Noise,
                "sample" => PredictionKind.Picture,
                "v_prediction" => PredictionKind.Velocity,
                var other => throw Refuse("prediction_type", other),
            },
        };
        return schedule is { TrainedTimes: > 0 and <= 1_000_000, BetaStart: > 0 and < 1, BetaEnd: > 0 and < 1 } ? schedule
            : throw Refuse("times and betas", $"{schedule.TrainedTimes}, {schedule.BetaStart} to {schedule.BetaEnd}");

        string Text(string name, string otherwise) => Find(name) is { } value ? value.GetString()! : otherwise;
        double Number(string name, double otherwise) => Find(name) is { } value ? value.GetDouble() : otherwise;
        bool Flag(string name, bool otherwise) => Find(name) is { } value ? value.GetBoolean() : otherwise;

        JsonElement? Find(string name)
            => root.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;

        LatentSharpException Refuse(string name, string value)
            => new(ErrorKind.BadInput, where, $"the scheduler's configuration has {name} {value}, which is not computed here.");
    }

    // torch.linspace in float32: from both ends to the middle.
    private float Beta(int time)
    {
        (float first, float last) = Scaled ? ((float)Math.Sqrt(BetaStart), (float)Math.Sqrt(BetaEnd)) : ((float)BetaStart, (float)BetaEnd);
        float step = TrainedTimes > 1 ? (last - first) / (TrainedTimes - 1) : 0;
        float value = time < TrainedTimes / 2 ? first + step * time : last - step * (TrainedTimes - 1 - time);
        return Scaled ? value * value : value;
    }
}

/// <summary>How the times of few steps are chosen among those of training.</summary>
internal enum TimeSpacing
{
    /// <summary>Every so many, from 0: <c>leading</c>.</summary>
    Leading,
    /// <summary>Every so many, down from the last: <c>trailing</c>.</summary>
    Trailing,
    /// <summary>From the first to the last: <c>linspace</c>.</summary>
    Even,
}

/// <summary>What a network says about a noisy picture.</summary>
internal enum PredictionKind
{
    /// <summary>The noise: <c>epsilon</c>.</summary>
    Noise,
    /// <summary>The picture: <c>sample</c>.</summary>
    Picture,
    /// <summary>A mixture of both: <c>v_prediction</c>.</summary>
    Velocity,
}
