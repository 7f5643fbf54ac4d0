using LatentSharp.Cpu.Kernels;
using LatentSharp.Cpu.Steps;
using LatentSharp.Graph;

namespace LatentSharp.Cpu;

/// <summary>Turns a graph into steps in the order of the graph, with the life of every tensor.</summary>
internal sealed class Lowering
{
    private readonly Fusion fusion;
    private readonly KernelSet kernels;
    private readonly Dictionary<Node, PlanTensor> tensors = [];
    private readonly Dictionary<Node, int> lastUse = [];
    private int sumsCount;

    public Lowering(NetworkGraph graph, KernelSet kernels)
    {
        this.kernels = kernels;
        fusion = new Fusion(graph);
        Node[] written = [.. graph.Nodes.Where(fusion.IsNeeded)];
        for (int i = 0; i < written.Length; i++)
            foreach (Node read in Reads(written[i])) lastUse[read] = i;
        lastUse[graph.Output] = written.Length;
        for (int i = 0; i < written.Length; i++) Lower(written[i], i);
        PlanTensor output = tensors[graph.Output];
        Steps.Add(new OutputStep("output") { Result = output, Reads = [output] });
        for (int i = 0; i < Steps.Count; i++)
        {
            Touch(Steps[i].Result, i);
            foreach (PlanTensor read in Steps[i].Reads) Touch(read, i);
        }
    }

    /// <summary>The steps.</summary>
    public List<Step> Steps { get; } = [];

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
        if (fusion.ConvolutionFor(node) is { } fused)
        {
            LowerConvolution(fused, index);
            return;
        }
        IReadOnlyList<PlanTensor> reads = [.. Reads(node).Select(n => tensors[n])];
        Steps.Add(node switch
        {
            Input => new InputStep(node.Name) { Result = New(node), Reads = [] },
            Activation { Source: GroupNorm norm } activation when !fusion.IsNeeded(norm) => new PointwiseStep(node.Name, $"GroupNorm {activation.Kind}")
            {
                Result = InPlaceOr(node, norm.Source, index), Reads = reads, Function = activation.Kind, Norm = NormOf(norm),
            },
            Activation activation => new PointwiseStep(node.Name, activation.Kind.ToString()) { Result = InPlaceOr(node, activation.Source, index), Reads = reads, Function = activation.Kind },
            GroupNorm norm => new PointwiseStep(node.Name, "GroupNorm") { Result = InPlaceOr(node, norm.Source, index), Reads = reads, Norm = NormOf(norm) },
            Add add => new AddStep(node.Name, "Add") { Result = InPlaceOr(node, add.Left, index), Reads = reads },
            Upsample2x => new UpsampleStep(node.Name) { Result = New(node), Reads = reads },
            Attention => new AttentionStep(node.Name) { Result = New(node), Reads = reads, MultiplyAdds = node.MultiplyAdds },
            _ => throw new NotSupportedException($"{node.Operation} ({node.Name}) has no CPU step"),
        });
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
        if (conv.Groups != 1) throw new NotSupportedException($"{conv.Name}: grouped convolutions have no CPU step");
        var shape = new ConvolutionShape(fused.Source.Shape, conv.Shape, conv.KernelHeight, conv.KernelWidth, conv.Stride, conv.Padding, fused.Enlargement is not null);
        bool winograd = ConvolutionChoice.UseWinograd(shape, kernels);
        PlanTensor source = tensors[fused.Source];
        PlanTensor? residual = fused.Residual is null ? null : tensors[fused.Residual];
        PlanTensor result = fused.Residual is not null && fused.Residual != fused.Source ? InPlaceOr(fused.Result, fused.Residual, index) : New(fused.Result);
        if (fusion.NeedsSums(fused.Result)) result.Sums = NewSums(fused.Result);
        Steps.Add(new ConvolutionStep(conv.Name, fused.Describe(winograd), shape, conv.Weight, conv.Bias, winograd)
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

    private Normalisation NormOf(GroupNorm norm) => new(tensors[norm.Source].Sums!, norm.Source.Shape.Positions, norm.Groups, norm.Epsilon, norm.Weight, norm.Bias);

    private ChannelSums NewSums(Node node) => new(node.Shape.Channels, sumsCount++);

    private PlanTensor New(Node node) => tensors[node] = new PlanTensor(node.Shape, new Storage(node.Shape.Count * sizeof(float), Steps.Count));

    // The result takes the place of a tensor that nobody reads afterwards.
    private PlanTensor InPlaceOr(Node node, Node old, int index)
        => lastUse[old] == index && old.Shape == node.Shape ? tensors[node] = new PlanTensor(node.Shape, tensors[old].Storage) : New(node);
}
