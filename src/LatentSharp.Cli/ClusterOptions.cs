using System.CommandLine;
using LatentSharp.Service.Datasets;

namespace LatentSharp.Cli;

/// <summary>The options of commands that write what a cluster runs.</summary>
internal sealed class ClusterOptions
{
    private readonly Argument<string> source = DatasetOptions.Source();
    private readonly Option<string> output = DatasetOptions.Output();
    private readonly DatasetOptions options = new();
    private readonly Option<int> parts = SharedOptions.WholeNumber(new Option<int>("--parts")
    {
        Description = "Into how many parts the pictures are divided: tasks that run side by side.", HelpName = "N", DefaultValueFactory = _ => 16,
    }, 1_000_000);
    private readonly Option<int> cores = SharedOptions.WholeNumber(new Option<int>("--cores")
    {
        Description = "Cores of each part.", HelpName = "N", DefaultValueFactory = _ => 4,
    }, 1024);
    private readonly Option<string?> memory = new("--mem") { Description = "Memory of each part, as the cluster writes it.", HelpName = "SIZE" };
    private readonly Option<string> program = new("--program")
    {
        Description = "How `latent` is started there.", HelpName = "PATH", DefaultValueFactory = _ => "latent",
    };
    private readonly Option<string?> file = new("--script") { Description = "The file to write; by default it is printed.", HelpName = "FILE" };

    /// <summary>Adds them to a command.</summary>
    internal void AddTo(Command command)
    {
        command.Add(source);
        command.Add(output);
        foreach (Option option in (Option[])[parts, cores, memory, program, file]) command.Add(option);
        options.AddTo(command);
    }

    /// <summary>What is to be run.</summary>
    /// <param name="arguments">What was typed.</param>
    /// <param name="here">Whether paths are those of this machine, so that they can be made whole.</param>
    internal ClusterScriptRequest Request(ParseResult arguments, bool here)
    {
        string from = arguments.GetRequiredValue(source), to = arguments.GetRequiredValue(output);
        if (here) (from, to) = (Path.GetFullPath(from), Path.GetFullPath(to));
        return new ClusterScriptRequest(
            [arguments.GetRequiredValue(program), "dataset", "encode", from, "-o", to, .. options.Words(arguments, here)],
            arguments.GetValue(parts), arguments.GetValue(cores), arguments.GetValue(memory), arguments.GetValue(file));
    }

    /// <summary>Prints a script, or where it was written, and what comes next.</summary>
    internal void Print(ParseResult arguments, Output output, ClusterScript script, string submit)
    {
        string from = TypedRemedy.Quoted(arguments.GetRequiredValue(source));
        string to = TypedRemedy.Quoted(arguments.GetRequiredValue(this.output));
        string merge = $"latent dataset merge {from} -o {to} --shards {script.Parts}";
        if (script.Output is null) output.Text(script.Text);
        output.Say($"{(script.Output is null ? "Save it, then" : "Then")}: {submit} {script.Output ?? "FILE"}\nAfterwards: {merge}");
    }
}
