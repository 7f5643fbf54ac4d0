using System.Globalization;
using System.Text;

namespace LatentSharp.Weights;

/// <summary>Lists of tensor names, shortened for messages.</summary>
internal static class TensorNames
{
    private const int MaxLines = 20;
    private const int MaxLength = 120;
    private const int MaxParts = 16;        // a name from a file may have a million dots; the rest of it counts as one part

    /// <summary>
    /// The names among <paramref name="expected"/> that <paramref name="source"/> lacks, in groups such as <c>decoder.up.2.block.*: 24
    /// tensors</c>: a group stands for everything that is expected below a place, a name for itself. Empty when nothing is missing.
    /// </summary>
    public static IReadOnlyList<string> Missing(WeightSource source, IEnumerable<string> expected)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(expected);
        string[] all = [.. expected.Distinct(StringComparer.Ordinal)];
        return Group(all.Where(name => !source.Tensors.ContainsKey(name)), all);
    }

    /// <summary>Any list of names in groups by their first parts, such as <c>model.diffusion_model.*: 686 tensors</c>.</summary>
    public static IReadOnlyList<string> Summarize(IEnumerable<string> names)
    {
        ArgumentNullException.ThrowIfNull(names);
        string[] all = [.. names.Distinct(StringComparer.Ordinal)];
        return Group(all, all);
    }

    /// <summary>
    /// A name from a file as it may be shown on a terminal or written to a log: control characters, which could move the cursor or forge
    /// lines, are written as <c>\u001B</c>; long names are cut.
    /// </summary>
    public static string Printable(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        string shown = name.Length <= MaxLength ? name : $"{name.AsSpan(0, MaxLength)}... ({name.Length} characters)";
        if (!shown.Any(IsUnsafe)) return shown;
        var text = new StringBuilder(shown.Length + 16);
        foreach (char c in shown)
            if (IsUnsafe(c)) text.Append("\\u").Append(((int)c).ToString("X4", CultureInfo.InvariantCulture));
            else text.Append(c);
        return text.ToString();

        // Beside control characters: those that reverse the direction of writing, and line separators.
        static bool IsUnsafe(char c)
            => char.IsControl(c) || CharUnicodeInfo.GetUnicodeCategory(c) is UnicodeCategory.Format or UnicodeCategory.LineSeparator
            or UnicodeCategory.ParagraphSeparator;
    }

    private static List<string> Group(IEnumerable<string> listed, IEnumerable<string> universe)
    {
        var root = new Place();
        foreach (string name in universe) root.Count(name, isListed: false);
        foreach (string name in listed) root.Count(name, isListed: true);
        var lines = new List<string>();
        root.Describe("", lines);
        if (lines.Count <= MaxLines) return lines;
        return [.. lines.Take(MaxLines), $"... and {lines.Count - MaxLines} more groups"];
    }

    // A place in the tree of names with the tensors at and below it.
    private sealed class Place
    {
        private readonly SortedDictionary<string, Place> below = new(StringComparer.Ordinal);
        private int total;
        private int listed;

        public void Count(string name, bool isListed)
        {
            Place place = this;
            place.Count(isListed);
            foreach (string part in name.Split('.', MaxParts))
            {
                if (!place.below.TryGetValue(part, out Place? next)) place.below[part] = next = new Place();
                place = next;
                place.Count(isListed);
            }
        }

        public void Describe(string path, List<string> lines)
        {
            if (listed == 0) return;
            if (below.Count == 0) lines.Add(Printable(path));
            else if (path.Length > 0 && listed == total && total > 1 && below.Count > 1) lines.Add($"{Printable(path)}.*: {total} tensors");
            else foreach ((string part, Place place) in below) place.Describe(path.Length == 0 ? part : $"{path}.{part}", lines);
        }

        private void Count(bool isListed)
        {
            if (isListed) listed++;
            else total++;
        }
    }
}
