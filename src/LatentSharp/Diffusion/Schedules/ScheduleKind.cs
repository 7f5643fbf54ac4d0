namespace LatentSharp.Diffusion.Schedules;

/// <summary>Lists of sigmas, by the names that ComfyUI's users know.</summary>
public enum ScheduleKind
{
    /// <summary>Evenly in time, shifted for the size: what BFL and diffusers run.</summary>
    Bfl,
    /// <summary><c>simple</c>: every n-th entry of the table.</summary>
    Simple,
    /// <summary><c>normal</c>: evenly between the largest and the smallest sigma, then shifted.</summary>
    Normal,
    /// <summary><c>sgm_uniform</c>: as <see cref="Normal"/>, with the last step left out.</summary>
    SgmUniform,
    /// <summary>
    /// <c>ddim_uniform</c>: every n-th entry from the bottom. It begins below 1, and may have one step more than was asked for.
    /// </summary>
    DdimUniform,
    /// <summary>
    /// <c>beta</c>: table entries at the quantiles of a beta distribution (0.6, 0.6), dense at both ends. It may have fewer steps.
    /// </summary>
    Beta,
    /// <summary><c>karras</c>: evenly in sigma^(1/7). Poor for flow models: nearly all steps have tiny sigmas.</summary>
    Karras,
    /// <summary><c>exponential</c>: evenly in ln sigma. Poor for flow models, too.</summary>
    Exponential,
    /// <summary><c>kl_optimal</c>: evenly in arctan sigma. Needs two steps.</summary>
    KLOptimal,
    /// <summary><c>linear_quadratic</c>: slow at first, quadratic in the second half. Knows no shift.</summary>
    LinearQuadratic,
    /// <summary><c>bfl_karras</c>: diffusers' <c>use_karras_sigmas</c>, between the ends of <see cref="Bfl"/>'s list.</summary>
    BflKarras,
    /// <summary><c>bfl_exponential</c>: diffusers' <c>use_exponential_sigmas</c>, likewise.</summary>
    BflExponential,
    /// <summary><c>bfl_beta</c>: diffusers' <c>use_beta_sigmas</c>, likewise.</summary>
    BflBeta,
    /// <summary><c>flow_shift3</c>: diffusers' DPM++ with <c>use_flow_sigmas</c> and a shift of 3, whatever the size.</summary>
    FlowShift3,
    /// <summary><c>flow_shift3_unipc</c>: the same of diffusers' UniPC, which spaces it a little differently.</summary>
    FlowShift3UniPC,
    /// <summary><c>flow_heun3</c>: the list of diffusers' FlowMatchHeun with a shift of 3.</summary>
    FlowHeun3,
}
