using System.Diagnostics;
using System.Globalization;

namespace LatentSharp.Cli;

/// <summary>
/// Shows how far a job is on standard error: a bar with the time left on a terminal, a plain line now and then elsewhere.
/// </summary>
/// <param name="error">Standard error.</param>
/// <param name="columns">The width of the terminal; null when there is none.</param>
/// <param name="what">What is being done: "encode".</param>
internal sealed class ProgressDisplay(TextWriter error, int? columns, string what) : IProgress<JobProgress>
{
    private static readonly TimeSpan BetweenLines = TimeSpan.FromSeconds(5), BetweenBars = TimeSpan.FromMilliseconds(100);

    // Before that the time left is a guess from the first step.
    private static readonly TimeSpan BeforeTimes = TimeSpan.FromSeconds(2);
    private const double FractionBeforeTimes = 0.02;

    private readonly Lock gate = new();
    private readonly Stopwatch watch = Stopwatch.StartNew();
    private readonly bool unicode = IsUnicode();
    private TimeSpan next = columns is null ? BetweenLines : TimeSpan.FromMilliseconds(300);
    private readonly List<(TimeSpan At, double Fraction)> before = [(TimeSpan.Zero, 0)];
    private int shown;

    /// <inheritdoc/>
    public void Report(JobProgress value)
    {
        lock (gate)
        {
            TimeSpan now = watch.Elapsed;
            if (now > before[^1].At * 1.05) before.Add((now, value.Fraction));
            if (now < next) return;
            next = now + (columns is null ? BetweenLines : BetweenBars);
            if (columns is { } width) Draw(value, now, width);
            else error.WriteLine($"{Title(value, int.MaxValue)}: {Percent(value)}{(Left(value, now) is { } left ? $", {left} left" : "")}");
        }
    }

    /// <summary>Takes the bar away, so that something else can be written.</summary>
    internal void Clear()
    {
        lock (gate)
        {
            if (shown == 0) return;
            error.Write("\r" + new string(' ', shown) + "\r");
            shown = 0;
        }
    }

    private void Draw(JobProgress value, TimeSpan now, int width)
    {
        // The last column stays empty: a full line makes some terminals go to the next one.
        int room = Math.Max(10, width - 1);
        string tail = $" {Percent(value),5}{(Left(value, now) is { } left ? $"  {left} left" : "")}";
        if (tail.Length > room) tail = Percent(value);
        int bar = Math.Clamp((room - tail.Length) / 3, 0, 30);
        if (bar < 6) bar = 0;
        string title = Title(value, room - tail.Length - (bar == 0 ? 0 : bar + 1));
        int done = (int)Math.Round(bar * Math.Clamp(value.Fraction, 0, 1));
        string drawn = bar == 0 ? "" : " " + new string(unicode ? '━' : '#', done) + new string(unicode ? '─' : '.', bar - done);
        string line = title + drawn + tail;
        error.Write("\r" + line + new string(' ', Math.Max(0, shown - line.Length)));
        shown = line.Length;
    }

    /// <summary>What is done to what, in so many columns.</summary>
    private string Title(JobProgress value, int room)
    {
        string number = value.Count > 1 ? string.Create(CultureInfo.InvariantCulture, $" {value.Number} of {value.Count}") : "";
        string plain = what + number;
        if (plain.Length > room) return room <= 0 ? "" : plain[..room];
        string item = ShownText.OneLine(value.Item.Length > 0 ? value.Item : value.Step);
        int left = room - plain.Length - 1;
        if (item.Length == 0 || left < 4) return plain;
        return $"{what} {(item.Length <= left ? item : item[..(left - 1)] + (unicode ? "…" : "~"))}{number}";
    }

    private static string Percent(JobProgress value) => value.Fraction.ToString("0 %", CultureInfo.InvariantCulture);

    // The time left when the work goes on as it did; null while that cannot be told.
    private string? Left(JobProgress value, TimeSpan elapsed)
        => elapsed >= BeforeTimes && Left(before, elapsed, value.Fraction) is { } left ? Shown(left) : null;

    /// <summary>
    /// The time left when the work goes on as it did in the later half of the time so far: the beginning reads and packs weights, or passes
    /// over what is done already, and says nothing about the rest.
    /// </summary>
    /// <param name="before">How far it was when, from the beginning on.</param>
    /// <param name="now">The time since then.</param>
    /// <param name="fraction">How far it is now.</param>
    /// <returns>Null while that cannot be told.</returns>
    internal static TimeSpan? Left(IReadOnlyList<(TimeSpan At, double Fraction)> before, TimeSpan now, double fraction)
    {
        (TimeSpan at, double then) = before.Last(b => b.At <= now / 2);
        if (fraction < FractionBeforeTimes || fraction - then < FractionBeforeTimes / 2) return null;
        return (now - at) * ((1 - fraction) / (fraction - then));
    }

    /// <summary>A time as people read it: 2:05, or 1:02:05 from an hour on.</summary>
    internal static string Shown(TimeSpan time) => time.TotalHours >= 1
        ? string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalHours}:{time.Minutes:00}:{time.Seconds:00}")
        : string.Create(CultureInfo.InvariantCulture, $"{time.Minutes}:{time.Seconds:00}");

    // A terminal takes what its language settings say; with LC_ALL=C that is ASCII.
    private static bool IsUnicode()
    {
        if (OperatingSystem.IsWindows()) return Console.OutputEncoding.CodePage == 65001;
        string? locale = ((string[])["LC_ALL", "LC_CTYPE", "LANG"]).Select(Environment.GetEnvironmentVariable)
            .FirstOrDefault(v => !string.IsNullOrEmpty(v));
        return locale is not null && locale.Replace("-", "", StringComparison.Ordinal).Contains("utf8", StringComparison.OrdinalIgnoreCase);
    }
}
