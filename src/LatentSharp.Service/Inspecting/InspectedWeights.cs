using LatentSharp.Autoencoders.Catalogue;
using LatentSharp.Autoencoders.Checks;
using LatentSharp.Models.Autoencoders;
using LatentSharp.Networks;
using LatentSharp.Tensors;
using LatentSharp.Weights;
using LatentSharp.Weights.Identity;

namespace LatentSharp.Service.Inspecting;

/// <summary>A file of weights: which autoencoder it is, or why it is none.</summary>
internal static class InspectedWeights
{
    private const int GroupsShown = 4;

    /// <summary>The result with what a source of weights is.</summary>
    /// <param name="result">File, size and digest.</param>
    /// <param name="file">The source.</param>
    /// <param name="format">The container format.</param>
    /// <param name="open">Opens it as an autoencoder.</param>
    /// <param name="request">What was asked for.</param>
    /// <param name="cancellationToken">Ends the computing of digests.</param>
    internal static InspectResult Of(InspectResult result, WeightSource file, string format, Func<Autoencoder> open, InspectRequest request,
        CancellationToken cancellationToken)
    {
        CanonicalWeights weights = CanonicalWeights.From(file);
        List<string> notes = [];
        Network[] networks = [.. NetworkRecognition.Of(file)];
        result = result with
        {
            Kind = InspectedKind.Weights,
            Networks = networks.Length == 0 ? null : [.. networks.Select(NetworkFacts.Of)],
        };
        try
        {
            using Autoencoder autoencoder = open();
            result = WithAutoencoder(result, autoencoder, weights, request, notes, cancellationToken);
        }
        catch (LatentSharpException e)
        {
            result = result with { Model = Model(file) };
            notes.Add(networks.Length == 0 ? "not an autoencoder that can be used: " + e.What
                : $"it holds {string.Join(", ", networks.Select(n => n.Title))}; no autoencoder that can be used is in it");
            if (weights.Layout != "unknown" && weights.Unused.Count > 0)
                notes.Add($"{weights.Unused.Count} tensors are no part of the autoencoder: "
                    + $"{string.Join("; ", TensorNames.Summarize(weights.Unused).Take(GroupsShown))}");
        }
        if (request.Deep || weights.Tensors.Values.Sum(t => t.ByteLength) <= InspectFile.DigestUnasked)
        {
            IReadOnlyList<NonFiniteTensor> bad = NonFiniteWeights.Find(file, cancellationToken: cancellationToken);
            notes.AddRange(BrokenWeights.Said(bad));
            result = result with { NonFinite = bad.Sum(t => t.NaN + t.Infinite) };
        }
        return result with
        {
            Format = format,
            Layout = networks.Length > 0 && weights.Kind == AutoencoderKind.Unknown ? null : weights.Layout,
            Prefix = weights.Prefix.Length == 0 ? null : weights.Prefix,
            Parameters = weights.Tensors.Values.Sum(t => t.Shape.ElementCount),
            Tensors = file.Tensors.Count,
            ElementTypes = ElementTypes(file),
            EncoderWidths = Widths(weights, "encoder.down."),
            DecoderWidths = Widths(weights, "decoder.up."),
            Metadata = InspectedLatent.Sorted(file.Metadata),
            Notes = notes,
        };
    }

    private static InspectResult WithAutoencoder(InspectResult result, Autoencoder autoencoder, CanonicalWeights weights,
        InspectRequest request, List<string> notes, CancellationToken cancellationToken)
    {
        string[] evidence = [.. autoencoder.Evidence.Select(e => e.ToString())];
        // Notes repeat the deciding evidence for those who see nothing else.
        notes.AddRange(autoencoder.Notes.Except(evidence));
        IReadOnlyList<ContentDigest>? digests = request.Digest || weights.Tensors.Values.Sum(t => t.ByteLength) <= InspectFile.DigestUnasked
            ? ContentDigest.Compute(weights, Enum.GetValues<DigestLevel>(), cancellationToken: cancellationToken) : null;
        // A size says nothing where the shapes say otherwise.
        IEnumerable<FileIdentity> known = PublishedFiles.Load().Identify(weights, result.Bytes, result.Sha256, digests)
            .Where(i => i.Proof != IdentityProof.Size || autoencoder.LookAlikes.Any(f => f.Id == i.File.Family));
        return result with
        {
            Kind = InspectedKind.Autoencoder,
            Family = autoencoder.Family.Id,
            FamilyTitle = autoencoder.Family.Title,
            LookAlikes = [.. autoencoder.LookAlikes.Select(f => f.Title)],
            KnownAs = [.. known.Select(Of)],
            Content = digests?.ToDictionary(d => d.Level.Name(), d => new ContentDigestFacts(d.Whole, d.Encoder, d.Decoder)),
            Space = autoencoder.Space.Id,
            SpaceTitle = autoencoder.Space.ToString(),
            CanEncode = autoencoder.CanEncode,
            CanDecode = autoencoder.CanDecode,
            Evidence = evidence,
        };
    }

    private static KnownAs Of(FileIdentity identity)
        => new(identity.File.FileName, identity.Part.Word(), identity.Proof.ToString().ToLowerInvariant(),
        identity.Proof == IdentityProof.Content ? identity.Level.Name() : null,
        identity.Proof == IdentityProof.Sketch ? identity.Distance : null,
        identity.File.Family, identity.File.Licence, identity.File.Places, identity.ToString());

    private static string? Model(WeightSource file)
    {
        try
        {
            return ModelHint.Of(file).Reason;
        }
        catch (LatentSharpException)
        {
            return null;
        }
    }

    private static Dictionary<string, int> ElementTypes(WeightSource file)
        => file.Tensors.Values.GroupBy(t => t.Type).OrderByDescending(g => g.Sum(t => t.ByteLength))
        .ToDictionary(g => g.Key.Name(), g => g.Count());

    /// <summary>Channels of each level of a KL autoencoder, fine to coarse; null for other kinds.</summary>
    private static List<long>? Widths(CanonicalWeights weights, string levels)
    {
        var widths = new List<long>();
        while (weights.Tensors.TryGetValue($"{levels}{widths.Count}.block.0.conv1.weight", out TensorInfo? tensor)) widths.Add(tensor.Shape[0]);
        return widths.Count == 0 ? null : widths;
    }
}
