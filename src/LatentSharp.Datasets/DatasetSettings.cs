using System.Globalization;
using System.Text.Json.Serialization;
using LatentSharp.Datasets.Formats;
using LatentSharp.Datasets.Preprocessing;
using LatentSharp.Tensors;
using LatentSharp.Weights.Identity;

namespace LatentSharp.Datasets;

/// <summary>
/// Everything that decides what a data set holds, beside the pictures. It stands in the data set and never changes there.
/// </summary>
internal sealed record DatasetSettings
{
    /// <summary>The files' format.</summary>
    public required string Format { get; init; }

    /// <summary>What the trainer calls the model.</summary>
    public required string Architecture { get; init; }

    /// <summary>How pictures are resized and cut.</summary>
    public required BucketSettings Buckets { get; init; }

    /// <summary>How values are stored: F32, F16, BF16.</summary>
    public required ElementType Type { get; init; }

    /// <summary>The seed with which the posterior is drawn from; null for its mean.</summary>
    public ulong? Seed { get; init; }

    /// <summary>Whether mirrored pictures are encoded too.</summary>
    public bool Mirror { get; init; }

    /// <summary>The most crops of a picture.</summary>
    public int Crops { get; init; } = 1;

    /// <summary>What becomes of transparency: a word of <see cref="AlphaRule"/>.</summary>
    public string Alpha { get; init; } = AlphaRule.Usual;

    /// <summary>Pictures whose shorter side has fewer pixels are not encoded.</summary>
    public int MinimumSide { get; init; }

    /// <summary>The most latents in a file, for formats whose files hold many.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? ShardSize { get; init; }

    /// <summary>Whether the posterior's log-variance is kept.</summary>
    public bool KeepPosterior { get; init; }

    /// <summary>The digest of what the autoencoder's weights are, in whatever file.</summary>
    public required string Autoencoder { get; init; }

    /// <summary>The name that the autoencoder was opened by, for people and for the next run.</summary>
    public required string AutoencoderName { get; init; }

    /// <summary>The id of the latent space.</summary>
    public required string Space { get; init; }

    /// <summary>What values were stored as before they were brought here; null when they were not rounded on the way.</summary>
    public ElementType? Through { get; init; }

    /// <summary>The version of the steps that make pixels.</summary>
    public int Preprocessing { get; init; } = PreparedPicture.Version;

    /// <summary>The format.</summary>
    [JsonIgnore]
    public TrainerFormat TrainerFormat => TrainerFormat.Of(Format);

    /// <summary>The rule.</summary>
    [JsonIgnore]
    public BucketRule Rule => Buckets.Create(AiToolkitFormat.Divisor(Architecture));

    /// <summary>How pictures are read and cut.</summary>
    [JsonIgnore]
    public PreparationSettings Preparation => new(TrainerFormat.TurnsUpright, Crops, Alpha, MinimumSide);

    /// <summary>How files are written, for a latent space, which files of some autoencoders give numbers of their own.</summary>
    public FormatOptions Options(LatentSpace space) => new(space, Architecture, Type);

    /// <summary>What names the result for a picture: a digest of everything that decides it.</summary>
    /// <param name="picture">SHA-256 of the picture's file.</param>
    public string KeyOf(string picture)
        => Sha256.OfText($"{Text}\npicture {picture}\n");

    // The name of the autoencoder is not part of it.
    private string Text => string.Create(CultureInfo.InvariantCulture,
        $"""
        LatentSharp data set 1
        format {Format} {Architecture}
        pixels {Preprocessing} {Rule.Text} {(TrainerFormat.TurnsUpright ? "upright" : "as stored")}{(Mirror ? " and mirrored" : "")}{More}
        type {Type.Name()}{(Through is { } through ? $" through {through.Name()}" : "")}
        values {(Seed is { } seed ? $"sample {seed}" : "mean")}{(KeepPosterior ? " and log-variance" : "")}
        autoencoder {Autoencoder} {Space}
        """).ReplaceLineEndings("\n");

    // What was added later stands here only where it is used, so that what names a latent stays what it was.
    private string More => string.Create(CultureInfo.InvariantCulture,
        $"{(Crops == 1 ? "" : $" crops {Crops}")}{(Alpha == AlphaRule.Usual ? "" : $" alpha {Alpha}")}{(MinimumSide == 0 ? "" : $" least {MinimumSide}")}");

    /// <summary>Where two differ, in words: what it is, here, there.</summary>
    public IEnumerable<(string What, string Here, string There)> Differences(DatasetSettings other)
    {
        (string, string, string)[] all =
        [
            ("autoencoder", Named(this), Named(other)), ("latent space", Space, other.Space), ("format", Format, other.Format),
            ("architecture", Architecture, other.Architecture), ("rule", Rule.Text, other.Rule.Text), ("type", Type.Name(), other.Type.Name()),
            ("values", Values(this), Values(other)), ("mirrored pictures", YesNo(Mirror), YesNo(other.Mirror)),
            ("values that were stored as BF16 or F16 before", Before(this), Before(other)), ("log-variance", YesNo(KeepPosterior), YesNo(other.KeepPosterior)),
            ("crops", Number(Crops), Number(other.Crops)), ("transparency", Alpha, other.Alpha),
            ("shortest side", Number(MinimumSide), Number(other.MinimumSide)), ("latents in a file", Number(ShardSize), Number(other.ShardSize)),
            ("steps that make pixels", $"version {Preprocessing}", $"version {other.Preprocessing}"),
        ];
        foreach ((string what, string here, string there) in all)
            if (what == "autoencoder" ? Autoencoder != other.Autoencoder : here != there) yield return (what, here, there);

        static string Named(DatasetSettings s) => $"{s.AutoencoderName} ({s.Autoencoder[..12]})";
        static string Before(DatasetSettings s) => s.Through is { } through ? through.Name() : "none";
        static string Number(int? n) => n?.ToString(CultureInfo.InvariantCulture) ?? "none";
        static string YesNo(bool b) => b ? "yes" : "no";
        static string Values(DatasetSettings s) => s.Seed is { } seed ? string.Create(CultureInfo.InvariantCulture, $"sample {seed}") : "mean";
    }
}

/// <summary>The JSON of the settings.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, UseStringEnumConverter = true,
    WriteIndented = true)]
[JsonSerializable(typeof(DatasetSettings))]
internal sealed partial class DatasetJson : JsonSerializerContext;
