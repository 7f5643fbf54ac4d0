using System.Collections.Immutable;
using LatentSharp.Weights;

namespace LatentSharp.Graph;

/// <summary>A network for one size of input: its nodes in an order in which each stands after its inputs.</summary>
public sealed class NetworkGraph
{
    /// <summary>The graph that computes <paramref name="output"/>; nodes that it does not need are not part of it.</summary>
    public NetworkGraph(string name, Node output)
    {
        ArgumentNullException.ThrowIfNull(output);
        (Name, Output) = (name, output);
        Nodes = Order(output);
        Input = Nodes.OfType<Input>().Single();
    }

    /// <summary>What the network is, for people: <c>FLUX.1 decoder 64x64</c>.</summary>
    public string Name { get; }

    /// <summary>The single input.</summary>
    public Input Input { get; }

    /// <summary>The result.</summary>
    public Node Output { get; }

    /// <summary>Every node, inputs before users.</summary>
    public ImmutableArray<Node> Nodes { get; }

    /// <summary>Multiply-adds of a direct evaluation for one picture.</summary>
    public long MultiplyAdds => Nodes.Sum(n => n.MultiplyAdds);

    /// <summary>The tensors that the network reads, each once.</summary>
    public IEnumerable<WeightRef> Weights => Nodes.SelectMany(n => n.Weights).DistinctBy(w => w.Name);

    // Depth-first with an explicit stack: long chains must not exhaust the call stack.
    private static ImmutableArray<Node> Order(Node output)
    {
        var order = ImmutableArray.CreateBuilder<Node>();
        var seen = new HashSet<Node>();
        var stack = new Stack<(Node Node, int Next)>();
        stack.Push((output, 0));
        seen.Add(output);
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
        return order.ToImmutable();
    }
}
