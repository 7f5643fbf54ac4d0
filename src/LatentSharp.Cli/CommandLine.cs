using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using System.Reflection;
using System.Runtime.InteropServices;
using LatentSharp.Cli.Commands;

namespace LatentSharp.Cli;

/// <summary>The command line as a whole: its commands, what happens to mistakes in it, and to Ctrl-C.</summary>
internal static class CommandLine
{
    /// <summary>Runs the program.</summary>
    /// <param name="args">What stands behind its name.</param>
    /// <param name="surroundings">Where it writes and what it reads; null for the console.</param>
    /// <returns>The exit code.</returns>
    internal static async Task<int> RunAsync(string[] args, Surroundings? surroundings = null)
    {
        surroundings ??= new Surroundings();
        try
        {
            int code = await RunGuardedAsync(args, surroundings);
            await surroundings.Output.FlushAsync();
            return code;
        }
        catch (IOException)
        {
            // Standard output, or even the error stream, takes nothing: a full disk, a closed pipe. There is no place left to say so but
            // this one.
            Say(surroundings.Error, "latent: the result could not be written to standard output.");
            return ExitCode.BadInput;
        }
    }

    private static void Say(TextWriter writer, string text)
    {
        try
        {
            writer.WriteLine(text);
        }
        catch (IOException)
        {
            // The exit code says it.
        }
    }

    private static async Task<int> RunGuardedAsync(string[] args, Surroundings surroundings)
    {
        // Lists of names are the commands' own: a name in them may hold blanks.
        var parser = new ParserConfiguration { ResponseFileTokenReplacer = null };
        ParseResult parsed = Root().Parse(args, parser);
        // A command that only has others below it says which.
        if (parsed is { Action: ParseErrorAction, CommandResult.Command.Subcommands.Count: > 0 }
            && parsed.Tokens.All(t => t.Type == TokenType.Command))
            return await Root().Parse([.. args, "--help"], parser).InvokeAsync(surroundings);
        if (parsed.Action is ParseErrorAction) return Refuse(parsed, surroundings, Mistakes.Explain(parsed));
        if (parsed.CommandResult.Command is LatentCommand && Mistakes.MistypedOption(parsed) is { } mistyped)
            return Refuse(parsed, surroundings, mistyped);

        if (parsed.CommandResult.Command is ServeCommand serve)
        {
            if (Guarded(() => serve.Configured(parsed), parsed, surroundings, out int unusable) is not { } configured) return unusable;
            args = [.. args, .. configured];
            parsed = Root().Parse(args, parser);
            if (parsed.Action is ParseErrorAction) return Refuse(parsed, surroundings, Mistakes.Explain(parsed));
        }

        // Before signals are taken over: a pipe that nobody writes to is waited for until the process is ended.
        string[] all = args;
        ParseResult known = parsed;
        using PipedInputs? inputs = Guarded(() => new PipedInputs(all, known, surroundings.Input), parsed, surroundings, out int refused);
        if (inputs is null) return refused;
        if (inputs.Args != args)
        {
            parsed = Root().Parse(inputs.Args, parser);
            surroundings.Output = new NamesOfPipes(surroundings.Output, inputs.Names);
            surroundings.Error = new NamesOfPipes(surroundings.Error, inputs.Names);
        }

        using var cancellationToken = new CancellationTokenSource();
        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        return await parsed.InvokeAsync(surroundings, cancellationToken.Token);

        // The first signal lets the command stop tidily; a second one ends the process at once.
        void Stop(PosixSignalContext context)
        {
            context.Cancel = !cancellationToken.IsCancellationRequested;
            cancellationToken.Cancel();
        }
    }

    // What a command line needs before it is run; where it cannot be had, the code of the error that was said.
    private static T? Guarded<T>(Func<T> make, ParseResult parsed, Surroundings surroundings, out int refused) where T : class
    {
        try
        {
            refused = ExitCode.Done;
            return make();
        }
        catch (LatentSharpException e)
        {
            Failure failure = Failure.Of(e, "");
            Output.Print(failure, parsed.Tokens.Any(t => t.Value == "--json"), surroundings);
            refused = failure.ExitCode;
            return null;
        }
    }

    internal static RootCommand Root()
    {
        var root = new RootCommand("Autoencoders of image generation: pictures to latents and back, and what an autoencoder file is.")
        {
            SharedOptions.Json, SharedOptions.Quiet, SharedOptions.Threads, SharedOptions.Device,
            new RoundtripCommand(), new EncodeCommand(), new DecodeCommand(), new MendCommand(), new InspectCommand(), new CheckCommand(),
            new ConvertCommand(), new PlanCommand(), new BenchCommand(),
            new ReportCommand(), new CompareCommand(), new DiagnoseCommand(), new RecalibrateCommand(), new FinetuneCommand(),
            new TrainCommand(), new EvaluateCommand(),
            new ClaimsCommand(), new AeCommand(), new ModelsCommand(), new DatasetCommand(),
            new GenerateCommand(), new PromptCommand(),
            new TokensCommand(), new RunCommand(), new DoctorCommand(), new DevicesCommand(),
            new ServeCommand(), new ServeKeyCommand(), new CompletionsCommand(),
        };
        foreach (Option option in root.Options)
        {
            if (option is VersionOption) option.Action = new ShowVersion();
            if (option is not HelpOption) continue;
            option.Action = new HelpWithExamples((HelpAction)option.Action!);
            // A path may be called like that.
            option.Aliases.Remove("/h");
            option.Aliases.Remove("/?");
        }
        root.SetAction(arguments => root.Parse("--help").Invoke(arguments.InvocationConfiguration));
        return root;
    }

    private static int Refuse(ParseResult parsed, Surroundings surroundings, string what)
    {
        string command = CommandPath(parsed.CommandResult.Command);
        var failure = new Failure(ExitCode.Usage, "usage", "", what, $"\n`{command} --help` shows how it is used.");
        Output.Print(failure, parsed.Tokens.Any(t => t.Value == "--json"), surroundings);
        return ExitCode.Usage;
    }

    private static string CommandPath(Command command)
    {
        string path = command is RootCommand ? "latent" : command.Name;
        Symbol? parent = command.Parents.FirstOrDefault();
        return parent is Command above ? CommandPath(above) + " " + path : path;
    }

    private sealed class ShowVersion : SynchronousCommandLineAction
    {
        public override int Invoke(ParseResult parseResult)
        {
            string version = typeof(CommandLine).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;
            int commit = version.IndexOf('+', StringComparison.Ordinal);
            parseResult.InvocationConfiguration.Output.WriteLine(commit < 0 ? version : version[..Math.Min(version.Length, commit + 10)]);
            return ExitCode.Done;
        }
    }

    private sealed class HelpWithExamples(HelpAction help) : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            int code = help.Invoke(parseResult);
            string[] examples = parseResult.CommandResult.Command switch
            {
                RootCommand => ["latent roundtrip photo.png", "latent encode photo.png", "latent decode photo.latent.safetensors",
                    "latent inspect ae.safetensors"],
                LatentCommand command => command.Examples,
                _ => [],
            };
            if (examples.Length == 0) return code;
            TextWriter output = parseResult.InvocationConfiguration.Output;
            output.WriteLine("Examples:");
            foreach (string example in examples) output.WriteLine("  " + example);
            if (parseResult.CommandResult.Command is RootCommand)
                output.WriteLine("\nExit codes: 0 done, 2 usage, 3 bad input, 4 not found, 5 mismatch, 130 cancelled.");
            return code;
        }
    }
}
