using System.Text;

namespace LatentSharp.Weights.Files.Torch;

/// <summary>
/// The container torch.save writes since version 1.6: a zip archive with <c>ROOT/data.pkl</c> and one entry <c>ROOT/data/KEY</c> per
/// storage.
/// </summary>
internal static class ZipContainer
{
    public static (object? Root, HashSet<string> UnknownNames, Dictionary<string, (long Offset, long Length)> Storages) Read(FileBytes file)
    {
        Dictionary<string, ZipEntry> entries = ZipDirectory.Read(file);
        string[] pickles =
            [.. entries.Keys.Where(
                name => name == "data.pkl"
                || (name.EndsWith("/data.pkl", StringComparison.Ordinal)
                    && name.IndexOf('/', StringComparison.Ordinal) == name.Length - "/data.pkl".Length))];
        if (pickles.Length != 1)
            throw pickles.Length == 0
                ? CheckpointException.Archive(
                    $"this is a zip archive, not a torch checkpoint, for it holds no data.pkl{Listed(entries.Keys)}")
                    : new CheckpointException("the zip archive holds several data.pkl");
        string root = pickles[0][..^"data.pkl".Length];
        if (entries.ContainsKey(root + "constants.pkl")) throw new CheckpointException("it is a TorchScript program, not a checkpoint of weights");
        if (entries.TryGetValue(root + "byteorder", out ZipEntry order))
        {
            var text = new byte[Math.Min(order.Length, 16)];
            file.Read(order.Offset, text);
            if (Encoding.ASCII.GetString(text) != "little") throw new CheckpointException("it was written on a big-endian machine, which is not supported");
        }
        (long offset, long length) = (entries[pickles[0]].Offset, entries[pickles[0]].Length);
        if (length == 0) throw new CheckpointException("its data.pkl is empty");
        var unpickler = new Unpickler(new PickleInput(file, offset, offset + length), new ReadingBudget(file.Length));
        object? value = unpickler.Load();
        string data = root + "data/";
        // A key is looked up among the entries below data/, never as a path: `../` finds nothing.
        return (value, unpickler.UnknownNames,
            entries.Where(entry => entry.Key.StartsWith(data, StringComparison.Ordinal) && entry.Key.IndexOf('/', data.Length) < 0)
            .ToDictionary(entry => entry.Key[data.Length..], entry => (entry.Value.Offset, entry.Value.Length), StringComparer.Ordinal));
    }

    // What a user has to unpack.
    internal static string Listed(IEnumerable<string> names)
    {
        string[] shown = [.. names.Where(n => !n.EndsWith('/')).Take(3).Select(TensorNames.Printable)];
        return shown.Length == 0 ? "" : $"; it holds {string.Join(", ", shown)}";
    }
}
