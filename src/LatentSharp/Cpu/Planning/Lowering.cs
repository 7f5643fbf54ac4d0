using LatentSharp.Cpu.Kernels;
using LatentSharp.Cpu.Kernels.Matrix;
using LatentSharp.Cpu.Memory;
using LatentSharp.Cpu.Planning.Rules;
using LatentSharp.Cpu.Steps;
using LatentSharp.Graph;

namespace LatentSharp.Cpu.Planning;

/// <summary>Turns a graph into steps in the order of the graph, with the life of every tensor.</summary>
internal sealed class Lowering
{
    private readonly Dictionary<Node, PlanTensor> tensors = [];
    private readonly Dictionary<Node, int> lastUse = [];
    private readonly Dictionary<Node, SplitBlock> splits = [];
    private readonly Dictionary<Node, StreamedBlock> streams = [];
    private readonly Dictionary<Node, Concat> joins = [];
    private readonly SharedPixels sharedPixels = new();
    private readonly HashSet<Node> enlarged;
    private readonly Precision precision;
    private int sumsCount;

    public Lowering(NetworkGraph graph, KernelSet kernels, int workers, ComputeOptions options, long streamFrom)
    {
        (Graph, Kernels, Workers, Fusion) = (graph, kernels, workers, new Fusion(graph, options.RoughGradients));
        precision = options.Precision;
        Node[] written = [.. graph.Nodes.Where(Fusion.IsNeeded)];
        for (int i = 0; i < written.Length; i++)
            foreach (Node read in Fusion.Reads(written[i])) Use(read, i);
        FindStreams(written, streamFrom);
        foreach (SplitBlock split in SplitBlock.Find(this, written)) splits[split.Main.Result] = splits[split.Shortcut.Result] = split;
        FindJoins(written);
        enlarged = [.. written.Select(Fusion.ConvolutionFor).Where(f => f?.Enlargement is not null).Select(f => f!.Source)];
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
    public Fusion Fusion { get; }

    /// <summary>What is lowered.</summary>
    public NetworkGraph Graph { get; }

    /// <summary>The kernels that will compute.</summary>
    public KernelSet Kernels { get; }

    /// <summary>The workers that will share the work.</summary>
    public int Workers { get; }

    /// <summary>Whether a linear layer is computed in bytes.</summary>
    public bool InBytes(Linear layer)
        => precision == Precision.Int8 && layer.TakesInt8 && layer.Shape.Positions > MatrixProduct.FewRows;

    /// <summary>Whether attention is computed in bytes: without mask, and with heads that a block of depth holds.</summary>
    public bool InBytes(Attention attention)
        => precision == Precision.Int8 && attention.Form is { TakesInt8: true, Causal: false } && attention.Bias is null
            && attention.Query.Shape.Channels / attention.Form.Heads <= PackedWeights.DepthBlock;

    /// <summary>How many tensors have sums gathered.</summary>
    public int SumsCount => sumsCount;

    /// <summary>Where the result of a node is kept.</summary>
    public PlanTensor this[Node node]
    {
        get => tensors[node];
        set => tensors[node] = value;
    }

    /// <summary>The node whose memory a result lies in: a slice is a view of what it cuts.</summary>
    public static Node Root(Node node)
    {
        while (node is Slice slice) node = slice.Source;
        return node;
    }

    /// <summary>Whether a node is computed in bands.</summary>
    public bool IsStreamed(Node node) => streams.ContainsKey(node);

    /// <summary>The normalisation with the sums that its source has gathered.</summary>
    public Normalisation NormOf(GroupNorm norm) => NormOf(norm, tensors[norm.Source].Sums!);

    /// <summary>The normalisation with given sums.</summary>
    public static Normalisation NormOf(GroupNorm norm, ChannelSums sums)
        => new(sums, norm.Source.Shape.Positions, norm.Groups, norm.Epsilon, norm.Weight, norm.Bias);

    /// <summary>Room for the sums of a node's channels.</summary>
    public ChannelSums NewSums(Node node) => new(node.Shape.Channels, sumsCount++);

    /// <summary>A place for the result of a node.</summary>
    public PlanTensor New(Node node, int index)
    {
        if (joins.TryGetValue(node, out Concat? join)) return tensors[node] = PartOf(join, node);
        PlanTensor tensor = sharedPixels.Take(node.Shape, index, lastUse.GetValueOrDefault(node, index)) ?? Alone(node);
        return tensors[node] = tensor;
    }

    /// <summary>A storage of its own for the result of a node, from the step that is added next.</summary>
    public PlanTensor Alone(Node node) => new(node.Shape, new Storage(node.Shape.Count * sizeof(float), Steps.Count));

    /// <summary>The place of a tensor that nobody reads afterwards, or a new one.</summary>
    public PlanTensor InPlaceOr(Node node, Node old, int index)
    {
        if (lastUse[old] != index || old.Shape != node.Shape || old is Slice || joins.ContainsKey(node)) return New(node, index);
        PlanTensor place = tensors[old];
        // What is enlarged next lives beside a tensor four times its size: it moves out of the pixels that it shares, so that their other
        // half is free by then.
        if (place.PixelStride > place.Shape.Channels && enlarged.Contains(node)) return tensors[node] = Alone(node);
        sharedPixels.Extend(place, lastUse.GetValueOrDefault(node, index));
        return tensors[node] = place.At(node.Shape, place.ChannelOffset);
    }

    /// <summary>Notes that a tensor is one of several in the pixels of a storage.</summary>
    public void Share(Storage storage, PlanTensor tensor, Node node) => sharedPixels.Add(storage, tensor, lastUse[node]);

    private void Use(Node read, int index)
    {
        lastUse[read] = index;
        if (read is Slice slice) Use(slice.Source, index);
    }

    private static void Touch(PlanTensor tensor, int step) => tensor.Storage.Last = Math.Max(tensor.Storage.Last, step);

    private void FindStreams(Node[] written, long streamFrom)
    {
        ILookup<Node, Node> readers = written.SelectMany(n => Fusion.Reads(n).Distinct().Select(r => (Read: r, Reader: n)))
            .ToLookup(p => p.Read, p => p.Reader);
        foreach (StreamedBlock block in StreamedBlock.Find(Fusion, Kernels, written, readers, streamFrom))
            foreach (Node node in block.Nodes) streams.TryAdd(node, block);
        // What the block reads has to be there until its last convolution runs.
        foreach (StreamedBlock block in streams.Values.Distinct()) lastUse[block.Source] = Array.IndexOf(written, block.Tail.Result);
    }

    // What is read by nothing but one joining of parts is written where it will be joined, by whoever computes it.
    private void FindJoins(Node[] written)
    {
        ILookup<Node, Node> readers = written.SelectMany(n => Fusion.Reads(n).Select(r => (Read: r, Reader: n)))
            .ToLookup(p => p.Read, p => p.Reader);
        foreach (Concat concat in written.OfType<Concat>())
            foreach (Node part in concat.Parts)
                if (part is not (Slice or Concat) && readers[part].Count() == 1 && !streams.ContainsKey(part) && !splits.ContainsKey(part))
                    joins[part] = concat;
    }

    private PlanTensor PartOf(Concat concat, Node part)
    {
        if (!tensors.TryGetValue(concat, out PlanTensor? whole)) tensors[concat] = whole = Alone(concat);
        int before = concat.Parts.TakeWhile(p => p != part).Sum(p => concat.Axis == Axis.Channels ? p.Shape.Channels : p.Shape.Width);
        return concat.Axis == Axis.Channels ? whole.Part(part.Shape, 0, before) : whole.Part(part.Shape, before, 0);
    }

    private void Lower(Node node, int index)
    {
        if (streams.TryGetValue(node, out StreamedBlock? block))
        {
            if (node == block.Tail.Result) block.Lower(this, index);
        }
        else if (splits.TryGetValue(node, out SplitBlock? split))
        {
            if (index == split.Index) split.Lower(this);
        }
        else if (Fusion.For(node) is { } fused)
        {
            fused.Lower(this, index);
            if (fused is not FusedConvolution) GatherSums(node);
        }
        else
        {
            if (node is Slice slice)
                tensors[node] = slice.Axis == Axis.Channels ? tensors[slice.Source].Part(slice.Shape, 0, slice.First)
                    : tensors[slice.Source].Part(slice.Shape, slice.First, 0);
            else if (node is Concat concat) Join(concat);
            else Steps.Add(CpuOperations.Step(this, node, index, [.. Fusion.Reads(node).Select(n => tensors[n])]));
            GatherSums(node);
        }
    }

    // A part that was not written in its place is copied there. The same part may come several times.
    private void Join(Concat concat)
    {
        if (!tensors.TryGetValue(concat, out PlanTensor? whole)) tensors[concat] = whole = Alone(concat);
        int at = 0;
        foreach (Node part in concat.Parts)
        {
            bool channels = concat.Axis == Axis.Channels;
            if (!joins.ContainsKey(part))
                Steps.Add(new CopyStep(concat.Name, "Concat")
                {
                    Result = channels ? whole.Part(part.Shape, 0, at)
                    : whole.Part(part.Shape, at, 0), Reads = [tensors[part]]
                });
            at += channels ? part.Shape.Channels : part.Shape.Width;
        }
    }

    private void GatherSums(Node node)
    {
        if (!Fusion.NeedsSums(node)) return;
        PlanTensor tensor = tensors[node];
        tensor.Sums = NewSums(node);
        Steps.Add(new SumsStep(node.Name + ".statistics") { Result = tensor, Reads = [tensor] });
    }
}
