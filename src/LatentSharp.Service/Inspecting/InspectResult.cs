using System.Text.Json;
using System.Text.Json.Serialization;
using LatentSharp.Networks;
using LatentSharp.Service.Autoencoders;

namespace LatentSharp.Service.Inspecting;

/// <summary>What kind of thing a file is.</summary>
public enum InspectedKind
{
    /// <summary>Weights that can be used as an autoencoder.</summary>
    Autoencoder,
    /// <summary>Other weights.</summary>
    Weights,
    /// <summary>A latent file.</summary>
    Latent,
    /// <summary>Pictures as raw numbers.</summary>
    ImageTensor,
    /// <summary>A picture file.</summary>
    Picture,
}

/// <summary>
/// What a file is. The members that belong to its kind are there; the others are left out of the JSON form.
/// </summary>
public sealed record InspectResult
{
    /// <summary>The file, as it was named.</summary>
    public required string File { get; init; }

    /// <summary>The name it answers to in the library; for an autoencoder that was named so.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ListedAutoencoder? Listed { get; init; }

    /// <summary>The size of the file.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? Bytes { get; init; }

    /// <summary>The digest of the file.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Sha256 { get; init; }

    /// <summary>What it is.</summary>
    public InspectedKind Kind { get; init; }

    /// <summary>The id of the autoencoder's family.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Family { get; init; }

    /// <summary>The name of the family for people.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? FamilyTitle { get; init; }

    /// <summary>The families that have the same names and shapes.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? LookAlikes { get; init; }

    /// <summary>The published files that it is; empty when it is none that is known.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<KnownAs>? KnownAs { get; init; }

    /// <summary>Digests of what it contains, by level: <c>exact</c>, <c>f16</c>, <c>bf16</c>, <c>f8_e4m3</c>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, ContentDigestFacts>? Content { get; init; }

    /// <summary>The id of the latent space that an autoencoder speaks or a latent is written in.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Space { get; init; }

    /// <summary>The space for people, with its numbers.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? SpaceTitle { get; init; }

    /// <summary>Whether a latent file itself names its space.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? SpaceStated { get; init; }

    /// <summary>Whether the encoder is there.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? CanEncode { get; init; }

    /// <summary>Whether the decoder is there.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? CanDecode { get; init; }

    /// <summary>Why it was taken for one of its family, the deciding reason first.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Evidence { get; init; }

    /// <summary>The diffusion model that the weights hold, for people.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Model { get; init; }

    /// <summary>
    /// The networks among the weights, autoencoders apart: transformers and UNets, text encoders, a LoRA. Told by names and shapes, whether
    /// or not they can be opened here.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<NetworkFacts>? Networks { get; init; }

    /// <summary>The container or picture format.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Format { get; init; }

    /// <summary>The layout of the tensors' names.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Layout { get; init; }

    /// <summary>What stands before the names of the autoencoder's tensors.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Prefix { get; init; }

    /// <summary>How a picture was made, as far as its texts tell.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public InspectedGeneration? Generation { get; init; }

    /// <summary>How many numbers the weights hold.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? Parameters { get; init; }

    /// <summary>How many tensors the file holds.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Tensors { get; init; }

    /// <summary>How many tensors are stored in which type.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, int>? ElementTypes { get; init; }

    /// <summary>The type of a latent or of raw pictures.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? ElementType { get; init; }

    /// <summary>Channels of each level of the encoder, fine to coarse.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<long>? EncoderWidths { get; init; }

    /// <summary>Channels of each level of the decoder, fine to coarse.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<long>? DecoderWidths { get; init; }

    /// <summary>A latent's shape: N, C, h, w.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<int>? Shape { get; init; }

    /// <summary>The size of the picture that a latent was made from.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public PixelSize? Picture { get; init; }

    /// <summary>Whether the posterior's log-variance is there.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? Posterior { get; init; }

    /// <summary>How many values are NaN or infinite, of a latent or of weights that were looked through.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? NonFinite { get; init; }

    /// <summary>Root mean square of a latent's values: about 1 when its scale is right.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Rms { get; init; }

    /// <summary>How many pictures a file of raw numbers holds.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Pictures { get; init; }

    /// <summary>Width of the upright picture.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Width { get; init; }

    /// <summary>Height of the upright picture.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Height { get; init; }

    /// <summary>Bits for each channel of a picture.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Bits { get; init; }

    /// <summary>The colours that a picture's numbers stand for.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Colours { get; init; }

    /// <summary>How many frames a picture has; the first is used.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Frames { get; init; }

    /// <summary>The orientation that the picture's metadata ask for, 1 to 8.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Orientation { get; init; }

    /// <summary>The picture's colour profile.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Profile { get; init; }

    /// <summary>What a PNG says about its colours without a profile (gamma, code points), and what reading does about it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Signalling { get; init; }

    /// <summary>What the file says about itself.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, string>? Metadata { get; init; }

    /// <summary>What the values of a latent show: that it is empty, unfinished, or without its scale; null for nothing.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Finding { get; init; }

    /// <summary>What makes the latent file one that says what it is; null where nothing is needed.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Remedy? Remedy { get; init; }

    /// <summary>What else is worth knowing.</summary>
    public required IReadOnlyList<string> Notes { get; init; }

    /// <summary>Every tensor, where that was asked for.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<TensorFacts>? TensorsListed { get; init; }
}

/// <summary>A published file that something was recognised as.</summary>
/// <param name="File">Its name.</param>
/// <param name="Part">What was recognised: <c>vae</c> for the whole, <c>encoder</c> or <c>decoder</c>.</param>
/// <param name="Proof">How: <c>sha256</c>, <c>content</c>, <c>sketch</c> or <c>size</c>.</param>
/// <param name="Level">For <c>content</c>: the type to which both have to be rounded to be equal.</param>
/// <param name="Distance">For <c>sketch</c>: the bits in which the sketches differ.</param>
/// <param name="Family">The id of its family.</param>
/// <param name="Licence">The licence it was released under.</param>
/// <param name="Places">Where it is published.</param>
/// <param name="Text">All of it in words.</param>
public sealed record KnownAs(string File, string Part, string Proof, string? Level, int? Distance, string Family, string? Licence,
    IReadOnlyList<string> Places, string Text);

/// <summary>Digests of what weights contain, rounded to one type.</summary>
/// <param name="Whole">Of everything.</param>
/// <param name="Encoder">Of the encoder; null when there is none.</param>
/// <param name="Decoder">Of the decoder; null when there is none.</param>
public sealed record ContentDigestFacts(string Whole, string? Encoder, string? Decoder);

/// <summary>A stored tensor.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">How its elements are stored.</param>
/// <param name="Shape">Its dimensions, outermost first.</param>
public sealed record TensorFacts(string Name, string Type, IReadOnlyList<long> Shape);

/// <summary>A network that weights hold.</summary>
/// <param name="Role">
/// What it is for: <c>diffusion-model</c>, <c>text-encoder</c>, <c>image-encoder</c>, <c>lora</c>, <c>control-net</c>, <c>adapter</c>,
/// <c>embedding</c>, <c>upscaler</c>.
/// </param>
/// <param name="Model">Which, as far as names and shapes tell; of a LoRA the model that it changes. Null where they do not.</param>
/// <param name="Title">What it is, in words.</param>
/// <param name="Space">The id of the latent space that it works in; null where that is not known, or it sees no latents.</param>
/// <param name="SpaceTitle">The name of the space for people; null likewise.</param>
/// <param name="Prefix">What stands before its names in the file; empty for nothing.</param>
public sealed record NetworkFacts(string Role, string? Model, string Title, string? Space, string? SpaceTitle, string Prefix)
{
    internal static NetworkFacts Of(Network network)
        => new(JsonNamingPolicy.KebabCaseLower.ConvertName(network.Role.ToString()), network.Model, network.Title,
         network.Space?.Id, network.Space?.Title, network.Prefix);
}
