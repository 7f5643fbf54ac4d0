using LatentSharp.Autoencoders.Checks;
using LatentSharp.Latents;
using LatentSharp.Service.Files;
using LatentSharp.Weights.Files;

namespace LatentSharp.Service.Checking;

/// <summary>Finds out of what was named without saying so which is the autoencoder, which the latents, which the model.</summary>
internal static class Recognition
{
    /// <summary>The request with every thing in its place.</summary>
    /// <exception cref="LatentSharpException">Something cannot be told, or two things are of one kind.</exception>
    internal static CheckRequest Sorted(AutoencoderLibrary library, CheckRequest request)
    {
        // What can be only one thing comes first: a checkpoint that holds a model and its autoencoder stands for what is missing.
        foreach ((string thing, Roles roles) in request.Things.Select(t => (t, Of(library, t))).OrderBy(t => t.Item2.Count))
        {
            if (roles.Latents && request.Latents is null) request = request with { Latents = thing };
            else if (roles.Model && request.Model is null) request = request with { Model = thing };
            else if (roles.Autoencoder && request.Autoencoder is null) request = request with { Autoencoder = thing };
            else throw new LatentSharpException(ErrorKind.Usage, thing, $"this is {roles}, and so is another one.",
                "Two things of different kinds are compared: an autoencoder, latents, a diffusion model.");
        }
        return request with { Things = [] };
    }

    private static Roles Of(AutoencoderLibrary library, string thing)
    {
        if (!File.Exists(thing) && !Directory.Exists(thing)) return OfName(library, thing);
        using WeightFile file = WeightFiles.Open(thing);
        if (LatentFile.KindOf(file) != LatentFileKind.None) return new Roles(false, true, false);
        bool model = IsModel(file);
        LatentSharpException? refusal = null;
        try
        {
            Autoencoder.Open(thing).Dispose();
            return new Roles(true, false, model);
        }
        catch (LatentSharpException e)
        {
            refusal = e;
        }
        return model ? new Roles(false, false, true) : throw refusal;
    }

    private static Roles OfName(AutoencoderLibrary library, string name)
    {
        try
        {
            library.Find(name);
            return new Roles(true, false, false);
        }
        catch (LatentSharpException e) when (e.Kind == ErrorKind.NotFound && !InputKind.IsWeightName(name)
            && !name.AsSpan().ContainsAny(Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar))
        {
            ModelHint.Named(name);
            return new Roles(false, false, true);
        }
    }

    private static bool IsModel(WeightFile file)
    {
        try
        {
            ModelHint.Of(file);
            return true;
        }
        catch (LatentSharpException)
        {
            return false;
        }
    }

    /// <summary>What a thing can stand for.</summary>
    private readonly record struct Roles(bool Autoencoder, bool Latents, bool Model)
    {
        public int Count => (Autoencoder ? 1 : 0) + (Latents ? 1 : 0) + (Model ? 1 : 0);

        public override string ToString() => Latents ? "a latent file" : Model ? "a diffusion model" : "an autoencoder";
    }
}
