using NetVips;

namespace LatentSharp.Imaging.Native;

/// <summary>Loads libvips once and sets it up: no cache of operations, nothing written to the console.</summary>
internal static class VipsLibrary
{
    private static readonly Lazy<Exception?> LoadFailure = new(Load);

    // The handler has to stay referenced for as long as native code may call it.
    private static readonly Log.LogDelegate Quiet = static (_, _, _) => { };

    /// <summary>Makes sure that libvips can be called.</summary>
    /// <exception cref="LatentSharpException">The native library could not be loaded.</exception>
    public static void Require()
    {
        if (LoadFailure.Value is not { } failure) return;
        throw new LatentSharpException(ErrorKind.NotFound, "libvips", $"the native picture library could not be loaded ({Text.FirstLine(failure.Message)}).",
            "It comes with the package NetVips.Native: beside a native program, else under runtimes/; check that it was published for this operating "
                + "system and processor.", failure);
    }

    /// <summary>Whether this build of libvips has the operation <paramref name="nickname"/>, such as <c>pngload_source</c>.</summary>
    public static bool Has(string nickname)
    {
        Require();
        return NetVips.NetVips.TypeFind("VipsOperation", nickname) != IntPtr.Zero;
    }

    private static Exception? Load()
    {
        try
        {
            // In a native program nothing has called it yet (NetVips.Substitutions.xml), so that only what needs pictures loads libvips.
            if (!ModuleInitializer.VipsInitialized && ModuleInitializer.Exception is null) ModuleInitializer.Initialize();
            if (!ModuleInitializer.VipsInitialized) return ModuleInitializer.Exception ?? new DllNotFoundException("libvips did not initialise");
            // Pictures are read once; a cache would only keep their pixels, and would answer with old ones after a file has changed.
            Cache.Max = 0;
            // Warnings about damaged files would appear on standard error beside the error that is thrown.
            Log.SetLogHandler("VIPS", Enums.LogLevelFlags.All, Quiet);
            return null;
        }
        catch (Exception e) when (e is DllNotFoundException or TypeInitializationException or BadImageFormatException
            or EntryPointNotFoundException)
        {
            return e;
        }
    }
}
