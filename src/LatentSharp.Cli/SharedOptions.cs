using System.CommandLine;
using System.Globalization;
using LatentSharp.Autoencoders.Catalogue;
using LatentSharp.Service.Devices;
using LatentSharp.Service.Generating;

namespace LatentSharp.Cli;

/// <summary>Options that every command takes.</summary>
internal static class SharedOptions
{
    internal static Option<bool> Json { get; } = new("--json") { Description = "Print the result as JSON on standard output.", Recursive = true };

    internal static Option<bool> Quiet { get; } =
        new("--quiet", "-q") { Description = "Print nothing but errors (and the result, with --json).", Recursive = true };

    internal static Option<int> Threads { get; } =
        WholeNumber(new("--threads") { Description = "Threads to compute with; all cores by default.", HelpName = "N", Recursive = true }, 1024);

    internal static Option<string> Device { get; } = new("--device")
    {
        Description = "What computes: the processor (the default), a graphics card, ONNX Runtime, or auto for the best card and else the processor. "
            + "`latent devices` lists them.",
        HelpName = ChooseDevice.Forms, Recursive = true,
    };

    /// <summary>An option whose value is a whole number from 1 to <paramref name="maximum"/>.</summary>
    internal static Option<int> WholeNumber(Option<int> option, int maximum)
    {
        option.Validators.Add(result =>
        {
            if (result.Tokens is [var token]
                && (!int.TryParse(token.Value, NumberStyles.None, CultureInfo.InvariantCulture, out int n) || n < 1 || n > maximum))
                result.AddError($"{option.Name} {token.Value}: a whole number from 1 to {maximum} is expected.");
        });
        return option;
    }

    /// <summary>An option whose value is one of several words.</summary>
    internal static Option<string> Choice(string name, string description, string standard, IReadOnlyCollection<string> values,
        string? shown = null)
    {
        var option = new Option<string>(name)
        {
            Description = description, HelpName = shown ?? string.Join('|', values),
            DefaultValueFactory = _ => standard
        };
        option.AcceptOnlyFromAmong(StringComparer.OrdinalIgnoreCase, [.. values]);
        return option;
    }

    /// <summary>An option for a number above 0.</summary>
    internal static Option<double?> AboveZero(string name, string description, string value)
    {
        var option = new Option<double?>(name) { Description = description, HelpName = value };
        option.Validators.Add(result =>
        {
            if (result.Tokens is [var token]
                && !(double.TryParse(token.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out double number)
                    && number is > 0 and < double.PositiveInfinity))
                result.AddError($"{name} {token.Value}: a number above 0 is expected.");
        });
        return option;
    }

    /// <summary>An option whose value is the seed of random numbers.</summary>
    internal static Option<ulong?> Seed(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "SEED",
        CustomParser = result =>
        {
            string text = result.Tokens[0].Value;
            if (ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong seed)) return seed;
            result.AddError($"{name} {text}: a seed is a whole number from 0 to {ulong.MaxValue}.");
            return null;
        },
    };

    /// <summary>The option <c>--memory</c>.</summary>
    internal static Option<long?> Memory() => Size("--memory", "The most memory that computing may take, such as 900MB or 1.5GB. The picture stays the same.");

    /// <summary>An option whose value is an amount of bytes.</summary>
    internal static Option<long?> Size(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "SIZE",
        CustomParser = result =>
        {
            string text = result.Tokens[0].Value;
            if (Bytes(text) is { } bytes) return bytes;
            result.AddError($"{name} {text}: an amount of memory is written as 900MB or 1.5GB.");
            return null;
        },
    };

    /// <summary>The option <c>--keep-weights</c>.</summary>
    internal static Option<bool> KeepWeights() => new("--keep-weights")
    {
        Description = "Keep prepared weights in memory from one picture to the next of its size: faster for many small pictures.",
    };

    /// <summary>The option <c>--precision</c>.</summary>
    internal static Option<string> Precision() => Choice("--precision",
        "Numbers that a transformer's products are computed with: int8 is faster and rounds, fp32 is the reference; fp16, fp32-fast: graphics cards.",
        "fp32", PrecisionWords.All);

    /// <summary>The option <c>--precision</c> of commands that compute autoencoders only.</summary>
    internal static Option<string> CardPrecision() => Choice("--precision",
        "With a graphics card: fp32-fast sums convolutions by Winograd; fp16 keeps what bears it in 16 bits, in less memory; fp32 is the reference.",
        "fp32", [.. new[] { LatentSharp.Precision.Float32, LatentSharp.Precision.Float32Fast, LatentSharp.Precision.Float16 }.Select(PrecisionWords.Of)]);

    /// <summary>What computes, and how it is to be used.</summary>
    internal static ComputeOptions Compute(ParseResult arguments, Option<long?> memory, Option<bool>? keepWeights = null,
        Option<string>? precision = null) => new()
        {
            Device = DeviceOf(arguments),
            Precision = precision is null ? LatentSharp.Precision.Float32 : PrecisionWords.Of(arguments.GetValue(precision)!),
            Threads = arguments.GetValue(Threads),
            MemoryBudget = arguments.GetValue(memory),
            KeepWeights = keepWeights is not null && arguments.GetValue(keepWeights),
        };

    /// <summary>The device that <c>--device</c> names; null for the processor.</summary>
    internal static Compute.Device? DeviceOf(ParseResult arguments)
    {
        if (arguments.GetValue(Device) is not { } word) return null;
        var surroundings = (Surroundings)arguments.InvocationConfiguration;
        bool quiet = arguments.GetValue(Quiet);
        return ChooseDevice.Of(word, Path.Combine(surroundings.Home ?? HomeFolder.Path, "kernels"), note =>
        {
            if (!quiet) surroundings.Error.WriteLine("note: " + ShownText.Of(note));
        });
    }

    private static long? Bytes(string text)
    {
        (string Unit, double Bytes)[] units = [("KB", 1e3), ("MB", 1e6), ("GB", 1e9), ("KiB", 1 << 10), ("MiB", 1 << 20),
            ("GiB", 1 << 30), ("B", 1)];
        foreach ((string unit, double bytes) in units)
        {
            if (text.EndsWith(unit, StringComparison.OrdinalIgnoreCase)
                && double.TryParse(text[..^unit.Length], NumberStyles.AllowDecimalPoint | NumberStyles.AllowTrailingWhite,
                    CultureInfo.InvariantCulture, out double amount))
                return amount * bytes is >= 1 and < long.MaxValue ? (long)(amount * bytes) : null;
        }
        return null;
    }
}
