using System.Collections.Immutable;
using LatentSharp.Diffusion.Schedules;

namespace LatentSharp.Diffusion.Samplers;

/// <summary>
/// A way down a list of sigmas, by the name it has in ComfyUI. Each step is a function of a state and gives the next; nothing is kept
/// between. The formulas are those of ComfyUI a125cd8 (comfy/k_diffusion/sampling.py, comfy/extra_samplers/uni_pc.py) in their
/// rectified-flow forms; <c>dpmpp_2m_flow</c> and <c>uni_pc_flow</c> are those of diffusers 58eb52c, which counts in the flow itself.
/// </summary>
public sealed class Sampler
{
    private readonly Func<SamplerStep, float[]> next;

    private Sampler(string name, Func<SamplerStep, float[]> next, SamplerTraits traits = SamplerTraits.None)
        => (Name, this.next, Traits) = (name, next, traits);

    /// <summary>Every sampler.</summary>
    public static ImmutableArray<Sampler> All { get; } =
    [
        new("euler", SingleStep.Euler),
        new("heun", SingleStep.Heun),
        new("heunpp2", SingleStep.Heunpp2),
        new("dpm_2", SingleStep.Dpm2, SamplerTraits.DropsLastButOne),
        new("dpmpp_2m", Multistep.Dpmpp2M),
        new("deis", Deis.Step),
        new("dpmpp_2m_flow", Multistep.Dpmpp2MFlow, SamplerTraits.StartsJustBelowOne),
        new("uni_pc", s => UniPC.Step(s, UniPC.Comfy(hh => hh)), SamplerTraits.DropsLastButOne | SamplerTraits.StopsShort),
        new("uni_pc_bh2", s => UniPC.Step(s, UniPC.Comfy(double.ExpM1)), SamplerTraits.DropsLastButOne | SamplerTraits.StopsShort),
        new("uni_pc_flow", s => UniPC.Step(s, UniPC.Diffusers), SamplerTraits.StartsJustBelowOne),
        new("lms", Multistep.Lms),
        new("ipndm", Multistep.Ipndm),
        new("ipndm_v", Multistep.IpndmVariable),
        new("res_multistep", Multistep.ResMultistep),
        new("gradient_estimation", Multistep.GradientEstimation),
        new("euler_ancestral", Ancestral.Euler, SamplerTraits.DrawsNoise),
        new("dpm_2_ancestral", Ancestral.Dpm2, SamplerTraits.DrawsNoise | SamplerTraits.DropsLastButOne),
        new("dpmpp_2s_ancestral", Ancestral.Dpmpp2S, SamplerTraits.DrawsNoise),
        new("lcm", Ancestral.Lcm, SamplerTraits.DrawsNoise),
        new("dpmpp_2m_sde", Stochastic.Dpmpp2M, SamplerTraits.DrawsNoise | SamplerTraits.StartsBelowOne),
        new("dpmpp_3m_sde", Stochastic.Dpmpp3M, SamplerTraits.DrawsNoise | SamplerTraits.StartsBelowOne),
    ];

    /// <summary>The name in ComfyUI.</summary>
    public string Name { get; }

    /// <summary>Whether the steps add noise, so that a source of it is needed.</summary>
    public bool DrawsNoise => Traits.HasFlag(SamplerTraits.DrawsNoise);

    /// <summary>
    /// Whether the list of sigmas is to be made for one step more and the last sigma but one taken out of it, as ComfyUI does for this
    /// sampler.
    /// </summary>
    public bool DropsLastButOne => Traits.HasFlag(SamplerTraits.DropsLastButOne);

    private SamplerTraits Traits { get; }

    /// <summary>The sampler of a name.</summary>
    /// <exception cref="LatentSharpException">There is none of that name.</exception>
    public static Sampler Named(string name) => All.FirstOrDefault(s => s.Name == name)
        ?? throw new LatentSharpException(ErrorKind.Usage, "sampler",
            $"there is no sampler called {name}; there are {string.Join(", ", All.Select(s => s.Name))}.");

    /// <summary>
    /// The list as this sampler walks it. Some cannot stand at 0 and stop at 0.001; some cannot stand at 1 and take the first sigma for a
    /// little less. To be done once, before the first step.
    /// </summary>
    /// <param name="sigmas">The list of a schedule: falling, at least two.</param>
    /// <param name="model">How the model counts noise.</param>
    /// <exception cref="LatentSharpException">The list has fewer than two sigmas, leaves [0, 1], or does not fall.</exception>
    public float[] Prepare(ReadOnlySpan<float> sigmas, FlowSigmas model)
    {
        ArgumentNullException.ThrowIfNull(model);
        float[] list = [.. sigmas];
        if (list.Length < 2) throw new LatentSharpException(ErrorKind.BadInput, "sigmas", $"a list of at least two sigmas is needed; there are {list.Length}.");
        for (int i = 0; i < list.Length; i++)
            if (!(list[i] >= 0 && list[i] <= 1) || (i > 0 && !(list[i] < list[i - 1])))
                throw new LatentSharpException(ErrorKind.BadInput, "sigmas",
                    $"sigmas have to fall and to lie between 1 and 0; number {i} is {list[i]}{(i > 0 ? $" after {list[i - 1]}" : "")}.");
        if (Traits.HasFlag(SamplerTraits.StopsShort) && list[^1] == 0) list[^1] = UniPC.LastSigma;
        if (Traits.HasFlag(SamplerTraits.StartsBelowOne) && list[0] >= 1) list[0] = (float)model.Shift(1 - 1e-4);
        if (Traits.HasFlag(SamplerTraits.StartsJustBelowOne) && list[0] >= 1) list[0] = 1 - 1e-6f;
        return list;
    }

    /// <summary>The state after the next step.</summary>
    /// <param name="state">The state before it; it is not changed.</param>
    /// <param name="sigmas">The list from <see cref="Prepare"/>, the same in every step.</param>
    /// <param name="denoiser">The model.</param>
    /// <param name="noise">Where new noise comes from; needed when <see cref="DrawsNoise"/>.</param>
    /// <exception cref="ArgumentException">There is no step left, or noise is needed and there is none.</exception>
    public SamplerState Step(SamplerState state, float[] sigmas, Denoiser denoiser, NoiseSource? noise = null)
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(sigmas);
        ArgumentNullException.ThrowIfNull(denoiser);
        if (state.Step < 0 || state.Step >= sigmas.Length - 1)
            throw new ArgumentException($"there is no step {state.Step} in a list of {sigmas.Length} sigmas", nameof(state));
        if (DrawsNoise && noise is null) throw new ArgumentException($"{Name} draws noise and needs a source of it", nameof(noise));
        var step = new SamplerStep(sigmas, state, denoiser, noise);
        float[] x = next(step);
        return new SamplerState(state.Step + 1, x, step.Kept, step.Draws);
    }

    /// <summary>
    /// Every sigma at which a run asks the model, in order and each once: the sampler is walked down the list over a single value.
    /// </summary>
    /// <param name="sigmas">The list from <see cref="Prepare"/>.</param>
    internal IReadOnlyList<double> Asked(float[] sigmas)
    {
        var asked = new List<double>();
        var state = SamplerState.Start([1]);
        while (state.Step < sigmas.Length - 1)
            state = Step(state, sigmas, (x, sigma, denoised) =>
            {
                asked.Add(sigma);
                x.CopyTo(denoised);
            }, (_, noise) => noise.Clear());
        return [.. asked.Distinct()];
    }

    /// <summary>
    /// The latent after the last step. A list that does not end at 0 leaves noise; what is not noise is brought back to full size, as
    /// ComfyUI does.
    /// </summary>
    /// <param name="state">The state after the last step.</param>
    /// <param name="sigmas">The list from <see cref="Prepare"/>.</param>
    public static float[] Finish(SamplerState state, ReadOnlySpan<float> sigmas)
    {
        ArgumentNullException.ThrowIfNull(state);
        float last = sigmas[^1];
        return last == 0 ? state.X : SamplerStep.Sum((1 / (1 - (double)last), state.X));
    }

    [Flags]
    private enum SamplerTraits
    {
        None = 0,
        DrawsNoise = 1,
        DropsLastButOne = 2,
        StopsShort = 4,
        StartsBelowOne = 8,
        StartsJustBelowOne = 16,
    }
}
