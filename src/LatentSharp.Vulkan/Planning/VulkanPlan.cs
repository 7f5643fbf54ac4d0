using System.Globalization;
using LatentSharp.Compute;
using LatentSharp.Graph;
using LatentSharp.Vulkan.Cards;
using LatentSharp.Vulkan.Memory;
using LatentSharp.Vulkan.Running;

namespace LatentSharp.Vulkan.Planning;

/// <summary>A network prepared for one size on a card: its commands, and the place of everything in the card's memory.</summary>
internal sealed class VulkanPlan : Plan
{
    // Pieces in which values come and go. They begin at multiples of 1 KiB, which every stored type can be cut at.
    private const long LargestStaging = 16 << 20, StagingUnit = 1024;

    private VulkanPlan(VulkanDevice device, NetworkGraph graph, Lowering lowering, Precision precision, bool streams) : base(graph, device)
    {
        (Limits, Mode) = (device.Limits, precision switch
        {
            Precision.Float16 => "fp16",
            Precision.Float32Fast => "fp32-fast",
            _ => "fp32",
        });
        (Commands, Weights) = streams ? (Streamed(lowering.Commands), []) : (lowering.Commands, lowering.Weights);
        FindLives(Commands);
        LookedUp = lowering.LookedUp;
        StepNames = [.. lowering.Steps.Select(s => s[^1].Name)];
        Memory = Placement.Of(Weights, streams ? [.. lowering.Tensors, .. lowering.Weights] : lowering.Tensors, Limits, graph.Name);
        Barriers.Place(Commands);
        long largest = Commands.Where(c => c is not Dispatch).SelectMany(c => c.Uses).Select(u => u.Length)
            .Concat(Weights.Select(w => w.Bytes)).DefaultIfEmpty(0).Max();
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
    public override string Kernels => $"{((VulkanDevice)Device).Card.Name}, {Mode}";

    /// <summary>What it keeps to.</summary>
    public CardLimits Limits { get; }

    /// <summary>The mode of numbers.</summary>
    public string Mode { get; }

    /// <summary>What is done, in order.</summary>
    public IReadOnlyList<Command> Commands { get; }

    /// <summary>The weights that stay with a session; none where they come for their steps.</summary>
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
        long room = (options.MemoryBudget ?? Room(device.Card, device.RoomBytes)) - options.TakenBytes;
        VulkanPlan plan = Planned(streams: false);
        if (plan.PeakBytes <= room) return plan;
        plan = Planned(streams: true);
        return plan.PeakBytes <= room ? plan : throw new LatentSharpException(ErrorKind.BadInput, graph.Name,
            $"{device.Name} ({device.Card.Name}) needs {Megabytes(plan.PeakBytes)} at the least; "
                + (options.MemoryBudget is null ? $"{Megabytes(room)} are free." : $"the budget is {Megabytes(room)}."),
            "Close other programs that use the card, take a smaller picture, or compute on the device cpu.");

        VulkanPlan Planned(bool streams)
            => new(device, graph, new Lowering(known, device.Limits, options.Precision), options.Precision, streams);
    }

    // Of the card's memory, whoever uses it now: sessions that wait make room before others are refused.
    /// <inheritdoc/>
    internal override MemoryBudget Budget(ComputeOptions options) => options.MemoryBudget is { } stated ? new(stated, IsStated: true)
        : new(Share(((VulkanDevice)Device).Card), IsStated: false);

    /// <inheritdoc/>
    private protected override PlanSession Open() => new VulkanSession(this, ((VulkanDevice)Device).Open());

    // It is the card's memory that is asked for, which the driver knows.
    /// <inheritdoc/>
    private protected override void RequireMemory()
    {
    }

    /// <summary>
    /// The bytes that a plan may take of a card: what the driver says is free, less a tenth for what other programs take meanwhile; where
    /// it says nothing, a share of all.
    /// </summary>
    internal static long Room(VulkanCard card, long? free) => free is { } known ? known / 10 * 9 : Share(card);

    private static long Share(VulkanCard card)
    {
        const long small = 4L << 30;
        return card.MemoryBytes / 10 * (card.MemoryBytes < small ? 5 : 7);
    }

    // Weights come right before the first command that reads them, and their place is free after the last.
    private static List<Command> Streamed(IReadOnlyList<Command> commands)
    {
        List<Command> all = [];
        HashSet<WeightStorage> come = [];
        foreach (Command command in commands)
        {
            foreach (WeightStorage weights in command.Uses.Select(u => u.Storage).OfType<WeightStorage>().Where(come.Add))
                all.Add(new WeightUpload
                {
                    Step = command.Step, Weights = weights, Work = weights.Bytes / sizeof(float),
                    Uses = [new Use(0, weights, 0, weights.Bytes, Writes: true)],
                });
            all.Add(command);
        }
        return all;
    }

    private static void FindLives(IReadOnlyList<Command> commands)
    {
        for (int i = 0; i < commands.Count; i++)
        {
            foreach (Use use in commands[i].Uses)
            {
                use.Storage.First = Math.Min(use.Storage.First, i);
                use.Storage.Last = Math.Max(use.Storage.Last, i);
            }
        }
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
            WeightBytes = weights,
            Weights = weights == 0 ? WeightLife.None : Weights.Count > 0 ? WeightLife.Session : WeightLife.Step,
        };
    }

    private static string Megabytes(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{(bytes + 999_999) / 1_000_000} MB");
}
