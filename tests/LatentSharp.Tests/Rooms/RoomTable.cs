namespace LatentSharp.Tests.Rooms;

/// <summary>One room of the code: a folder, and the rooms it may use.</summary>
/// <param name="Name">The folder below <c>src</c>; in the core library without its name: <c>Graph/Onnx</c>.</param>
/// <param name="Uses">The rooms that arrows lead to; what those may use may be used as well.</param>
/// <param name="Text">What is in it, for people.</param>
internal sealed record Room(string Name, IReadOnlyList<string> Uses, string Text)
{
    /// <summary>Whether it lies in the core library.</summary>
    public bool IsCore => !Name.StartsWith("LatentSharp.", StringComparison.Ordinal);
}

/// <summary>The rooms and the arrows between them as <c>docs/rooms.txt</c> has them.</summary>
internal sealed class RoomTable
{
    /// <summary>
    /// Reads the table: a room a line, <c>name: used used | text</c>; lines that begin with # are comments, those with ! exceptions.
    /// </summary>
    public static RoomTable Read(string path)
    {
        var table = new RoomTable();
        foreach (string line in File.ReadLines(path))
        {
            if (line.Length == 0 || line[0] == '#') continue;
            string[] parts = line.Split('|', 2);
            if (line[0] == '!')
            {
                table.Exceptions.Add(parts[0][1..].Trim());
                continue;
            }
            string[] arrow = parts[0].Split(':', 2);
            string[] uses = arrow[1].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            table.Rooms.Add(new Room(arrow[0].Trim(), uses, parts[1].Trim()));
        }
        return table;
    }

    /// <summary>The rooms, in the order of the file.</summary>
    public List<Room> Rooms { get; } = [];

    /// <summary>Single uses that no arrow allows: <c>Device uses CpuDevice</c>.</summary>
    public List<string> Exceptions { get; } = [];

    /// <summary>The room of a given name.</summary>
    public Room this[string name] => Rooms.SingleOrDefault(r => r.Name == name) ?? throw new KeyNotFoundException($"docs/rooms.txt has no room {name}");

    /// <summary>The room that a source file lies in: the longest name that is its folder or one above it; null where none is.</summary>
    /// <param name="path">The path below <c>src</c>, with slashes.</param>
    public Room? Of(string path)
    {
        const string Core = "LatentSharp/";
        string inside = path.StartsWith(Core, StringComparison.Ordinal) ? path[Core.Length..] : path;
        return Rooms.Where(r => inside.StartsWith(r.Name + "/", StringComparison.Ordinal)).MaxBy(r => r.Name.Length);
    }

    /// <summary>The rooms that <paramref name="room"/> may use: those that arrows lead to, over any number of arrows.</summary>
    public HashSet<Room> Reachable(Room room)
    {
        HashSet<Room> found = [];
        Queue<Room> open = new([room]);
        while (open.TryDequeue(out Room? next))
            foreach (string name in next.Uses)
                if (found.Add(this[name])) open.Enqueue(this[name]);
        return found;
    }
}
