using LatentSharp.Graph;

namespace LatentSharp.Cpu.Planning;

/// <summary>Who reads which result.</summary>
internal sealed class Users
{
    private readonly Dictionary<Node, List<Node>> users = [];

    public Users(NetworkGraph graph)
    {
        foreach (Node node in graph.Nodes)
            foreach (Node input in node.Inputs)
            {
                if (!users.TryGetValue(input, out List<Node>? list)) users[input] = list = [];
                list.Add(node);
            }
    }

    /// <summary>The readers of a node's result; one that reads it twice is listed twice.</summary>
    public IReadOnlyList<Node> this[Node node] => users.GetValueOrDefault(node) ?? [];

    /// <summary>Whether there is one reader.</summary>
    public bool HasOne(Node node) => this[node].Count == 1;
}
