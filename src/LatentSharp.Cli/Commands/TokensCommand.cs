using System.CommandLine;
using LatentSharp.Service.Json;
using LatentSharp.Service.Tokenizing;

namespace LatentSharp.Cli.Commands;

/// <summary><c>latent tokens</c></summary>
internal sealed class TokensCommand : LatentCommand
{
    private readonly Argument<string> text = new("TEXT") { Description = "The prompt." };
    private readonly Option<bool> clip = new("--clip") { Description = "The ids for CLIP." };
    private readonly Option<bool> t5 = new("--t5") { Description = "The ids for T5." };
    private readonly Option<string> tokenizers = new("--tokenizers")
    {
        Description = "The folder with vocab.json and merges.txt (CLIP) or spiece.model (T5), or a model's folder with tokenizer and tokenizer_2.",
        HelpName = "DIR", Required = true,
    };
    private readonly Option<int?> length =
        new("--length") { Description = "Ids that the encoder is given: 77 with CLIP, 512 with T5 (256 for FLUX.1-schnell).", HelpName = "N" };

    internal TokensCommand() : base("tokens", "Print the ids that a text encoder is given for a prompt.",
        "latent tokens --clip \"a photo of a cat\" --tokenizers tokenizers",
        "latent tokens --t5 \"a photo of a cat\" --tokenizers tokenizers --length 256 --json")
    {
        foreach (Symbol symbol in (Symbol[])[text, clip, t5, tokenizers, length]) this.Add(symbol);
    }

    /// <inheritdoc/>
    protected override void Run(ParseResult arguments, Output output, CancellationToken cancellationToken)
    {
        if (arguments.GetValue(clip) == arguments.GetValue(t5))
            throw new LatentSharpException(ErrorKind.Usage, "", "say which text encoder the ids are for: --clip or --t5, one of the two.");
        TokensResult result = TokenizePrompt.Run(new TokensRequest
        {
            Text = arguments.GetValue(text)!, Encoder = arguments.GetValue(clip) ? PromptEncoder.Clip : PromptEncoder.T5,
            Tokenizers = arguments.GetValue(tokenizers)!, Length = arguments.GetValue(length),
        });
        output.Line(string.Join(' ', result.Ids.Take(result.Used)));
        if (result.Lost.Length > 0) output.Note($"there is no room for the end of the prompt: {result.Lost}");
        output.Object(result, ServiceJson.Readable.TokensResult);
    }
}
