using LatentSharp.Compute;
using LatentSharp.Server.Http;

namespace LatentSharp.Server.Computing;

/// <summary>What encoding and decoding pictures takes; what is too large is refused before anything of it is read.</summary>
internal sealed class PlannedPictures(ServerOptions options)
{
    /// <summary>Decoding to pictures of a size.</summary>
    /// <exception cref="RefusedRequest">They are too large, or there is no decoder.</exception>
    internal PlannedWork Decode(Autoencoder autoencoder, int batch, long height, long width)
    {
        if (!autoencoder.CanDecode) throw MissingHalf(autoencoder, "decoder", "encodes");
        return Of(batch, height, width, () => autoencoder.PlanDecode((int)height, (int)width, options.Computing));
    }

    /// <summary>Encoding pictures of a size.</summary>
    /// <exception cref="RefusedRequest">They are too large, or there is no encoder.</exception>
    internal PlannedWork Encode(Autoencoder autoencoder, int batch, long height, long width)
    {
        if (!autoencoder.CanEncode) throw MissingHalf(autoencoder, "encoder", "decodes");
        return Of(batch, height, width, () => autoencoder.PlanEncode((int)height, (int)width, options.Computing));
    }

    /// <summary>Refuses pictures with more pixels than the operator allows.</summary>
    internal void RequirePixels(long batch, long height, long width)
    {
        if ((Int128)batch * height * width <= options.MaximumPixels) return;
        string pictures = batch == 1 ? "A picture" : $"{batch:N0} pictures";
        throw new RefusedRequest(StatusCodes.Status413PayloadTooLarge,
            $"{pictures} of {width:N0} x {height:N0} pixels {(batch == 1 ? "is" : "are")} more than the {options.MaximumPixels:N0} pixels that are taken here.",
            "Use a smaller picture or batch, or ask the operator to raise the limit.")
        { Expected = $"{options.MaximumPixels} pixels", Found = $"{(Int128)batch * height * width} pixels" };
    }

    private PlannedWork Of(int batch, long height, long width, Func<Plan> plan)
    {
        RequirePixels(batch, height, width);
        try
        {
            return PlannedWork.Of(plan(), batch);
        }
        catch (LatentSharpException e)
        {
            throw new RefusedRequest(StatusCodes.Status413PayloadTooLarge, $"A picture of {width} x {height} cannot be computed here: {PlainPaths.In(e.What)}",
                "Use a smaller picture.");
        }
    }

    private static RefusedRequest MissingHalf(Autoencoder autoencoder, string half, string does)
        => new(StatusCodes.Status422UnprocessableEntity, $"{autoencoder.Name} has no {half}: it only {does}.", "Name another autoencoder.", "autoencoder");
}
