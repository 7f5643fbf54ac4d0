using LatentSharp.Compute;
using LatentSharp.Cpu;
using LatentSharp.Models;
using LatentSharp.Models.Text;
using LatentSharp.Tokenizers;
using LatentSharp.Weights;
using LatentSharp.Weights.Files;

namespace LatentSharp.Diffusion.Pipelines;

/// <summary>The text encoders of FLUX.1 and their tokenizers: CLIP's pooled text and T5's states.</summary>
internal sealed class FluxText
{
    private readonly WeightSource clip, t5;
    private readonly int? heads, end;
    private readonly ClipTokenizer clipTokens;
    private readonly T5Tokenizer t5Tokens;

    /// <summary>Opens them; nothing is computed.</summary>
    /// <param name="clip">A file with CLIP's text encoder.</param>
    /// <param name="t5">A file with T5's encoder.</param>
    /// <param name="parts">Where the tokenizers lie, and what shapes do not show.</param>
    /// <exception cref="LatentSharpException">A file is missing or not what it has to be.</exception>
    public FluxText(WeightFile clip, WeightFile t5, FluxParts parts)
    {
        string? configuration = parts.Configuration;
        (this.clip, this.t5) = (TextWeights.Clip(clip), TextWeights.T5(t5));
        NetworkConfiguration stated = NetworkConfiguration.Beside(configuration, clip);
        ClipShapes shapes = ClipShapes.From(this.clip);
        // A configuration that only lies in the same folder may be another network's.
        heads = configuration is not null || shapes.Width % ClipShapes.HeadChannels != 0 ? stated.Heads : null;
        end = stated.End;
        Positions = NetworkConfiguration.Beside(configuration, t5).Positions;
        (Context, Pooled) = (T5Shapes.From(this.t5).Width, shapes.Width);
        string[] vocabularies = Vocabularies(parts);
        clipTokens = ClipTokenizer.Load(vocabularies[0], vocabularies[1]);
        t5Tokens = T5Tokenizer.Load(vocabularies[2]);
    }

    /// <summary>Features of a text token.</summary>
    public int Context { get; }

    /// <summary>Features of the pooled text.</summary>
    public int Pooled { get; }

    /// <summary>The longest texts that T5 was trained with, in tokens; null where nothing says it.</summary>
    public int? Positions { get; }

    /// <summary>The files of the tokenizers: CLIP's vocabulary and merges, T5's pieces.</summary>
    /// <exception cref="LatentSharpException">One is missing.</exception>
    public static string[] Vocabularies(FluxParts parts)
        => [TokenizerFolder.Find(parts.Tokenizers!, TokenizerFolder.Clip, "vocab.json"),
            TokenizerFolder.Find(parts.Tokenizers!, TokenizerFolder.Clip, "merges.txt"),
            TokenizerFolder.Find(parts.T5Tokenizer ?? parts.Tokenizers!, TokenizerFolder.T5, "spiece.model")];

    /// <summary>Computes both.</summary>
    /// <param name="prompt">The text.</param>
    /// <param name="length">Tokens of T5.</param>
    /// <param name="compute">How it is computed.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public TextConditioning Encode(string prompt, int length, ComputeOptions compute, IProgress<StepProgress>? progress,
        CancellationToken cancellationToken)
    {
        TokenizedPrompt forClip = clipTokens.Prompt(prompt), forT5 = t5Tokens.Prompt(prompt, length);
        var notes = new List<string>();
        Lose("CLIP", forClip.Lost);
        Lose("T5", forT5.Lost);
        if (t5Tokens.UnknownWords(prompt) is { Count: > 0 } unknown)
            notes.Add($"words that T5's vocabulary does not have: {string.Join(", ", unknown)}");
        float[] pooled = Run(ClipTextModel.Of(clip, forClip.Ids.Count, heads, end), forClip, "pooler_output", null);
        float[] states = Run(T5Encoder.Of(t5, length), forT5, "last_hidden_state", progress);
        if (!pooled.All(float.IsFinite) || !states.All(float.IsFinite))
            throw new LatentSharpException(ErrorKind.BadInput, pooled.All(float.IsFinite) ? t5.Name : clip.Name,
                "the text encoder gives values that are not finite.", Remedy.Inspect(clip.Name, "The file is damaged; get it anew."));
        return new TextConditioning(states, pooled, length) { Prompt = prompt, Notes = notes };

        void Lose(string encoder, string lost)
        {
            if (lost.Length > 0) notes.Add($"{encoder} has no room for the end of the prompt: \"{lost}\"");
        }

        float[] Run(Graph.NetworkGraph graph, TokenizedPrompt tokens, string wanted, IProgress<StepProgress>? told)
        {
            Dictionary<string, Memory<float>> outputs = graph.Outputs.ToDictionary(o => o.Name,
                o => (Memory<float>)new float[o.Shape.Count]);
            using PlanSession session = DefaultDevice.Compile(graph, compute with { KeepWeights = false }).Start();
            session.Run(new Dictionary<string, ReadOnlyMemory<float>> { ["input_ids"] = tokens.Ids.Select(i => (float)i).ToArray() },
                outputs, told, cancellationToken);
            return outputs[wanted].ToArray();
        }
    }
}
