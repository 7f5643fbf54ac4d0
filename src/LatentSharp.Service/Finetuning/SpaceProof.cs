using LatentSharp.Autoencoders.Catalogue;
using LatentSharp.Latents;
using LatentSharp.Weights.Identity;

namespace LatentSharp.Service.Finetuning;

/// <summary>Proves where the latent space is after a training.</summary>
internal static class SpaceProof
{
    /// <summary>Compares what was written with what was there.</summary>
    public static KeptSpace Of(Autoencoder original, Autoencoder written, TuningRequest request, HeldBack heldBack,
        CancellationToken cancellationToken)
    {
        if (!written.CanEncode)
            // The encoder lies in a file of its own, which nothing has touched.
            return new KeptSpace(written.Space.Id, original.CanEncode ? true : null, null, null, null);
        string? before = EncoderOf(original), after = EncoderOf(written);
        var encode = new EncodeOptions { Compute = request.Compute };
        double squares = 0;
        long values = 0;
        int recognised = 0, told = 0;
        for (int i = 0; i < heldBack.Count; i++)
        {
            Latent now = written.Encode(heldBack[i].Picture, encode, cancellationToken: cancellationToken);
            Latent then = original.Encode(heldBack[i].Picture, encode, cancellationToken: cancellationToken);
            for (int v = 0; v < now.Values.Length; v++) squares += Math.Pow((double)now.Values[v] - then.Values[v], 2);
            values += now.Values.Length;
            if (SpaceIdentification.Of(now) is not { IsTrusted: true } verdict) continue;
            told++;
            if (verdict.Best == original.Space) recognised++;
        }
        bool same = before == after;
        if (!same && !request.Part.MovesLatents)
            throw new InvalidOperationException("the encoder of the file that was written is not the one it was made from");
        return new KeptSpace(written.Space.Id, same, after, Math.Round(Math.Sqrt(squares / values), 6),
            told == 0 ? null : 2 * recognised > told);

        string? EncoderOf(Autoencoder autoencoder)
            => ContentDigest.Compute(autoencoder.Weights, DigestLevel.Exact, cancellationToken: cancellationToken).Encoder;
    }
}
