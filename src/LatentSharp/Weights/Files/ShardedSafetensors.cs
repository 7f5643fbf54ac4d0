using System.Text.Json;
using System.Text.Unicode;

namespace LatentSharp.Weights.Files;

/// <summary>
/// Safetensors files that an index (<c>NAME.safetensors.index.json</c>) joins to one set of weights: its <c>weight_map</c> says which file
/// holds which tensor. The files lie beside the index.
/// </summary>
public sealed class ShardedSafetensors : WeightFile
{
    private const int MaxIndexLength = 100_000_000;

    private readonly Dictionary<string, TensorInfo> tensors = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SafetensorsFile> homes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SafetensorsFile> shards = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> metadata = new(StringComparer.Ordinal);

    private ShardedSafetensors(string path) => Path = path;

    /// <summary>Opens an index and every file it names.</summary>
    /// <exception cref="LatentSharpException">The index or a file is missing or malformed, or a file lacks a tensor that the index says it
    /// holds.</exception>
    public static ShardedSafetensors Open(string path) => FileBytes.Open(path, Read);

    /// <summary>Reads an index that is open, and closes it.</summary>
    internal static ShardedSafetensors Read(FileBytes file)
    {
        if (!file.IsOnDisk)
            throw new LatentSharpException(ErrorKind.BadInput, file.Path,
                "this is the index of a sharded set, whose files lie beside it; an index alone holds no weights.", "Open the set by the path of its index.");
        var set = new ShardedSafetensors(file.Path);
        try
        {
            using (file) set.ReadIndex(file);
            return set;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            set.Dispose();
            throw new LatentSharpException(ErrorKind.BadInput, set.Path, "the index of a sharded set is not well-formed JSON.", "Fetch it again.", e);
        }
        catch
        {
            set.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public override string Path { get; }

    /// <inheritdoc/>
    public override string Format => "sharded safetensors";

    /// <summary>The file names of the shards, in ordinal order.</summary>
    public IReadOnlyList<string> Shards => [.. shards.Keys.Order(StringComparer.Ordinal)];

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, TensorInfo> Tensors => tensors;

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, string> Metadata => metadata;

    /// <inheritdoc/>
    public override StoredRange? Locate(TensorInfo tensor) => Home(tensor).Locate(tensor);

    /// <inheritdoc/>
    public override void Read(TensorInfo tensor, long first, Span<float> destination) => Home(tensor).Read(tensor, first, destination);

    /// <inheritdoc/>
    public override void ReadBytes(TensorInfo tensor, long offset, Span<byte> destination)
        => Home(tensor).ReadBytes(tensor, offset, destination);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (!disposing) return;
        foreach (SafetensorsFile shard in shards.Values) shard.Dispose();
    }

    private void ReadIndex(FileBytes file)
    {
        if (file.Length > MaxIndexLength) throw Refuse($"the index has {file.Length:N0} bytes; at most {MaxIndexLength:N0} are accepted");
        var json = new byte[file.Length];
        file.Read(0, json);
        if (!Utf8.IsValid(json)) throw Refuse("the index is not valid UTF-8");
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 16 });
        bool mapSeen = false;
        var budget = new ReadingBudget(file.Length);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) throw Refuse("the index has to be a JSON object");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            bool map = reader.ValueTextEquals("weight_map");
            reader.Read();
            if (!map)
            {
                reader.Skip();
                continue;
            }
            if (mapSeen || reader.TokenType != JsonTokenType.StartObject) throw Refuse("weight_map has to occur once and be an object");
            mapSeen = true;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                string tensor = reader.GetString()!;
                if (!budget.TakeEntry(2 * tensor.Length)) throw Refuse(budget.Rule("weight_map"));
                reader.Read();
                Add(tensor, reader.TokenType == JsonTokenType.String ? reader.GetString()!
                    : throw Refuse($"the file of tensor {SafetensorsHeader.Quote(tensor)} has to be a string"));
            }
        }
        if (!mapSeen) throw Refuse("the index has no weight_map");
    }

    private void Add(string tensor, string name)
    {
        // The index may come from anywhere: it must not lead out of its own folder.
        if (name.Length == 0 || name is "." or ".." || name.AsSpan().ContainsAny("/\\:\0"))
            throw Refuse($"the index names the file {SafetensorsHeader.Quote(name)}; shards lie in the folder of the index");
        if (!shards.TryGetValue(name, out SafetensorsFile? shard))
        {
            string path = System.IO.Path.Combine(System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(Path))!, name);
            if (!File.Exists(path))
                throw new LatentSharpException(ErrorKind.NotFound, Path, $"the index names the file {name}, which is not beside it.",
                    "Fetch all files of the set.");
            shards[name] = shard = SafetensorsFile.Open(path);
            foreach ((string key, string value) in shard.Metadata) metadata.TryAdd(key, value);
        }
        if (!shard.Tensors.TryGetValue(tensor, out TensorInfo? info))
            throw Refuse($"the index says that {name} holds the tensor {SafetensorsHeader.Quote(tensor)}; it does not");
        if (!tensors.TryAdd(tensor, info)) throw Refuse($"the index lists the tensor {SafetensorsHeader.Quote(tensor)} twice");
        homes[tensor] = shard;
    }

    private SafetensorsFile Home(TensorInfo tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        return homes.TryGetValue(tensor.Name, out SafetensorsFile? shard) ? shard
            : throw new ArgumentException($"{Path} holds no tensor called {tensor.Name}", nameof(tensor));
    }

    private LatentSharpException Refuse(string rule)
        => new(ErrorKind.BadInput, Path, $"not a valid index of sharded safetensors: {rule}.", "Fetch the index and its files again.");
}
