namespace LatentSharp.Diffusion.Noise;

/// <summary>The generators that a seed can mean.</summary>
public enum NoiseKind
{
    /// <summary>The project's own (<see cref="Latents.GaussianNoise"/>): a function of seed, picture and position.</summary>
    Native,
    /// <summary>PyTorch on the CPU in float32: ComfyUI; diffusers in float32; AUTOMATIC1111's "CPU".</summary>
    TorchFloat32,
    /// <summary>PyTorch on the CPU in bfloat16: BFL's own program; diffusers in bfloat16.</summary>
    TorchBFloat16,
    /// <summary>PyTorch on the CPU in float16: InvokeAI; diffusers in float16.</summary>
    TorchFloat16,
    /// <summary>Philox with a thread for every number: AUTOMATIC1111's "NV", the default of stable-diffusion.cpp.</summary>
    Nv,
}

/// <summary>In which order a program draws the noise of several pictures.</summary>
public enum NoiseOrder
{
    /// <summary>
    /// One picture is drawn and repeated for every prompt (BFL's own program), so a seed gives a picture the same noise whatever stands
    /// beside it.
    /// </summary>
    Bfl,
    /// <summary>
    /// A generator for each picture: seed, seed + 1, ... (a list of generators in diffusers; AUTOMATIC1111, stable-diffusion.cpp).
    /// </summary>
    Diffusers,
    /// <summary>All pictures in one draw from one generator (ComfyUI; diffusers with a single generator).</summary>
    Comfy,
}
