using System.Collections.Immutable;
using System.Diagnostics;
using LatentSharp.Weights;

namespace LatentSharp.Graph;

/// <summary>
/// A network for one size: its nodes in an order in which each stands after its inputs, with named inputs and named outputs.
/// </summary>
[DebuggerDisplay("{ToString(),nq}")]
internal sealed class NetworkGraph
{
    /// <summary>The name of the only output of a graph that was made without naming it.</summary>
    public const string DefaultOutput = "output";

    private const int DeepestExpansion = 100;

    /// <summary>The graph that computes <paramref name="output"/>; nodes that it does not need are not part of it.</summary>
    /// <param name="name">What the network is, for people: <c>FLUX.1 decoder 64x64</c>.</param>
    /// <param name="output">An <see cref="Output"/>, or any node, which becomes the output called <see cref="DefaultOutput"/> in the order
    /// [C, H, W].</param>
    /// <exception cref="ArgumentException">Two inputs have one name, or an input has the name of the output.</exception>
    public NetworkGraph(string name, Node output) : this(name, [output as Output ?? new Output(DefaultOutput, output)])
    {
    }

    /// <summary>The graph that computes <paramref name="outputs"/>; nodes that they do not need are not part of it.</summary>
    /// <param name="name">What the network is, for people.</param>
    /// <param name="outputs">At least one.</param>
    /// <exception cref="ArgumentException">There is no output, or two inputs or outputs have one name.</exception>
    public NetworkGraph(string name, params ReadOnlySpan<Output> outputs)
    {
        if (outputs.IsEmpty) throw new ArgumentException($"{name}: a network needs an output", nameof(outputs));
        (Name, Outputs) = (name, [.. outputs]);
        Nodes = Order(Outputs);
        Inputs = [.. Nodes.OfType<Input>()];
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (Node port in Inputs.Concat<Node>(Outputs))
            if (!names.Add(port.Name)) throw new ArgumentException($"{name}: two inputs or outputs are called {port.Name}", nameof(outputs));
    }

    /// <summary>What the network is, for people: <c>FLUX.1 decoder 64x64</c>.</summary>
    public string Name { get; }

    /// <summary>What it is given, in the order in which the nodes need it.</summary>
    public ImmutableArray<Input> Inputs { get; }

    /// <summary>What it gives, in the order in which it was built.</summary>
    public ImmutableArray<Output> Outputs { get; }

    /// <summary>Every node, inputs before users.</summary>
    public ImmutableArray<Node> Nodes { get; }

    /// <summary>Multiply-adds of a direct evaluation for one picture.</summary>
    public long MultiplyAdds => Nodes.Sum(n => n.MultiplyAdds);

    /// <summary>The tensors that the network reads, each once: tensors of one name from two sources are two.</summary>
    public IEnumerable<WeightRef> Weights => Nodes.SelectMany(n => n.Weights).DistinctBy(w => w.Key);

    /// <summary>
    /// Name, what goes in and what comes out, as in <c>FLUX.1 decoder 64x64: latent 64x64x16 -> image 512x512x3, 244 nodes</c>.
    /// </summary>
    public override string ToString()
        => $"{Name}: {string.Join(", ", Inputs.Select(i => $"{i.Name} {i.Shape}"))} -> "
            + $"{string.Join(", ", Outputs.Select(o => $"{o.Name} {o.Shape}"))}, {Nodes.Length} nodes";

    /// <summary>
    /// The same network in operations that are known: every other one is replaced by its expansion, and what that holds likewise.
    /// </summary>
    /// <param name="isKnown">Whether an operation may stay. It is not asked about inputs and outputs.</param>
    /// <param name="whose">Who has to know the operations, for the message: <c>ONNX export</c>.</param>
    /// <exception cref="LatentSharpException">An operation is not known and has no expansion.</exception>
    public NetworkGraph Expand(Func<Node, bool> isKnown, string whose)
    {
        ArgumentNullException.ThrowIfNull(isKnown);
        if (Nodes.All(Stays)) return this;
        var replaced = new Dictionary<Node, Node>();
        int nested = 0;
        foreach (Node node in Nodes) Replace(node);
        return new NetworkGraph(Name, [.. Outputs.Select(o => (Output)replaced[o])]);

        bool Stays(Node node) => node is Input or Output || isKnown(node);

        // Recursion goes as deep as expansions are nested; along the network the order of the nodes has seen to the inputs.
        Node Replace(Node node)
        {
            if (replaced.TryGetValue(node, out Node? known)) return known;
            ImmutableArray<Node> inputs = [.. node.Inputs.Select(Replace)];
            Node same = inputs.SequenceEqual(node.Inputs) ? node : node.WithInputs(inputs);
            if (!Stays(same))
            {
                Node simpler = same.Expand() ?? throw new LatentSharpException(ErrorKind.BadInput, node.Name,
                    $"{whose} does not know the operation {node.Operation}, and it has no expansion into simpler ones.", $"Give {node.Operation} an Expand().");
                if (++nested > DeepestExpansion)
                    throw new LatentSharpException(ErrorKind.BadInput, node.Name,
                        $"the expansion of {node.Operation} comes to no end: it holds operations that expand into it again.");
                same = Replace(simpler);
                nested--;
            }
            replaced[same] = same;
            return replaced[node] = same;
        }
    }

    /// <summary>The result of an output with an input replaced: how one network reads what another gives.</summary>
    /// <param name="output">One of <see cref="Outputs"/>.</param>
    /// <param name="input">One of <see cref="Inputs"/>.</param>
    /// <param name="source">What is read in its place, of the same shape.</param>
    public static Node Over(Output output, Input input, Node source)
    {
        if (source.Shape != input.Shape) throw new ArgumentException($"{source} is read in place of {input}, whose shape differs");
        var replaced = new Dictionary<Node, Node> { [input] = source };
        foreach (Node node in Order([output]))
            if (!replaced.ContainsKey(node))
                replaced[node] = node.Inputs.Any(i => replaced[i] != i) ? node.WithInputs([.. node.Inputs.Select(i => replaced[i])]) : node;
        return replaced[output.Source];
    }

    // Depth-first with an explicit stack: long chains must not exhaust the call stack.
    private static ImmutableArray<Node> Order(ImmutableArray<Output> outputs)
    {
        var order = ImmutableArray.CreateBuilder<Node>();
        var seen = new HashSet<Node>();
        var stack = new Stack<(Node Node, int Next)>();
        foreach (Output output in outputs)
        {
            if (seen.Add(output)) stack.Push((output, 0));
            while (stack.Count > 0)
            {
                (Node node, int next) = stack.Pop();
                if (next == node.Inputs.Length)
                {
                    order.Add(node);
                    continue;
                }
                stack.Push((node, next + 1));
                if (seen.Add(node.Inputs[next])) stack.Push((node.Inputs[next], 0));
            }
        }
        return order.ToImmutable();
    }
}
