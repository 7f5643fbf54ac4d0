using LatentSharp.Compute;
using LatentSharp.Graph;
using LatentSharp.Vulkan.Api;
using LatentSharp.Vulkan.Cards;
using LatentSharp.Vulkan.Planning;
using LatentSharp.Vulkan.Running;

namespace LatentSharp.Vulkan;

/// <summary>
/// A graphics card as a device, through nothing but its driver's Vulkan: the same graphs, the same weights and the same calls as on the
/// processor. One object may be used by several threads.
/// </summary>
public sealed class VulkanDevice : Device, IDisposable
{
    private readonly VulkanOptions options;
    private readonly VulkanInstance instance;
    private readonly Lock gate = new();
    private LogicalDevice? device;
    private bool disposed;

    /// <param name="options">Which card; null for the best.</param>
    /// <exception cref="LatentSharpException">There is no loader, no driver or no such card, or it lacks something: the message says which,
    /// and what to do.</exception>
    public VulkanDevice(VulkanOptions? options = null)
    {
        this.options = options ?? new VulkanOptions();
        instance = this.options.Instance ?? VulkanInstance.Shared;
        Card = VulkanCards.Choose(VulkanCards.All(instance), this.options.Card);
        Limits = this.options.Narrow?.Invoke(Card.Limits) ?? Card.Limits;
    }

    /// <summary>The card.</summary>
    public VulkanCard Card { get; }

    /// <inheritdoc/>
    public override string Name => $"vulkan:{Card.Index}";

    /// <summary>
    /// What is free of the card's memory now, and what sessions of this device hold of it, which make room for a larger one; null where the
    /// driver does not tell.
    /// </summary>
    internal long? RoomBytes => VulkanCards.All(instance).FirstOrDefault(c => c.Index == Card.Index)?.FreeBytes + (device?.HeldBytes ?? 0);

    /// <summary>What plans keep to.</summary>
    internal CardLimits Limits { get; }

    /// <summary>Gives back what the driver holds for this device, once the sessions that use it have ended.</summary>
    public void Dispose()
    {
        lock (gate)
        {
            disposed = true;
            device?.Release();
            device = null;
        }
    }

    /// <summary>The card, opened; anew where the driver gave it up.</summary>
    internal LogicalDevice Open()
    {
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(disposed, this);
            if (device is { IsLost: true } lost)
            {
                lost.Release();
                device = null;
            }
            return device ??= new LogicalDevice(instance, Card, options.CacheFolder, options.Fault);
        }
    }

    /// <inheritdoc/>
    private protected override Plan Make(NetworkGraph graph, ComputeOptions options)
    {
        if (options.Precision == Precision.Int8)
            throw new LatentSharpException(ErrorKind.Usage, Name,
                $"graphics cards compute these networks in fp32, fp32-fast or fp16, not in {options.Precision}.",
                "Leave the precision out, or compute on the device cpu.");
        return VulkanPlan.Make(this, graph, options);
    }
}
