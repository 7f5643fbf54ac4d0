using System.Globalization;
using System.Numerics;

namespace LatentSharp.Weights.Files.Torch;

/// <summary>Finds the tensors in what a checkpoint holds and gives them names: the keys that lead to them, joined by slashes.</summary>
internal sealed class TensorTree
{
    private const int MaxTensors = 200_000;
    private const int MaxSteps = 5_000_000;     // a container may be referred to from many places
    private const int MaxWrappers = 8;
    private const int MaxOutside = 1000;
    private const int MaxNameLength = 4096;     // one long key may lead to many tensors, each of which repeats it

    // Keys under which training scripts put the network's weights, beside other things.
    private static readonly string[] Wrappers = ["state_dict", "model", "module", "model_state_dict", "params_ema", "params", "net",
        "weights", "generator", "G", "ema"];

    private readonly Dictionary<PickleContainer, bool> holdsTensors = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<string, TorchTensor> tensors = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> plain = new(StringComparer.Ordinal);
    private int steps;
    private long characters;

    public TensorTree(object? root)
    {
        if (root is TorchTensor single)
        {
            tensors["tensor"] = single;
            return;
        }
        if (root is not PickleContainer top) return;
        Survey(top);
        if (top is PickleDictionary outermost) Collect(outermost);
        top = Peel(top);
        Walk(top, "", 0);
    }

    public IReadOnlyDictionary<string, TorchTensor> Tensors => tensors;

    /// <summary>Numbers and strings of the outermost dictionary: epoch, global_step ...</summary>
    public IReadOnlyDictionary<string, string> Plain => plain;

    /// <summary>The keys that were peeled off, joined by slashes; empty when there was no wrapper.</summary>
    public string Wrapper { get; private set; } = "";

    /// <summary>Keys of entries with tensors outside the wrapper: optimiser state, a second copy of the network.</summary>
    public List<string> Outside { get; } = [];

    private PickleContainer Peel(PickleContainer top)
    {
        for (int i = 0; i < MaxWrappers && top is PickleDictionary dictionary; i++)
        {
            string? key = Array.Find(Wrappers,
                k => dictionary[k] is PickleContainer inner && holdsTensors.GetValueOrDefault(inner)
                && (k == "state_dict" || !dictionary.Items.Any(item => item.Value is TorchTensor)));
            if (key is null) break;
            var chosen = (PickleContainer)dictionary[key]!;
            // Beside a network of another kind an autoencoder may lie under a name of its own: then everything is listed, each under its
            // key.
            if (!LooksLikeAutoencoder(chosen)
                && dictionary.Items.Any(item => item.Value is PickleContainer other && other != chosen && LooksLikeAutoencoder(other)))
                break;
            Outside.AddRange(
                dictionary.Items.Where(
                    item => !Equals(item.Key, key)
                    && (item.Value is TorchTensor || (item.Value is PickleContainer inner && holdsTensors.GetValueOrDefault(inner))))
                .Select(item => Convert.ToString(item.Key, CultureInfo.InvariantCulture) ?? "None")
                .Take(MaxOutside - Math.Min(MaxOutside, Outside.Count)));
            Wrapper = Wrapper.Length == 0 ? key : $"{Wrapper}/{key}";
            top = (PickleContainer)dictionary[key]!;
        }
        return top;
    }

    private static bool LooksLikeAutoencoder(PickleContainer container)
        => container is PickleDictionary dictionary && dictionary.Items.Any(item => item.Key is string key
        && (key is "encoder" or "decoder" || key.StartsWith("encoder.", StringComparison.Ordinal)
            || key.Contains("decoder.", StringComparison.Ordinal)));

    private void Collect(PickleDictionary outermost)
    {
        foreach ((object? key, object? value) in outermost.Items)
            if (key is string name && value is string or long or double or bool or BigInteger)
                plain[name] = Convert.ToString(value, CultureInfo.InvariantCulture)!;
    }

    // Marks the containers with tensors at or below them, each visited once however often it is referred to. Containers can contain
    // themselves.
    private void Survey(PickleContainer top)
    {
        var path = new Stack<(PickleContainer Container, IEnumerator<object?> Children)>();
        Enter(top);
        while (path.Count > 0)
        {
            (PickleContainer container, IEnumerator<object?> children) = path.Peek();
            if (!children.MoveNext())
            {
                path.Pop();
                if (holdsTensors[container] && path.Count > 0) holdsTensors[path.Peek().Container] = true;
                continue;
            }
            switch (children.Current)
            {
                case TorchTensor: holdsTensors[container] = true; break;
                case PickleContainer child when holdsTensors.TryGetValue(child, out bool holds): holdsTensors[container] |= holds; break;
                case PickleContainer child: Enter(child); break;
                default: break;
            }
        }

        void Enter(PickleContainer container)
        {
            holdsTensors[container] = false;
            path.Push((container, Children(container).Select(child => child.Value).GetEnumerator()));
        }
    }

    private void Walk(PickleContainer container, string path, int depth)
    {
        if (depth > PickleLimits.MaxDepth) throw new CheckpointException($"its tensors are nested more than {PickleLimits.MaxDepth} deep");
        foreach ((string key, object? value) in Children(container))
        {
            if (++steps > MaxSteps) throw new CheckpointException($"its containers refer to each other so often that there are more than {MaxSteps:N0} places");
            if (path.Length + key.Length > MaxNameLength
                && (value is TorchTensor || (value is PickleContainer far && holdsTensors.GetValueOrDefault(far))))
                throw new CheckpointException($"the keys that lead to a tensor have more than {MaxNameLength:N0} characters together");
            if (value is TorchTensor tensor)
            {
                characters += path.Length + key.Length;
                if (characters > PickleLimits.MaxNameCharacters)
                    throw new CheckpointException($"the names of its tensors have more than {PickleLimits.MaxNameCharacters:N0} characters together");
                tensors[path + key] = tensor;
                if (tensors.Count > MaxTensors) throw new CheckpointException($"it names more than {MaxTensors:N0} tensors");
            }
            else if (value is PickleContainer inner && holdsTensors.GetValueOrDefault(inner)) Walk(inner, path + key + "/", depth + 1);
        }
    }

    private static IEnumerable<(string Key, object? Value)> Children(PickleContainer container) => container switch
    {
        PickleDictionary dictionary =>
            dictionary.Items.Select(item => (Convert.ToString(item.Key, CultureInfo.InvariantCulture) ?? "None", item.Value)),
        PickleList list => list.Items.Select((item, index) => (index.ToString(CultureInfo.InvariantCulture), item)),
        _ => [],
    };
}
