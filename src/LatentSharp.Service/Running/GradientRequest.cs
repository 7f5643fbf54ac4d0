using LatentSharp.Diffusion.Pipelines;

namespace LatentSharp.Service.Running;

/// <summary>The losses whose gradients can be computed.</summary>
public enum LossKind
{
    /// <summary>The mean absolute difference of a network's result and a target: <c>z</c> and <c>target</c> for a decoder, <c>image</c> and
    /// <c>target_latent</c> for an encoder.</summary>
    L1,
    /// <summary>The mean square of the same difference.</summary>
    Mse,
    /// <summary>The mean square of what decoding the encoder's mean does to <c>image</c>.</summary>
    Roundtrip,
    /// <summary>The same for a sample drawn with <c>noise</c>, and 1e-6 of the divergence.</summary>
    Kl,
    /// <summary>Flow matching of a transformer: <c>x0</c> and <c>noise</c>, with its other inputs.</summary>
    Flow,
    /// <summary>The noise that a UNet on pixels sees: <c>x0</c>, <c>noise</c> and <c>timestep</c>.</summary>
    Epsilon,
}

/// <summary>A network, a loss and the tensors that it is computed from.</summary>
public sealed record GradientRequest
{
    /// <summary>The file or folder with the weights.</summary>
    public required string Network { get; init; }

    /// <summary>A safetensors file with what the loss needs, one item after the other.</summary>
    public required string Inputs { get; init; }

    /// <summary>The loss.</summary>
    public required LossKind Loss { get; init; }

    /// <summary>The safetensors file to write.</summary>
    public required string Gradients { get; init; }

    /// <summary>A LoRA over a transformer; the gradients are then those of its tensors. At most one.</summary>
    public IReadOnlyList<LoraPart> Loras { get; init; } = [];

    /// <summary>What shapes do not show; null for what a <c>config.json</c> beside the weights says.</summary>
    public string? Configuration { get; init; }

    /// <summary>How it is computed.</summary>
    public ComputeOptions Compute { get; init; } = ComputeOptions.Default;
}

/// <summary>What a loss and its gradients are.</summary>
/// <param name="Network">The network, for people.</param>
/// <param name="Loss">The loss: the mean over the items.</param>
/// <param name="Items">How many items there were.</param>
/// <param name="Parameters">How many tensors have a gradient.</param>
/// <param name="Inputs">The results whose gradients are written as <c>d.NAME</c>.</param>
/// <param name="Gradients">The file that was written.</param>
/// <param name="Seconds">The time that computing took.</param>
public sealed record GradientResult(string Network, double Loss, int Items, int Parameters, IReadOnlyList<string> Inputs, string Gradients,
    double Seconds)
{
    /// <summary>Working memory that the plan needs.</summary>
    public long PeakBytes { get; init; }
}
