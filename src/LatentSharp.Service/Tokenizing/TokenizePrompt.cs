using LatentSharp.Tokenizers;

namespace LatentSharp.Service.Tokenizing;

/// <summary>Says what a text encoder sees of a prompt.</summary>
public static class TokenizePrompt
{
    private const int T5Length = 512, LongestLength = 1 << 16;

    /// <summary>The ids of a prompt.</summary>
    /// <exception cref="LatentSharpException">A file of the tokenizer is missing or damaged, or the length makes no sense.</exception>
    public static TokensResult Run(TokensRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        int length = request.Length ?? (request.Encoder == PromptEncoder.Clip ? ClipTokenizer.Length : T5Length);
        if (length is < 2 or > LongestLength)
            throw new LatentSharpException(ErrorKind.Usage, "length", $"a length lies between 2 and {LongestLength}; it is {length}.");
        if (request.Encoder == PromptEncoder.Clip)
        {
            ClipTokenizer clip = ClipTokenizer.Load(
                TokenizerFolder.Find(request.Tokenizers, TokenizerFolder.Clip, "vocab.json"),
                TokenizerFolder.Find(request.Tokenizers, TokenizerFolder.Clip, "merges.txt"));
            return Result(clip.Encode(request.Text), clip.Prompt(request.Text, length));
        }
        T5Tokenizer t5 = T5Tokenizer.Load(TokenizerFolder.Find(request.Tokenizers, TokenizerFolder.T5, "spiece.model"));
        return Result(t5.Encode(request.Text), t5.Prompt(request.Text, length));

        TokensResult Result(int[] content, TokenizedPrompt prompt) => new(request.Encoder, content, prompt.Ids, prompt.Used, prompt.Lost);
    }
}
