namespace LatentSharp.Server.Generating;

/// <summary>Pictures that a client wants, whatever protocol it speaks.</summary>
internal sealed record PictureOrder
{
    /// <summary>What is to be seen.</summary>
    public required string Prompt { get; init; }

    /// <summary>What is not to be seen; needs <see cref="Cfg"/> above 1.</summary>
    public string? Negative { get; init; }

    /// <summary>True guidance; 1 for none.</summary>
    public double Cfg { get; init; } = 1;

    /// <summary>Distilled guidance; null for what the model is made for.</summary>
    public float? Guidance { get; init; }

    /// <summary>The size in pixels; null for that of <see cref="Init"/>, else the model's own.</summary>
    public PixelSize? Size { get; init; }

    /// <summary>Steps; null for what the model is made for.</summary>
    public int? Steps { get; init; }

    /// <summary>The sampler by its name here; null for euler.</summary>
    public string? Sampler { get; init; }

    /// <summary>The list of sigmas by its name here; null for the model's own.</summary>
    public string? Schedule { get; init; }

    /// <summary>The seed of the first picture; null for any.</summary>
    public ulong? Seed { get; init; }

    /// <summary>How many.</summary>
    public int Count { get; init; } = 1;

    /// <summary>A picture to change; null for none.</summary>
    public ImageTensor? Init { get; init; }

    /// <summary>What of it is made anew: white where it is; null for all.</summary>
    public ImageTensor? Mask { get; init; }

    /// <summary>How much of it is made anew, above 0 and up to 1.</summary>
    public double Strength { get; init; } = 1;
}

/// <summary>A picture that was made.</summary>
/// <param name="Png">The file, with what it was made from in it.</param>
/// <param name="Seed">Its seed.</param>
internal sealed record MadePicture(byte[] Png, ulong Seed);

/// <summary>Everything that was made of an order.</summary>
/// <param name="Model">The kind of model.</param>
/// <param name="Pictures">The pictures in order.</param>
/// <param name="Steps">Steps of each.</param>
/// <param name="Notes">What was assumed.</param>
internal sealed record MadePictures(string Model, IReadOnlyList<MadePicture> Pictures, int Steps, IReadOnlyList<string> Notes);
