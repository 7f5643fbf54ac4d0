using System.Globalization;
using LatentSharp.Service.Planning;

namespace LatentSharp.Cli;

/// <summary>Shows what a picture will take.</summary>
internal static class ShownPlan
{
    /// <summary>Network by network, then the weights that are read anew, the machine, and the time.</summary>
    internal static void Print(PlanModelResult plan, Output output)
    {
        output.Line(plan.File is { } file ? $"{plan.Model}: {file}" : $"{plan.Model}: planned by its published names and shapes; its file is not here");
        output.Line(Text($"{plan.Picture.Width} x {plan.Picture.Height} in {plan.Steps} steps of {plan.ImageTokens:N0} + {plan.TextTokens} tokens"));
        output.Line();
        Network(output, plan.Transformer, "a step");
        foreach (PlannedNetwork once in plan.Text.Prepend(plan.Modulation)) Network(output, once, "once");
        output.Line();
        PlannedNetwork t = plan.Transformer;
        output.Line(Text($"weights      {Gigabytes(t.StoredBytes + plan.Modulation.StoredBytes)} GB as stored; ")
            + Text($"{Gigabytes(t.KeptBytes)} GB of memory hold weights that stay, ")
            + Text($"{Gigabytes(t.StreamedBytes)} GB are read anew in every step:"));
        foreach (WeightsOfPart part in t.Parts.Where(p => p.StreamedBytes > 0))
            output.Line(Text($"             {part.Part}: {Gigabytes(part.StreamedBytes)} of {Gigabytes(part.StoredBytes)} GB"));
        MachineRates m = plan.Machine;
        string bytes = m.BlockProductsPerSecond == m.ProductsPerSecond ? "" : Text($"{2 * m.BlockProductsPerSecond / 1e9:N0} in int8, ");
        output.Line(Text($"machine      {2 * m.ProductsPerSecond / 1e9:N0} GFLOP/s in products, {bytes}{2 * m.AttentionPerSecond / 1e9:N0} in attention, ")
            + Text($"{m.RowBytesPerSecond / 1e9:0.0} GB/s of weights with one row (measured in {m.Seconds:0.0} s)"));
        TimeEstimate e = plan.Estimate;
        output.Line(Text($"estimate     {Time(e.SecondsPerStep)} a step, {Time(e.ModulationSeconds)} for the modulations of all, ")
            + Text($"{Time(e.TextSeconds)} for the text, {Time(e.Seconds)} in all; decoding comes on top"));
        output.Line(m.FileBytesPerSecond is { } rate ? Text($"             with the file read at {rate / 1e9:0.0} GB/s, as it is now")
            : Text($"             without the file, which is not here: a step wants it read at {e.ReadBytesPerSecond / 1e9:0.00} GB/s or faster"));
    }

    /// <summary>The network, its weights, and the time.</summary>
    internal static void Print(PlanPixelsResult plan, Output output)
    {
        PlannedNetwork n = plan.Network;
        output.Line($"{plan.Model}: {plan.File}");
        output.Line(Text($"{plan.Picture.Width} x {plan.Picture.Height} in {plan.Steps:N0} steps of {plan.Sampler}"));
        output.Line();
        Network(output, n, "a step");
        output.Line(Text($"weights      {n.StoredBytes / 1e6:#,0} MB as stored; {n.KeptBytes / 1e6:#,0} MB of memory hold weights that stay"));
        output.Line(Text($"estimate     {plan.SecondsPerStep:0.000} s a step (measured now), {Time(plan.Seconds)} in all; nothing is decoded"));
    }

    private static void Network(Output output, PlannedNetwork n, string often)
        => output.Line(Text($"{n.Name,-12} {n.MultiplyAdds / 1e9,10:#,0.0} G multiply-adds {often,-6}  ")
            + Text($"peak memory {n.PeakBytes / 1e6,8:#,0} MB   {n.Threads} threads, {n.Simd}"));

    private static string Time(double seconds) => seconds < 100 ? Text($"{seconds:0.0} s")
        : seconds < 6000 ? Text($"{seconds / 60:0.0} min") : Text($"{seconds / 3600:0.0} h");

    private static string Gigabytes(long bytes) => Text($"{bytes / 1e9:0.0}");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
