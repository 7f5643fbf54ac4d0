using LatentSharp.Models.Autoencoders;

namespace LatentSharp.Autoencoders.Families;

/// <summary>
/// Finds out which family an autoencoder belongs to. The structure leaves one family or a few look-alikes; among those the strongest
/// evidence decides, and what contradicts it is noted.
/// </summary>
internal sealed class FamilyDetection
{
    private FamilyDetection(AutoencoderFamily family, LatentSpace space, IReadOnlyList<Evidence> evidence,
        IReadOnlyList<AutoencoderFamily> lookAlikes, string? ownConstants)
        => (Family, Space, Evidence, LookAlikes, OwnConstants) = (family, space, evidence, lookAlikes, ownConstants);

    /// <summary>The verdict.</summary>
    public AutoencoderFamily Family { get; }

    /// <summary>The latent space, with the constants that the file brings.</summary>
    public LatentSpace Space { get; }

    /// <summary>The families that the structure leaves open.</summary>
    public IReadOnlyList<AutoencoderFamily> LookAlikes { get; }

    /// <summary>Everything that was found, the strongest first; the first one decided.</summary>
    public IReadOnlyList<Evidence> Evidence { get; }

    /// <summary>Which scale and shift of its own the file brings, for people; null when those of the family are used.</summary>
    public string? OwnConstants { get; }

    /// <summary>Detects the family of an opened autoencoder.</summary>
    /// <param name="weights">Its tensors.</param>
    /// <param name="network">What the tensors make.</param>
    /// <param name="path">Where they were opened from.</param>
    /// <param name="config">The configuration beside them.</param>
    /// <param name="claimed">The family that the caller names; null for none.</param>
    /// <exception cref="LatentSharpException">The structure is of no known family, or the caller's family does not fit it.</exception>
    public static FamilyDetection Of(CanonicalWeights weights, AutoencoderHalves network, string path, AutoencoderConfig? config,
        AutoencoderFamily? claimed)
    {
        AutoencoderFamily[] candidates = StructureEvidence.Candidates(weights, network);
        if (claimed is not null && !candidates.Contains(claimed))
            throw new LatentSharpException(ErrorKind.Mismatch, path,
                $"this file cannot be {claimed.Title}: its tensors are those of {string.Join(" or ", candidates.Select(c => c.Title))}.",
                "Leave the family out, or name another file.");
        var evidence = new List<Evidence>();
        if (claimed is not null) evidence.Add(new Evidence(EvidenceSource.Caller, claimed, "the caller named the family"));
        if (candidates.Length == 1)
            evidence.Add(new Evidence(EvidenceSource.Structure, candidates[0], StructureEvidence.Describe(weights, network)));
        evidence.AddRange(FileEvidence.Find(weights, path, config).Where(e => candidates.Contains(e.Family)));
        if (evidence.Count == 0)
            evidence.Add(new Evidence(EvidenceSource.Assumption, candidates[0],
                $"nothing in the file tells {string.Join(" and ", candidates.Select(c => c.Title))} apart; the first is assumed"));
        AutoencoderFamily family = evidence.MinBy(e => e.Source)!.Family;
        (LatentSpace space, string? own) = Families.OwnConstants.Of(family, candidates, weights, network, config, path);
        // A variant with a scale of its own.
        if (family == AutoencoderFamily.Sana && space.Id != family.Space.Id)
            family = new AutoencoderFamily(space.Id, space.Title, space, "unknown");
        return new FamilyDetection(family, space, [.. evidence.OrderBy(e => e.Source)], candidates, own);
    }
}
