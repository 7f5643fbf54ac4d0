using System.Buffers.Binary;
using System.Text;

namespace LatentSharp.Tokenizers;

/// <summary>
/// Unicode's normal form C (Standard Annex 15), of Unicode 14. .NET takes it from the operating system and leaves text as it is where a
/// program runs without globalisation data; tokens must not depend on that, so the tables are part of the library
/// (assets/tokenizers/make-normalisation.py).
/// </summary>
internal static class CanonicalComposition
{
    private const int HangulBase = 0xAC00, LeadBase = 0x1100, VowelBase = 0x1161, TrailBase = 0x11A7, Leads = 19, Vowels = 21, Trails = 28;

    private static readonly Tables Data = Tables.Load();

    /// <summary>The text in normal form C. Half surrogate pairs become U+FFFD.</summary>
    public static string Compose(string text)
    {
        // Nothing below U+0300 changes or combines.
        if (text.AsSpan().IndexOfAnyExceptInRange('\0', '\u02ff') < 0) return text;
        var points = new List<int>(text.Length);
        foreach (Rune rune in text.EnumerateRunes()) Decompose(rune.Value, points);
        Order(points);
        Combine(points);
        var composed = new StringBuilder(points.Count);
        foreach (int point in points) composed.Append(new Rune(point).ToString());
        return composed.ToString();
    }

    private static void Decompose(int point, List<int> points)
    {
        if (point is >= HangulBase and < HangulBase + Leads * Vowels * Trails)
        {
            int syllable = point - HangulBase;
            points.Add(LeadBase + syllable / (Vowels * Trails));
            points.Add(VowelBase + syllable / Trails % Vowels);
            if (syllable % Trails != 0) points.Add(TrailBase + syllable % Trails);
        }
        else if (Data.Decompositions.TryGetValue(point, out (int First, int Second) parts))
        {
            Decompose(parts.First, points);
            if (parts.Second != 0) points.Add(parts.Second);        // a second part never decomposes
        }
        else
        {
            points.Add(point);
        }
    }

    // Marks between two starters in the order of their classes, those of one class as they stand.
    private static void Order(List<int> points)
    {
        for (int first = 0; first < points.Count;)
        {
            if (ClassOf(points[first]) == 0)
            {
                first++;
                continue;
            }
            int end = first;
            while (end < points.Count && ClassOf(points[end]) != 0) end++;
            int[] sorted = [.. points.GetRange(first, end - first).OrderBy(ClassOf)];
            for (int i = 0; i < sorted.Length; i++) points[first + i] = sorted[i];
            first = end;
        }
    }

    // A mark joins the last starter unless one of its own class or above stands between.
    private static void Combine(List<int> points)
    {
        int starter = -1, kept = 0, before = 0;
        for (int i = 0; i < points.Count; i++)
        {
            int point = points[i], ccc = ClassOf(point);
            bool adjacent = starter == kept - 1;
            if (starter >= 0 && (adjacent || before < ccc) && Join(points[starter], point) is { } joined)
            {
                points[starter] = joined;
                continue;
            }
            if (ccc == 0) starter = kept;
            before = ccc;
            points[kept++] = point;
        }
        points.RemoveRange(kept, points.Count - kept);
    }

    private static int? Join(int first, int second)
    {
        if (first is >= LeadBase and < LeadBase + Leads && second is >= VowelBase and < VowelBase + Vowels)
            return HangulBase + ((first - LeadBase) * Vowels + second - VowelBase) * Trails;
        if (first is >= HangulBase and < HangulBase + Leads * Vowels * Trails && (first - HangulBase) % Trails == 0
            && second is > TrailBase and < TrailBase + Trails)
            return first + second - TrailBase;
        return Data.Compositions.TryGetValue((first, second), out int joined) ? joined : null;
    }

    private static int ClassOf(int point) => point < 0x300 ? 0 : Data.Classes.GetValueOrDefault(point);

    private sealed record Tables(Dictionary<int, (int First, int Second)> Decompositions,
        Dictionary<(int First, int Second), int> Compositions, Dictionary<int, int> Classes)
    {
        public static Tables Load()
        {
            using Stream stream = typeof(CanonicalComposition).Assembly.GetManifestResourceStream("LatentSharp.normalisation.bin")!;
            var bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            int at = 0;
            var tables = new Tables([], [], []);
            for (int rows = Next(); rows > 0; rows--) tables.Decompositions.Add(Next(), (Next(), Next()));
            var excluded = new HashSet<int>();
            for (int rows = Next(); rows > 0; rows--) excluded.Add(Next());
            foreach ((int point, (int First, int Second) parts) in tables.Decompositions)
                if (parts.Second != 0 && !excluded.Contains(point)) tables.Compositions.Add(parts, point);
            for (int rows = Next(); rows > 0; rows--)
                for ((int first, int count, int ccc) = (Next(), Next(), Next()); count > 0; count--)
                    tables.Classes.Add(first + count - 1, ccc);
            return tables;

            int Next() => BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan((at += 4) - 4));
        }
    }
}
