using System.Globalization;
using LatentSharp.Compute;
using LatentSharp.Graph;
using LatentSharp.Vulkan.Api;
using LatentSharp.Vulkan.Cards;
using LatentSharp.Vulkan.Memory;
using LatentSharp.Vulkan.Running;

namespace LatentSharp.Vulkan.Planning;

/// <summary>A network prepared for one size on a card: its commands, and the place of everything in the card's memory.</summary>
internal sealed class VulkanPlan : Plan
{
    // Pieces in which values come and go. They begin at multiples of 1 KiB, which every stored type can be cut at.
    private const long LargestStaging = 16 << 20, StagingUnit = 1024;

    private VulkanPlan(VulkanDevice device, NetworkGraph graph, Lowering lowering, CardLimits limits) : base(graph, device)
    {
        (Limits, Commands, Weights) = (limits, lowering.Commands, lowering.Weights);
        LookedUp = lowering.LookedUp;
        StepNames = [.. lowering.Steps.Select(s => s[^1].Name)];
        Memory = Placement.Of(lowering.Weights, lowering.Tensors, limits, graph.Name);
        Barriers.Place(Commands);
        long largest = Commands.Where(c => c is not Dispatch).SelectMany(c => c.Uses).Select(u => u.Length)
            .Concat(lowering.Weights.Select(w => w.Bytes)).DefaultIfEmpty(0).Max();
        StagingBytes = Math.Min(LargestStaging, (largest + StagingUnit - 1) / StagingUnit * StagingUnit);
        Steps = [.. lowering.Steps.Select((together, i) => Describe(together, i, lowering))];
    }

    /// <inheritdoc/>
    public override long PeakBytes => Memory.Total + StagingBytes;

    /// <inheritdoc/>
    public override long KeptBytes => Memory.WeightBytes;

    /// <inheritdoc/>
    public override IReadOnlyList<PlanStep> Steps { get; }

    /// <inheritdoc/>
    public override int Threads => 1;

    /// <inheritdoc/>
    public override string Kernels => $"{((VulkanDevice)Device).Card.Name}, fp32";

    /// <summary>What it keeps to.</summary>
    public CardLimits Limits { get; }

    /// <summary>What is done, in order.</summary>
    public IReadOnlyList<Command> Commands { get; }

    /// <summary>The weights.</summary>
    public IReadOnlyCollection<WeightStorage> Weights { get; }

    /// <summary>By the number of an input: the table whose rows its values are the numbers of.</summary>
    public IReadOnlyDictionary<int, Embedding> LookedUp { get; }

    /// <summary>The names of the steps.</summary>
    public IReadOnlyList<string> StepNames { get; }

    /// <summary>Where everything lies.</summary>
    public Placement Memory { get; }

    /// <summary>Memory that both card and processor see, through which values come and go.</summary>
    public long StagingBytes { get; }

    /// <summary>Prepares a network.</summary>
    /// <exception cref="LatentSharpException">The card has too little memory, or cannot do it however it is cut.</exception>
    public static VulkanPlan Make(VulkanDevice device, NetworkGraph graph, ComputeOptions options)
    {
        NetworkGraph known = graph.Expand(VulkanOperations.Knows, "the device vulkan");
        var plan = new VulkanPlan(device, graph, new Lowering(known, device.Limits), device.Limits);
        long room = (options.MemoryBudget ?? Room(device.Card)) - options.TakenBytes;
        return plan.PeakBytes <= room ? plan : throw new LatentSharpException(ErrorKind.BadInput, graph.Name,
            $"{device.Name} ({device.Card.Name}) would need {Megabytes(plan.PeakBytes)}; "
                + (options.MemoryBudget is null ? $"{Megabytes(room)} are free." : $"the budget is {Megabytes(room)}."),
            "Close other programs that use the card, take a smaller picture, or compute on the device cpu.");
    }

    /// <inheritdoc/>
    private protected override PlanSession Open() => new VulkanSession(this, ((VulkanDevice)Device).Open());

    // It is the card's memory that is asked for, which the driver knows.
    /// <inheritdoc/>
    private protected override void RequireMemory()
    {
    }

    // What the driver says is free, less a tenth for what other programs take meanwhile; where it says nothing, a share of all.
    private static long Room(VulkanCard card)
    {
        const long small = 4L << 30;
        VulkanCard now = VulkanCards.All().FirstOrDefault(c => c.Index == card.Index) ?? card;
        return now.FreeBytes is { } free ? free / 10 * 9 : card.MemoryBytes / 10 * (card.MemoryBytes < small ? 5 : 7);
    }

    private PlanStep Describe(IReadOnlyList<Node> together, int index, Lowering lowering)
    {
        Command[] own = [.. Commands.Where(c => c.Step == index)];
        int first = own.Length == 0 ? 0 : Commands.Index().First(c => c.Item == own[0]).Index;
        long weights = own.SelectMany(c => c.Uses).Select(u => u.Storage).OfType<WeightStorage>().Distinct().Sum(w => w.Bytes);
        return new PlanStep(together[^1].Name, string.Join(" + ", together.Select(n => n.Operation)), together[^1].Shape,
            together.Sum(n => n.MultiplyAdds),
            lowering.Tensors.Where(t => t.First <= first && first <= t.Last).Sum(t => t.Bytes), 0)
        {
            WeightBytes = weights, Weights = weights == 0 ? WeightLife.None : WeightLife.Session,
        };
    }

    private static string Megabytes(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{(bytes + 999_999) / 1_000_000} MB");
}
