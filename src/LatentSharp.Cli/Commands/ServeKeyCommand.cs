using System.CommandLine;
using LatentSharp.Server.Access;

namespace LatentSharp.Cli.Commands;

/// <summary><c>latent serve-key</c></summary>
internal sealed class ServeKeyCommand : Command
{
    internal ServeKeyCommand() : base("serve-key", "The keys of the service: who may use it from other machines, and for what.")
    {
        this.Add(new AddKey());
        this.Add(new ListKeys());
        this.Add(new RemoveKey());
    }

    private static string Home(ParseResult arguments)
        => new AutoencoderLibrary(((Surroundings)arguments.InvocationConfiguration).Home, [EmbeddedAutoencoder.BuiltIn]).Home;

    private static Argument<string> NameArgument() => new("NAME") { Description = "Who uses it: a person or a program." };

    private sealed class AddKey : LatentCommand
    {
        private readonly Argument<string> name = NameArgument();
        private readonly Option<string> scope = SharedOptions.Choice("--scope", "What it allows; each holds those before it.", "compute",
            ["read", "compute", "admin"]);

        internal AddKey() : base("add", "Make a key. It is shown once, and only its digest is kept.", "latent serve-key add studio",
            "latent serve-key add dashboard --scope read")
        {
            this.Add(name);
            this.Add(scope);
        }

        protected override void Run(ParseResult arguments, Output output, CancellationToken cancellationToken)
        {
            (string who, string what) = (arguments.GetValue(name)!, arguments.GetValue(scope)!);
            string key = AccessKeys.Add(Home(arguments), who, Enum.Parse<AccessScope>(what, ignoreCase: true));
            output.Line(key);
            output.Object(new KeysDocument([new ShownKey(who, what, key)]), CommandJson.Readable.KeysDocument);
        }
    }

    private sealed class ListKeys : LatentCommand
    {
        internal ListKeys() : base("list", "List the names of the keys and what they allow.", "latent serve-key list")
        {
        }

        protected override void Run(ParseResult arguments, Output output, CancellationToken cancellationToken)
        {
            ShownKey[] keys = [.. AccessKeys.InFile(Home(arguments)).Select(k
                => new ShownKey(k.Name, k.Scope.ToString().ToLowerInvariant()))];
            foreach (ShownKey key in keys) output.Line($"{key.Name}   {key.Scope}");
            output.Object(new KeysDocument(keys), CommandJson.Readable.KeysDocument);
        }
    }

    private sealed class RemoveKey : LatentCommand
    {
        private readonly Argument<string> name = NameArgument();

        internal RemoveKey() : base("remove", "Forget a key: it opens nothing from the service's next start on.", "latent serve-key remove studio")
            => this.Add(name);

        protected override void Run(ParseResult arguments, Output output, CancellationToken cancellationToken)
        {
            AccessKeys.Remove(Home(arguments), arguments.GetValue(name)!);
            output.Object(new KeysDocument([]), CommandJson.Readable.KeysDocument);
        }
    }
}
