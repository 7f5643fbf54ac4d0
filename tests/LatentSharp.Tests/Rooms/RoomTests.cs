using System.Reflection;
using System.Text.RegularExpressions;

namespace LatentSharp.Tests.Rooms;

/// <summary>
/// The rooms of the code use each other only as <c>docs/rooms.txt</c> says, and the picture of them is drawn from that table.
/// </summary>
public sealed partial class RoomTests
{
    private static readonly RoomTable Table = RoomTable.Read(Repository.Path("docs/rooms.txt"));

    [Fact]
    public void Arrows_never_lead_back()
        => Assert.All(Table.Rooms, r => Assert.False(Table.Reachable(r).Contains(r), $"{r.Name} leads back to itself"));

    /// <summary>What the design is about, whatever the table may come to say.</summary>
    [Theory]
    [InlineData("Models", "Cpu")]
    [InlineData("Cpu", "Models")]
    [InlineData("Compute", "Cpu")]
    [InlineData("Weights", "Models")]
    [InlineData("Graph", "Cpu")]
    public void These_never_meet(string room, string other)
        => Assert.DoesNotContain(Table.Reachable(Table[room]), r => r.Name == other);

    [Fact]
    public void The_core_library_uses_nothing_but_itself()
        => Assert.All(Table.Rooms.Where(r => r.IsCore),
            r => Assert.All(Table.Reachable(r), used => Assert.True(used.IsCore, $"{r.Name} -> {used.Name}")));

    [Fact]
    public void Rooms_use_each_other_as_the_table_says()
    {
        Dictionary<string, Room> rooms = Declared();
        SortedSet<string> wrong = new(StringComparer.Ordinal);
        HashSet<string> met = [];
        int arrows = 0;
        foreach (Type type in Assemblies().SelectMany(a => a.GetTypes()))
        {
            Type outer = type;
            while (outer.DeclaringType is { } above) outer = above;
            if (!rooms.TryGetValue(Name(outer), out Room? room)) continue;      // written by the compiler
            HashSet<Room> allowed = Table.Reachable(room);
            foreach (Type used in UsedTypes.Of(type))
            {
                if (!rooms.TryGetValue(Name(used), out Room? other) || other == room) continue;
                arrows++;
                if (allowed.Contains(other)) continue;
                string use = $"{outer.Name} uses {used.Name}";
                if (Table.Exceptions.Contains(use)) met.Add(use);
                else wrong.Add($"{room.Name} -> {other.Name}: {use}");
            }
        }
        Assert.True(arrows > 1000, $"only {arrows} uses of other rooms were found");
        Assert.True(met.SetEquals(Table.Exceptions), "exceptions in docs/rooms.txt that are met no longer: " + string.Join(", ", Table.Exceptions.Except(met)));
        Assert.True(wrong.Count == 0, "arrows that docs/rooms.txt does not have:\n" + string.Join('\n', wrong));
    }

    [Fact]
    public void The_picture_shows_the_table()
    {
        string path = Repository.Path("docs/architecture.svg"), picture = RoomPicture.Draw(Table);
        if (Environment.GetEnvironmentVariable("LATENTSHARP_WRITE_DOCS") == "1") File.WriteAllText(path, picture);
        Assert.True(File.ReadAllText(path).ReplaceLineEndings("\n") == picture,
            "docs/architecture.svg is not drawn from docs/rooms.txt: LATENTSHARP_WRITE_DOCS=1 draws it");
    }

    // Every type with the room of the file that declares it, by namespace and name.
    private static Dictionary<string, Room> Declared()
    {
        Dictionary<string, Room> rooms = [];
        string source = Repository.Path("src");
        foreach (string file in Directory.EnumerateFiles(source, "*.cs", SearchOption.AllDirectories))
        {
            string path = Path.GetRelativePath(source, file).Replace('\\', '/');
            if (path.Contains("/obj/", StringComparison.Ordinal) || path.Contains("/bin/", StringComparison.Ordinal)) continue;
            string text = File.ReadAllText(file);
            Match space = NamespacePattern().Match(text);
            if (!space.Success) continue;       // top-level statements and attributes of the assembly
            Room? room = Table.Of(path);
            Assert.True(room is not null, $"src/{path} lies in no room: add its folder to docs/rooms.txt");
            foreach (Match type in TypePattern().Matches(text)) rooms.TryAdd($"{space.Groups[1].Value}.{type.Groups[1].Value}", room);
        }
        return rooms;
    }

    private static string Name(Type type) => $"{type.Namespace}.{type.Name.Split('`')[0]}";

    // The assemblies of the project that lie beside the tests.
    private static IEnumerable<Assembly> Assemblies()
        => Directory.EnumerateDirectories(Repository.Path("src")).Select(d => Path.GetFileName(d))
        .Select(n => n == "LatentSharp.Cli" ? "latent" : n)
            .Where(n => File.Exists(Path.Combine(AppContext.BaseDirectory, n + ".dll"))).Select(Assembly.Load);

    [GeneratedRegex(@"^namespace ([\w.]+)", RegexOptions.Multiline)]
    private static partial Regex NamespacePattern();

    [GeneratedRegex(@"^(?:(?:public|internal|file|static|sealed|abstract|partial|readonly|unsafe|ref) )*"
        + @"(?:class|struct|interface|enum|record struct|record class|record|delegate [\w<>\[\]?., ]+?) (\w+)",
        RegexOptions.Multiline)]
    private static partial Regex TypePattern();
}
