namespace LatentSharp.Datasets.Preprocessing;

/// <summary>Which size a picture is brought to, and which part of it is kept.</summary>
internal abstract record BucketRule
{
    /// <summary>The word for it on a command line and in files.</summary>
    public abstract string Name { get; }

    /// <summary>Sides of buckets are multiples of this.</summary>
    public abstract int Step { get; }

    /// <summary>The rule with all its numbers, the same text for the same rule: it is part of what names a latent.</summary>
    public abstract string Text { get; }

    /// <summary>What becomes of a picture.</summary>
    /// <exception cref="LatentSharpException">The picture is too small for the rule.</exception>
    public abstract Placement Place(Extent picture);

    /// <summary>The error for a picture that leaves nothing to encode.</summary>
    protected LatentSharpException TooSmall(Extent picture, int least)
        => new(ErrorKind.BadInput, "", $"the picture has {picture} pixels; {Name} needs at least {least} each way.",
            "Leave it out, or use a larger version of it.");
}
