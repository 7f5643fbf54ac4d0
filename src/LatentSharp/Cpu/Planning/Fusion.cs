using LatentSharp.Cpu.Planning.Rules;
using LatentSharp.Graph;
using LatentSharp.Graph.Gradients;

namespace LatentSharp.Cpu.Planning;

/// <summary>
/// Decides which nodes are computed together, by the rules in <see cref="Rules"/>, and whose results are therefore in memory.
/// </summary>
internal sealed class Fusion
{
    private static readonly Func<Node, Users, Fused?>[] InOrder = [ConvolutionRule.Match, NormActivationRule.Match, ProductRule.Match];

    private readonly HashSet<Node> needed = [];
    private readonly HashSet<Node> needSums = [];
    private readonly Dictionary<Node, Fused> fused = [];

    /// <param name="graph">What is computed.</param>
    /// <param name="roughGradients">See <see cref="ComputeOptions.RoughGradients"/>.</param>
    public Fusion(NetworkGraph graph, bool roughGradients)
    {
        var users = new Users(graph);
        HasGradients = graph.Nodes.Any(n => n is WeightGradient or ActivationGradient);
        IsExact = HasGradients && !roughGradients;
        foreach (Output output in graph.Outputs) needed.Add(output);
        foreach (Node node in graph.Nodes.Reverse())
            if (needed.Contains(node)) Visit(node, users);
    }

    /// <summary>
    /// Whether it is a reverse pass. There every convolution is a step of its own, so that it gives the same bits wherever it is computed
    /// again.
    /// </summary>
    public bool HasGradients { get; }

    /// <summary>
    /// Whether convolutions are summed directly. The rounding of Winograd is several times larger: in front of a ReLU it would put more
    /// values on the wrong side of 0, where the gradient jumps, and Adam makes whole steps of gradients near 0.
    /// </summary>
    public bool IsExact { get; }

    /// <summary>Whether the node's result has to be in memory.</summary>
    public bool IsNeeded(Node node) => needed.Contains(node);

    /// <summary>Whether the sums of the node's channels are asked for.</summary>
    public bool NeedsSums(Node node) => needSums.Contains(node);

    /// <summary>What is computed together with the node's result, or null.</summary>
    public Fused? For(Node node) => fused.GetValueOrDefault(node);

    /// <summary>The convolution that writes the node's result, or null.</summary>
    public FusedConvolution? ConvolutionFor(Node node) => For(node) as FusedConvolution;

    /// <summary>The results in memory that are read for the node's.</summary>
    public IEnumerable<Node> Reads(Node node) => For(node)?.Reads ?? node.Inputs;

    private void Visit(Node node, Users users)
    {
        foreach (Func<Node, Users, Fused?> rule in InOrder)
        {
            if (rule(node, users) is not { } found) continue;
            fused[node] = found;
            break;
        }
        foreach (Node read in Reads(node)) needed.Add(read);
        if (For(node) is { } together) Sum(together.Summed);
        else Sum((node as GroupNorm)?.Source);
    }

    private void Sum(Node? source)
    {
        if (source is not null) needSums.Add(source);
    }
}
