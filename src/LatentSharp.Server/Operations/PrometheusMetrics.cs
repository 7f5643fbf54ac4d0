using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace LatentSharp.Server.Operations;

/// <summary>
/// The meters of the server and of ASP.NET Core, collected and written as Prometheus reads them. The same meters reach OpenTelemetry by any
/// collector that listens to .NET's meters.
/// </summary>
internal sealed class PrometheusMetrics : IDisposable
{
    /// <summary>The content type of the format.</summary>
    internal const string MediaType = "text/plain; version=0.0.4; charset=utf-8";

    private static readonly double[] RequestEdges = [.005, .01, .025, .05, .075, .1, .25, .5, .75, 1, 2.5, 5, 7.5, 10];
    private static readonly double[] WorkEdges = [.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600];

    private readonly MeterListener listener = new();
    private readonly ConcurrentDictionary<Instrument, ConcurrentDictionary<string, Series>> all = [];

    /// <summary>The names of the meters.</summary>
    internal static string[] Meters { get; } = [ComputeMeter.Name, "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel"];

    /// <summary>Begins to collect.</summary>
    /// <param name="factory">What made the meters of this service.</param>
    internal PrometheusMetrics(IMeterFactory factory)
    {
        listener.InstrumentPublished = (instrument, own) =>
        {
            if (Meters.Contains(instrument.Meter.Name) && instrument.Meter.Scope == factory) own.EnableMeasurementEvents(instrument);
        };
        listener.MeasurementsCompleted = (instrument, state) => all.TryRemove(instrument, out _);
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Add(instrument, value, tags));
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument, value, tags));
        listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Add(instrument, value, tags));
        listener.Start();
    }

    /// <summary>All of it as text.</summary>
    internal string Text()
    {
        listener.RecordObservableInstruments();
        var text = new StringBuilder();
        foreach (IGrouping<string, KeyValuePair<Instrument, ConcurrentDictionary<string, Series>>> named in all.GroupBy(i => NameOf(i.Key))
            .OrderBy(g => g.Key, StringComparer.Ordinal))
        {
            Instrument instrument = named.First().Key;
            string kind = IsHistogram(instrument) ? "histogram" : IsCounter(instrument) ? "counter" : "gauge";
            if (instrument.Description is { } help) text.Append(CultureInfo.InvariantCulture, $"# HELP {named.Key} {help}\n");
            text.Append(CultureInfo.InvariantCulture, $"# TYPE {named.Key} {kind}\n");
            foreach ((string labels, Series series) in named.SelectMany(i => i.Value).OrderBy(s
                => s.Key, StringComparer.Ordinal)) series.Write(text, named.Key, labels);
        }
        return text.ToString();
    }

    /// <inheritdoc/>
    public void Dispose() => listener.Dispose();

    private void Add(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        ConcurrentDictionary<string, Series> series = all.GetOrAdd(instrument, _ => new(StringComparer.Ordinal));
        Series one = series.GetOrAdd(Labels(tags), _ => new Series(!IsHistogram(instrument) ? null
            : instrument.Meter.Name == ComputeMeter.Name ? WorkEdges : RequestEdges));
        if (instrument.IsObservable) one.Set(value);
        else one.Add(value);
    }

    private static bool IsHistogram(Instrument instrument) => instrument is Histogram<double> or Histogram<long>;

    private static bool IsCounter(Instrument instrument)
        => instrument is Counter<long> or Counter<int> or Counter<double> or ObservableCounter<long>;

    private static string NameOf(Instrument instrument)
    {
        string unit = instrument.Unit switch { "s" => "_seconds", "By" => "_bytes", _ => "" };
        return instrument.Name.Replace('.', '_') + unit + (IsCounter(instrument) ? "_total" : "");
    }

    private static string Labels(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var labels = new List<string>();
        foreach ((string name, object? value) in tags)
        {
            string text = Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";
            labels.Add($"{name.Replace('.', '_')}=\"{text.Replace("\\", @"\\").Replace("\"", "\\\"").Replace("\n", "\\n")}\"");
        }
        labels.Sort(StringComparer.Ordinal);
        return string.Join(',', labels);
    }

    private sealed class Series(double[]? edges)
    {
        private readonly Lock gate = new();
        private readonly long[] counts = new long[(edges?.Length ?? 0) + 1];
        private double sum;

        internal void Set(double value)
        {
            lock (gate) sum = value;
        }

        internal void Add(double value)
        {
            lock (gate)
            {
                sum += value;
                if (edges is null) return;
                int place = 0;
                while (place < edges.Length && value > edges[place]) place++;
                counts[place]++;
            }
        }

        internal void Write(StringBuilder text, string name, string labels)
        {
            lock (gate)
            {
                string braces = labels.Length == 0 ? "" : $"{{{labels}}}", before = labels.Length == 0 ? "" : labels + ",";
                if (edges is null)
                {
                    text.Append(CultureInfo.InvariantCulture, $"{name}{braces} {sum}\n");
                    return;
                }
                long below = 0;
                for (int i = 0; i < counts.Length; i++)
                {
                    below += counts[i];
                    string edge = i < edges.Length ? edges[i].ToString(CultureInfo.InvariantCulture) : "+Inf";
                    text.Append(CultureInfo.InvariantCulture, $"{name}_bucket{{{before}le=\"{edge}\"}} {below}\n");
                }
                text.Append(CultureInfo.InvariantCulture, $"{name}_sum{braces} {sum}\n{name}_count{braces} {below}\n");
            }
        }
    }
}
