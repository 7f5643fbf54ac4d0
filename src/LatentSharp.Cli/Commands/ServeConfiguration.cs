using System.CommandLine;
using System.CommandLine.Parsing;
using Microsoft.Extensions.Configuration;

namespace LatentSharp.Cli.Commands;

/// <summary>
/// Options of <c>latent serve</c> that stand in a file (JSON, a section <c>Serve</c>) or in the environment
/// (<c>LATENTSHARP_SERVE_*</c>), as programs on .NET have them: what stands on the
/// command line counts before the environment, and that before the file.
/// </summary>
internal static class ServeConfiguration
{
    /// <summary>What variables of the environment begin with.</summary>
    internal const string Prefix = "LATENTSHARP_SERVE_";

    private const string Section = "Serve";

    /// <summary>The options that are set there and not on the command line, as they would stand on it.</summary>
    /// <param name="given">The command line.</param>
    /// <param name="options">What can be set.</param>
    /// <param name="file">The file; null for none.</param>
    /// <exception cref="LatentSharpException">The file cannot be read, or something in it or in the environment is no option.</exception>
    internal static IReadOnlyList<string> Arguments(ParseResult given, IReadOnlyList<Option> options, string? file)
    {
        var arguments = new List<string>();
        var taken = new HashSet<Option>(options.Where(o => given.GetResult(o) is OptionResult { Implicit: false }));
        Take(new ConfigurationBuilder().AddEnvironmentVariables(Prefix).Build(), "the environment", Prefix);
        if (file is not null) Take(Read(file).GetSection(Section), file, Section + ":");
        return arguments;

        void Take(IConfiguration from, string where, string prefix)
        {
            foreach (IConfigurationSection setting in from.GetChildren())
            {
                Option option = options.FirstOrDefault(o => Plain(o.Name) == Plain(setting.Key))
                    ?? throw new LatentSharpException(ErrorKind.Usage, where, $"there is no setting {prefix}{setting.Key}.",
                        $"There are {string.Join(", ", options.Select(o => o.Name[2..]).Order(StringComparer.Ordinal))}.");
                if (taken.Add(option)) arguments.AddRange(Written(option, setting, where));
            }
        }
    }

    private static IEnumerable<string> Written(Option option, IConfigurationSection setting, string where)
    {
        string[] values = setting.Value is { } value ? [value] : [.. setting.GetChildren().Select(c => c.Value ?? "")];
        if (option.ValueType != typeof(bool)) return values.SelectMany(v => (string[])[option.Name, v]);
        return values is [var word] && bool.TryParse(word, out bool flag) ? flag ? [option.Name] : []
            : throw new LatentSharpException(ErrorKind.Usage, where, $"{setting.Path} is true or false.");
    }

    private static IConfigurationRoot Read(string file)
    {
        if (!File.Exists(file)) throw new LatentSharpException(ErrorKind.NotFound, file, "there is no such file.", "Check the path of --config.");
        try
        {
            return new ConfigurationBuilder().AddJsonFile(Path.GetFullPath(file)).Build();
        }
        catch (InvalidDataException e)
        {
            throw new LatentSharpException(ErrorKind.BadInput, file, $"this is no JSON: {e.InnerException?.InnerException?.Message ?? e.Message}",
                "Write it as {\"Serve\": {\"Memory\": \"4GB\"}}.", e);
        }
    }

    private static string Plain(string name) => string.Concat(name.Where(char.IsLetterOrDigit)).ToUpperInvariant();
}
