using System.Collections.Immutable;

namespace LatentSharp.Diffusion.Discrete;

/// <summary>
/// The way from noise to a picture in steps of discrete time: DDPM (Ho et al. 2020), which adds noise after every step, and DDIM (Song et
/// al. 2020), which adds as much as <paramref name="eta"/> says. The formulas are those of diffusers 58eb52c (<c>scheduling_ddpm.py</c>,
/// <c>scheduling_ddim.py</c>); each step is a function of its arguments.
/// </summary>
/// <param name="schedule">How noise grows.</param>
/// <param name="method">DDPM or DDIM.</param>
/// <param name="steps">How many steps.</param>
/// <param name="eta">The share of DDPM's noise that DDIM adds, from 0 to 1.</param>
/// <param name="clipsNoise">Whether DDIM takes the noise anew from the clipped picture: <c>use_clipped_model_output</c>.</param>
internal sealed class DiscreteSampler(DiscreteSchedule schedule, DiscreteMethod method, int steps, double eta = 0, bool clipsNoise = false)
{
    // What DDPM's variance is at least, so that its logarithm exists.
    private const double LeastVariance = 1e-20;

    private readonly ImmutableArray<float> signal = schedule.Signal;

    /// <summary>The times of the steps, falling.</summary>
    public ImmutableArray<int> Times { get; } = schedule.Times(steps);

    /// <summary>Whether a step adds noise.</summary>
    public bool DrawsNoise(int step) => method == DiscreteMethod.Ddpm ? Times[step] > 0 : eta > 0;

    /// <summary>A step.</summary>
    /// <param name="step">Which, from 0.</param>
    /// <param name="x">The noisy picture.</param>
    /// <param name="output">What the network says about it.</param>
    /// <param name="noise">New noise; only read where <see cref="DrawsNoise"/> says so.</param>
    /// <returns>The less noisy picture, and the one that the network sees behind the noise.</returns>
    public (float[] Next, float[] Seen) Step(int step, ReadOnlySpan<float> x, ReadOnlySpan<float> output, ReadOnlySpan<float> noise)
    {
        int time = Times[step];
        double here = signal[time], there = Next(step, time);
        double picture = Math.Sqrt(here), veil = Math.Sqrt(1 - here);
        double kept = here / there, added = 1 - kept, left = (1 - there) / (1 - here);
        // DDPM: the mean of what may have been before, given x and the picture. DDIM: the picture with as much of the same noise.
        double variance = method == DiscreteMethod.Ddpm ? schedule.LargeVariance ? added : Math.Max(LeastVariance, left * added)
            : eta * eta * left * added;
        double deviation = DrawsNoise(step) ? Math.Sqrt(variance) : 0;
        double ofPicture = method == DiscreteMethod.Ddpm ? Math.Sqrt(there) * added / (1 - here) : Math.Sqrt(there);
        double ofX = method == DiscreteMethod.Ddpm ? Math.Sqrt(kept) * left : 0;
        double ofNoise = method == DiscreteMethod.Ddpm ? 0 : Math.Sqrt(Math.Max(0, 1 - there - variance));

        var next = new float[x.Length];
        var seen = new float[x.Length];
        for (int i = 0; i < next.Length; i++)
        {
            (double x0, double veiling) = schedule.Prediction switch
            {
                PredictionKind.Noise => ((x[i] - veil * output[i]) / picture, output[i]),
                PredictionKind.Picture => (output[i], (x[i] - picture * output[i]) / veil),
                _ => (picture * x[i] - veil * output[i], picture * output[i] + veil * x[i]),
            };
            if (schedule.Clip is { } most) x0 = Math.Clamp(x0, -most, most);
            if (clipsNoise) veiling = (x[i] - picture * x0) / veil;
            seen[i] = (float)x0;
            next[i] = (float)(ofPicture * x0 + ofX * x[i] + ofNoise * veiling + (deviation > 0 ? deviation * noise[i] : 0));
        }
        return (next, seen);
    }

    /// <summary>A picture with the noise of a time.</summary>
    public void AddNoise(ReadOnlySpan<float> picture, ReadOnlySpan<float> noise, int time, Span<float> noisy)
    {
        double kept = Math.Sqrt(signal[time]), veil = Math.Sqrt(1 - signal[time]);
        for (int i = 0; i < noisy.Length; i++) noisy[i] = (float)(kept * picture[i] + veil * noise[i]);
    }

    // What is left of the picture where the step leads. DDIM goes by its stride, whatever the times are.
    private double Next(int step, int time)
    {
        if (method == DiscreteMethod.Ddpm) return step + 1 < Times.Length ? signal[Times[step + 1]] : 1;
        int next = time - schedule.TrainedTimes / steps;
        return next >= 0 ? signal[next] : schedule.EndsClean ? 1 : signal[0];
    }
}

/// <summary>Ways from noise to a picture in discrete time.</summary>
internal enum DiscreteMethod
{
    /// <summary>New noise after every step.</summary>
    Ddpm,
    /// <summary>The same noise all the way, unless asked for more.</summary>
    Ddim,
}
