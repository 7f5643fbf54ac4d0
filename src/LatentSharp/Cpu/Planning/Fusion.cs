using LatentSharp.Cpu.Kernels;
using LatentSharp.Graph;

namespace LatentSharp.Cpu.Planning;

/// <summary>What a convolution takes over from its neighbours.</summary>
internal sealed record FusedConvolution(Conv2d Conv)
{
    /// <summary>The node whose result is in memory and is read.</summary>
    public required Node Source { get; init; }

    /// <summary>The normalisation that is applied while reading, or null.</summary>
    public GroupNorm? Norm { get; init; }

    /// <summary>The function that is applied while reading, or null.</summary>
    public Activation? Before { get; init; }

    /// <summary>The enlargement that is never in memory, or null.</summary>
    public Upsample2x? Enlargement { get; init; }

    /// <summary>The sum that is formed while writing, or null.</summary>
    public Add? Sum { get; init; }

    /// <summary>The other summand.</summary>
    public Node? Residual { get; init; }

    /// <summary>The function that is applied while writing, or null.</summary>
    public Activation? After { get; init; }

    /// <summary>The sizes of the convolution as it is computed.</summary>
    public ConvolutionShape Sizes => new(Source.Shape, Conv.Shape, Conv.KernelHeight, Conv.KernelWidth, Conv.Stride, Conv.Padding, Enlargement is not null);

    /// <summary>The node whose result is written.</summary>
    public Node Result => (Node?)After ?? (Node?)Sum ?? Conv;

    /// <summary>The nodes, in order of evaluation, in one line.</summary>
    public string Describe(bool winograd) => string.Join(" ", new[]
    {
        Enlargement is null ? null : "Upsample2x", Norm is null ? null : "GroupNorm", Before?.Kind.ToString(),
        winograd ? "Conv2d(Winograd)" : "Conv2d(GEMM)", Sum is null ? null : "Add", After?.Kind.ToString(),
    }.Where(s => s is not null));
}

/// <summary>
/// Decides which nodes are computed together. A normalisation or activation in front of a convolution is applied while the convolution reads, a sum or activation
/// behind it while it writes, so none of them is ever in memory on its own.
/// </summary>
internal sealed class Fusion
{
    private readonly Dictionary<Node, int> users = [];
    private readonly HashSet<Node> needed = [];
    private readonly HashSet<Node> needSums = [];
    private readonly Dictionary<Node, FusedConvolution> convolutions = [];

    public Fusion(NetworkGraph graph)
    {
        foreach (Node node in graph.Nodes)
            foreach (Node input in node.Inputs) users[input] = users.GetValueOrDefault(input) + 1;
        foreach (Output output in graph.Outputs) needed.Add(output);
        foreach (Node node in graph.Nodes.Reverse())
            if (needed.Contains(node)) Visit(node);
    }

    /// <summary>Whether the node's result has to be in memory.</summary>
    public bool IsNeeded(Node node) => needed.Contains(node);

    /// <summary>Whether the sums of the node's channels are asked for.</summary>
    public bool NeedsSums(Node node) => needSums.Contains(node);

    /// <summary>The convolution that writes the node's result, or null.</summary>
    public FusedConvolution? ConvolutionFor(Node node) => convolutions.GetValueOrDefault(node);

    private void Visit(Node node)
    {
        Activation? after = node as Activation;
        Node summed = after?.Source ?? node;
        if (after is not null && users[summed] > 1) summed = node;
        if (summed is Add add && Summand(add) is (Conv2d inner, Node residual))
        {
            Fuse(inner, after, add, residual);
        }
        else if (summed is Conv2d { Groups: 1 } conv)
        {
            Fuse(conv, after, null, null);
        }
        else
        {
            foreach (Node input in node.Inputs) needed.Add(input);
            if (node is GroupNorm norm) needSums.Add(norm.Source);
            if (node is Activation { Source: GroupNorm behind })
            {
                needed.Remove(behind);
                needed.Add(behind.Source);
                needSums.Add(behind.Source);
            }
        }
    }

    private void Fuse(Conv2d conv, Activation? after, Add? sum, Node? residual)
    {
        Node source = conv.Source;
        // An activation that some convolution can apply while writing is applied once there, instead of for every reader.
        Activation? before = source is Activation activation && !AppliedWhileWriting(activation) ? activation : null;
        source = before?.Source ?? source;
        GroupNorm? norm = source as GroupNorm;
        source = norm?.Source ?? source;
        Upsample2x? enlargement = source as Upsample2x;
        if (enlargement is not null && (norm is not null || users[enlargement] > 1)) enlargement = null;
        source = enlargement?.Source ?? source;
        var fused = new FusedConvolution(conv) { Source = source, Norm = norm, Before = before, Enlargement = enlargement, Sum = sum, Residual = residual, After = after };
        convolutions[fused.Result] = fused;
        needed.Add(source);
        if (norm is not null) needSums.Add(source);
        if (residual is not null) needed.Add(residual);
    }

    // Of two summands the convolution with the larger kernel does the adding: it is the one that comes last in a residual block.
    private (Conv2d, Node)? Summand(Add add)
    {
        Conv2d? left = Candidate(add.Left), right = Candidate(add.Right);
        if (left is null && right is null) return null;
        bool takeLeft = right is null || (left is not null && left.MultiplyAdds > right.MultiplyAdds);
        return takeLeft ? (left!, add.Right) : (right!, add.Left);
    }

    private Conv2d? Candidate(Node node) => node is Conv2d { Groups: 1 } conv && users[conv] == 1 ? conv : null;

    private bool AppliedWhileWriting(Activation activation)
        => users[activation.Source] == 1 && (activation.Source is Conv2d { Groups: 1 } || (activation.Source is Add add && Summand(add) is not null));
}
