using LatentSharp.Cpu.Kernels;
using LatentSharp.Cpu.Kernels.Pointwise;
using LatentSharp.Cpu.Kernels.Winograd;
using LatentSharp.Cpu.Memory;
using LatentSharp.Cpu.Steps;
using LatentSharp.Graph;

namespace LatentSharp.Cpu.Planning;

/// <summary>Turns a graph into steps in the order of the graph, with the life of every tensor.</summary>
internal sealed class Lowering
{
    private readonly Fusion fusion;
    private readonly KernelSet kernels;
    private readonly int workers;
    private readonly Dictionary<Node, PlanTensor> tensors = [];
    private readonly Dictionary<Node, int> lastUse = [];
    private readonly Dictionary<Node, SplitBlock> splits = [];
    private readonly Dictionary<Node, StreamedBlock> streams = [];
    private readonly SharedPixels sharedPixels = new();
    private readonly HashSet<Node> enlarged;
    private readonly NetworkGraph graph;
    private int sumsCount;

    public Lowering(NetworkGraph graph, KernelSet kernels, int workers, long streamFrom)
    {
        this.workers = workers;
        this.kernels = kernels;
        this.graph = graph;
        fusion = new Fusion(graph);
        Node[] written = [.. graph.Nodes.Where(fusion.IsNeeded)];
        for (int i = 0; i < written.Length; i++)
            foreach (Node read in Reads(written[i])) lastUse[read] = i;
        FindStreams(written, streamFrom);
        FindSplits(written);
        enlarged = [.. written.Select(fusion.ConvolutionFor).Where(f => f?.Enlargement is not null).Select(f => f!.Source)];
        for (int i = 0; i < written.Length; i++) Lower(written[i], i);
        for (int i = 0; i < Steps.Count; i++)
        {
            Touch(Steps[i].Result, i);
            foreach (PlanTensor read in Steps[i].Reads) Touch(read, i);
        }
    }

    /// <summary>The steps.</summary>
    public List<Step> Steps { get; } = [];

    /// <summary>Which nodes are computed together.</summary>
    public Fusion Fusion => fusion;

    /// <summary>What is lowered.</summary>
    public NetworkGraph Graph => graph;

    /// <summary>How many tensors have sums gathered.</summary>
    public int SumsCount => sumsCount;

    private IEnumerable<Node> Reads(Node node)
    {
        if (fusion.ConvolutionFor(node) is { } fused) return fused.Residual is null ? [fused.Source] : [fused.Source, fused.Residual];
        return node is Activation { Source: GroupNorm norm } && !fusion.IsNeeded(norm) ? [norm.Source] : node.Inputs;
    }

    private static void Touch(PlanTensor tensor, int step) => tensor.Storage.Last = Math.Max(tensor.Storage.Last, step);

    private void Lower(Node node, int index)
    {
        if (streams.TryGetValue(node, out StreamedBlock? block))
        {
            if (node == block.Tail.Result) LowerStream(block, index);
            return;
        }
        if (splits.TryGetValue(node, out SplitBlock? split))
        {
            // Both convolutions are computed where the later of them stands in the graph.
            if (index == split.Index) LowerSplit(split);
            return;
        }
        if (fusion.ConvolutionFor(node) is { } fused)
        {
            LowerConvolution(fused, index);
            return;
        }
        IReadOnlyList<PlanTensor> reads = [.. Reads(node).Select(n => tensors[n])];
        Steps.Add(CpuOperations.Step(this, node, index, reads));
        if (fusion.NeedsSums(node))
        {
            PlanTensor tensor = tensors[node];
            tensor.Sums = NewSums(node);
            Steps.Add(new SumsStep(node.Name + ".statistics") { Result = tensor, Reads = [tensor] });
        }
    }

    private void LowerConvolution(FusedConvolution fused, int index)
    {
        Conv2d conv = fused.Conv;
        ConvolutionShape shape = fused.Sizes;
        bool winograd = ConvolutionChoice.UseWinograd(shape, kernels);
        PlanTensor source = tensors[fused.Source];
        PlanTensor? residual = fused.Residual is null ? null : tensors[fused.Residual];
        var convolution = new Convolution(shape, conv.Weight, conv.Bias, winograd, workers);
        PlanTensor result = fused.Residual is not null && fused.Residual != fused.Source ? InPlaceOr(fused.Result, fused.Residual, index) : New(fused.Result, index);
        if (fusion.NeedsSums(fused.Result)) result.Sums = NewSums(fused.Result);
        Steps.Add(new ConvolutionStep(conv.Name, fused.Describe(winograd), convolution)
        {
            Result = result,
            Source = source,
            Residual = residual,
            Reads = residual is null ? [source] : [source, residual],
            Norm = fused.Norm is null ? null : NormOf(fused.Norm),
            Before = fused.Before?.Kind,
            After = fused.After?.Kind,
            MultiplyAdds = conv.MultiplyAdds,
        });
    }

    /// <summary>The normalisation with the sums that its source has gathered.</summary>
    public Normalisation NormOf(GroupNorm norm) => NormOf(norm, tensors[norm.Source].Sums!);

    private static Normalisation NormOf(GroupNorm norm, ChannelSums sums) => new(sums, norm.Source.Shape.Positions, norm.Groups, norm.Epsilon, norm.Weight, norm.Bias);

    private ChannelSums NewSums(Node node) => new(node.Shape.Channels, sumsCount++);

    private void FindStreams(Node[] written, long streamFrom)
    {
        ILookup<Node, Node> readers = written.SelectMany(n => Reads(n).Distinct().Select(r => (Read: r, Reader: n))).ToLookup(p => p.Read, p => p.Reader);
        foreach (StreamedBlock block in StreamedBlock.Find(fusion, kernels, written, readers, streamFrom))
            foreach (Node node in block.Nodes) streams.TryAdd(node, block);
        // What the block reads has to be there until its last convolution runs.
        foreach (StreamedBlock block in streams.Values.Distinct()) lastUse[block.Source] = Array.IndexOf(written, block.Tail.Result);
    }

    private void LowerStream(StreamedBlock block, int index)
    {
        PlanTensor source = tensors[block.Source];
        Convolution main = ConvolutionOf(block.Main), tail = ConvolutionOf(block.Tail);
        Convolution? shortcut = block.Shortcut is null ? null : ConvolutionOf(block.Shortcut);
        ChannelSums inputSums = source.Sums!;
        var stages = new List<StreamStage>();
        if (block.Head is { } head)
        {
            inputSums = NewSums(head.Result);
            stages.Add(new StreamStage(ConvolutionOf(head), null, head.Before?.Kind));
            Steps.Add(Pass(head, stages, inputSums));
        }
        stages.Add(new StreamStage(main, NormOf(block.Main.Norm!, inputSums), block.Main.Before?.Kind, shortcut));
        ChannelSums innerSums = NewSums(block.Main.Result);
        Steps.Add(Pass(block.Main, [.. stages.SkipLast(1), stages[^1] with { Side = null }], innerSums));
        stages.Add(new StreamStage(tail, NormOf(block.Tail.Norm!, innerSums), block.Tail.Before?.Kind));
        PlanTensor result = shortcut is null ? InPlaceOr(block.Tail.Result, block.Source, index) : GrowOver(source, block.Tail.Result, stages.Count - 1);
        if (fusion.NeedsSums(block.Tail.Result)) result.Sums = NewSums(block.Tail.Result);
        Steps.Add(new StreamStep(block.Tail.Conv.Name, Describe(stages) + " Add", stages)
        {
            Result = result, Reads = [source], Source = source, Keeps = true, AddsSource = shortcut is null, Gather = result.Sums, MultiplyAdds = block.Nodes.Sum(n => fusion.ConvolutionFor(n)!.Conv.MultiplyAdds),
        });

        StreamStep Pass(FusedConvolution last, List<StreamStage> chain, ChannelSums gather)
            => new(last.Conv.Name + ".statistics", Describe(chain) + " statistics", [.. chain]) { Result = source, Reads = [source], Source = source, Keeps = false, Gather = gather };
    }

    // The result begins in front of the source and eats it up from its first row on: with rows of equal size on both sides it never catches up with what is still to be read.
    private PlanTensor GrowOver(PlanTensor source, Node node, int lead)
    {
        long bytes = node.Shape.Count * sizeof(float), row = bytes / node.Shape.Height, sourceBytes = source.Shape.Count * sizeof(float), sourceRow = sourceBytes / source.Shape.Height;
        if (source.PixelStride != source.Shape.Channels) return tensors[node] = Alone(node);
        long slack = 0;
        int tile = WinogradBlocking.TileFor(node.Shape.Height, node.Shape.Width), strips = (node.Shape.Height + tile - 1) / tile;
        for (int end = 1; end + lead < strips; end++)
        {
            // After the strips up to end are written, the first stage reads on from strip end + lead, one row above it.
            long written = (long)tile * end * row, needed = ((long)tile * (end + lead) - 1) / 2 * sourceRow;
            slack = Math.Max(slack, written - (bytes - sourceBytes) - needed);
        }
        source.Storage.Grow(bytes + slack);
        return tensors[node] = new PlanTensor(node.Shape, source.Storage, source.Storage.Bytes, node.Shape.Channels, 0);
    }

    private static string Describe(List<StreamStage> stages) => "in bands: " + string.Join(" Conv2d(Winograd) ", stages.Select(s => s.Convolution.Shape.Enlarged ? "Upsample2x" : "GroupNorm SiLU")) + " Conv2d(Winograd)";

    private Convolution ConvolutionOf(FusedConvolution fused) => new(fused.Sizes, fused.Conv.Weight, fused.Conv.Bias, fused.Conv.KernelHeight == 3, workers);

    // Pairs of convolutions that are the only readers of a tensor and together write no more channels than it has.
    private void FindSplits(Node[] written)
    {
        foreach (IGrouping<Node, (Node Node, int Index)> readers in written.Select((n, i) => (n, i)).SelectMany(p => Reads(p.n).Distinct().Select(r => (Read: r, p.n, p.i))).GroupBy(p => p.Read, p => (p.n, p.i)))
        {
            (Node Node, int Index)[] two = [.. readers];
            if (two.Length != 2 || two.Any(t => streams.ContainsKey(t.Node)) || readers.Key is Input) continue;
            FusedConvolution? main = two.Select(t => fusion.ConvolutionFor(t.Node)).SingleOrDefault(f => f is { Norm: not null, Residual: null, After: null, Enlargement: null, Conv: { KernelHeight: 3, Stride: 1 } });
            FusedConvolution? shortcut = two.Select(t => fusion.ConvolutionFor(t.Node)).SingleOrDefault(f => f is { Norm: null, Before: null, Residual: null, After: null, Enlargement: null, Conv: { KernelHeight: 1, Stride: 1 } });
            if (main is null || shortcut is null || fusion.NeedsSums(shortcut.Result)) continue;
            int channels = readers.Key.Shape.Channels;
            if (main.Conv.Shape.Channels * 2 != channels || shortcut.Conv.Shape.Channels * 2 != channels || !ConvolutionChoice.UseWinograd(main.Sizes, kernels)) continue;
            splits[main.Result] = splits[shortcut.Result] = new SplitBlock(main, shortcut, two.Max(t => t.Index));
        }
    }

    private void LowerSplit(SplitBlock split)
    {
        PlanTensor source = tensors[split.Main.Source];
        int half = source.Shape.Channels / 2;
        PlanTensor shortcut = tensors[split.Shortcut.Result] = source.At(split.Shortcut.Conv.Shape, 0);
        PlanTensor main = tensors[split.Main.Result] = source.At(split.Main.Conv.Shape, half);
        sharedPixels.Add(source.Storage, shortcut, lastUse[split.Shortcut.Result]);
        sharedPixels.Add(source.Storage, main, lastUse[split.Main.Result]);
        if (fusion.NeedsSums(split.Main.Result)) main.Sums = NewSums(split.Main.Result);
        Conv2d conv = split.Main.Conv, one = split.Shortcut.Conv;
        Steps.Add(new SplitStep(conv.Name, split.Main.Describe(winograd: true) + " | Conv2d(GEMM) in place",
            new Convolution(split.Main.Sizes, conv.Weight, conv.Bias, winograd: true, workers), new Convolution(split.Shortcut.Sizes, one.Weight, one.Bias, winograd: false, workers))
        {
            Result = main, Source = source, Shortcut = shortcut, Reads = [source], Norm = NormOf(split.Main.Norm!), Before = split.Main.Before?.Kind,
            MultiplyAdds = conv.MultiplyAdds + one.MultiplyAdds,
        });
    }

    /// <summary>A place for the result of a node.</summary>
    public PlanTensor New(Node node, int index)
    {
        PlanTensor tensor = sharedPixels.Take(node.Shape, index, lastUse.GetValueOrDefault(node, index)) ?? Alone(node);
        return tensors[node] = tensor;
    }

    private PlanTensor Alone(Node node) => new(node.Shape, new Storage(node.Shape.Count * sizeof(float), Steps.Count));

    /// <summary>The place of a tensor that nobody reads afterwards, or a new one.</summary>
    public PlanTensor InPlaceOr(Node node, Node old, int index)
    {
        if (lastUse[old] != index || old.Shape != node.Shape) return New(node, index);
        PlanTensor place = tensors[old];
        // What is enlarged next lives beside a tensor four times its size: it moves out of the pixels that it shares, so that their other half is free by then.
        if (place.PixelStride > place.Shape.Channels && enlarged.Contains(node)) return tensors[node] = Alone(node);
        sharedPixels.Extend(place, lastUse.GetValueOrDefault(node, index));
        return tensors[node] = place.At(node.Shape, place.ChannelOffset);
    }

    private sealed record SplitBlock(FusedConvolution Main, FusedConvolution Shortcut, int Index);
}
