namespace LatentSharp.Client;

/// <summary>How a picture is encoded.</summary>
public sealed record EncodeRequest
{
    /// <summary>The autoencoder's name; null for the default.</summary>
    public string? Autoencoder { get; init; }

    /// <summary>Samples the posterior with this seed; null for its mean.</summary>
    public ulong? Seed { get; init; }

    /// <summary>Whether the log variance is kept.</summary>
    public bool? Posterior { get; init; }

    /// <summary>The type of the elements: <c>f32</c>, <c>f16</c> or <c>bf16</c>; null for f32.</summary>
    public string? Dtype { get; init; }

    /// <summary>What the picture is called, for the latent's provenance.</summary>
    public string? Name { get; init; }
}

/// <summary>How a latent is decoded.</summary>
public sealed record DecodeRequest
{
    /// <summary>The autoencoder's name; null for the default.</summary>
    public string? Autoencoder { get; init; }

    /// <summary>What is made: <c>png</c>, <c>jpeg</c>, <c>webp</c>, <c>tiff</c>, <c>avif</c>, <c>raw</c> or <c>safetensors</c>; null for
    /// png.</summary>
    public string? Format { get; init; }

    /// <summary>8 or 16 bits for each channel; null for 8.</summary>
    public int? Bits { get; init; }

    /// <summary>1 to 100, for JPEG, WebP and AVIF; null for 95.</summary>
    public int? Quality { get; init; }

    /// <summary>Decodes although the latent is of another space.</summary>
    public bool? IgnoreSpace { get; init; }

    /// <summary>What the latent is called.</summary>
    public string? Name { get; init; }
}

/// <summary>Pictures to make of a prompt.</summary>
public sealed record GenerateRequest
{
    /// <summary>What is to be seen.</summary>
    public required string Prompt { get; init; }

    /// <summary>What is not to be seen; needs <see cref="Cfg"/> above 1.</summary>
    public string? Negative { get; init; }

    /// <summary>The width in pixels, a multiple of 16; null for the model's own.</summary>
    public int? Width { get; init; }

    /// <summary>The height in pixels, a multiple of 16; null for the model's own.</summary>
    public int? Height { get; init; }

    /// <summary>Steps; null for what the model is made for.</summary>
    public int? Steps { get; init; }

    /// <summary>True guidance; null for none.</summary>
    public double? Cfg { get; init; }

    /// <summary>Distilled guidance; null for what the model is made for.</summary>
    public double? Guidance { get; init; }

    /// <summary>The sampler's name; null for euler.</summary>
    public string? Sampler { get; init; }

    /// <summary>The name of the list of sigmas; null for the model's own.</summary>
    public string? Schedule { get; init; }

    /// <summary>The seed of the first picture; null for any.</summary>
    public ulong? Seed { get; init; }

    /// <summary>How many; null for one.</summary>
    public int? Count { get; init; }

    /// <summary>A picture file to change, in base64; null for none.</summary>
    public string? Init { get; init; }

    /// <summary>What of it is made anew: a picture file that is white there, in base64; null for all.</summary>
    public string? Mask { get; init; }

    /// <summary>How much of it is made anew, above 0 and up to 1.</summary>
    public double? Strength { get; init; }
}
