using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using LatentSharp.Autoencoders.Catalogue;
using LatentSharp.Autoencoders.Opening;

namespace LatentSharp.Autoencoders.Library;

/// <summary>
/// The answer to someone whose autoencoder is not there: what was looked for, where, what the file is and where it is published.
/// </summary>
internal static class MissingAutoencoder
{
    private static readonly ImmutableArray<string> FluxNames = ["ae", "flux", "flux1", "flux-ae", "flux1-ae", "flux-vae", "flux_vae",
        "flux1-vae", "flux1-dev", "flux1-schnell"];

    internal static LatentSharpException Moved(LibraryEntry entry)
        => new(ErrorKind.NotFound, entry.Name, $"this autoencoder was registered as {entry.Path}, which is not there any more.",
            new Remedy(RemedyKind.RegisterAutoencoder, "Register its new place under this name, or forget the name.", entry.Name));

    internal static LatentSharpException NoDefault()
        => new(ErrorKind.NotFound, "", "no autoencoder was named, none was chosen as the default, and this program brings none along.",
            new Remedy(RemedyKind.UseAutoencoder,
                "Name a file or a registered autoencoder; in a program of your own, reference the package LatentSharp.Embedded and give the library "
                    + "EmbeddedAutoencoder.BuiltIn."));

    internal static LatentSharpException NotBroughtAlong()
        => new(ErrorKind.NotFound, AutoencoderLibrary.EmbeddedName, "this program does not bring the embedded autoencoder along.",
            new Remedy(RemedyKind.UseAutoencoder,
                "Reference the package LatentSharp.Embedded and give the library EmbeddedAutoencoder.BuiltIn, or name a file."));

    internal static LatentSharpException Of(string name, bool isPath, AutoencoderLibrary library)
    {
        var what = new StringBuilder(isPath ? "there is no such file or folder." : "no autoencoder of this name was found. Looked for:");
        if (!isPath)
        {
            what.Append(CultureInfo.InvariantCulture, $"\n  a file {Path.GetFullPath(name)}");
            what.Append("\n  a registered name");
            foreach (string folder in library.SearchedFolders())
            {
                int files = library.AutoencodersIn(folder).Count;
                string state = !Directory.Exists(folder) ? "the folder does not exist"
                    : files == 0 ? "it holds no weight files" : $"none of its {files} autoencoders is called so";
                what.Append(CultureInfo.InvariantCulture, $"\n  in {folder}: {state}");
            }
            what.Append('.');
        }
        Remedy remedy;
        if (Published(Path.GetFileName(name)) is { } published)
        {
            Describe(what, published);
            remedy = new Remedy(RemedyKind.RegisterAutoencoder,
                "\nNothing is downloaded for you. Download the file, then name it by its path, or register it once and for all; where another program "
                    + "has it already, register that program's folder.",
                PlainName(published));
        }
        else
        {
            string[] near = isPath ? [] : [.. Likeness.Nearest(name, library.List().Select(e => e.Name))];
            if (near.Length > 0) what.Append(CultureInfo.InvariantCulture, $"\nDid you mean {string.Join(" or ", near)}?");
            remedy = new Remedy(RemedyKind.ListAutoencoders, "\nName a file by its path, register it, or see what there is.");
        }
        return new LatentSharpException(ErrorKind.NotFound, name, what.ToString(), remedy);
    }

    private static void Describe(StringBuilder what, PublishedFile file)
    {
        what.Append(CultureInfo.InvariantCulture, $"\n{PlainName(file)} is the autoencoder of {AutoencoderFamily.Find(file.Family)?.Title ?? file.Family}");
        if (file.Bytes is { } bytes) what.Append(CultureInfo.InvariantCulture, $": {bytes:N0} bytes");
        if (file.Sha256 is { } digest) what.Append(", sha256 ").Append(digest);
        what.Append('.');
        if (file.Licence is { } licence) what.Append(CultureInfo.InvariantCulture, $" Its authors released it under {licence}.");
        if (file.Places.Count == 0) return;
        what.Append("\nIt is published in:");
        foreach (string place in file.Places) what.Append("\n  ").Append(place);
    }

    /// <summary>
    /// The published file that someone means by a name: its file name with or without extension, or what people call FLUX.1's.
    /// </summary>
    private static PublishedFile? Published(string name)
    {
        string stem = WeightFileName.NameOf(name);
        return PublishedFiles.BuiltIn.All.FirstOrDefault(f => Same(PlainName(f), name) || Same(WeightFileName.NameOf(PlainName(f)), stem))
            ?? (FluxNames.Contains(stem, StringComparer.OrdinalIgnoreCase)
                ? PublishedFiles.BuiltIn.All.First(f => f.Family == AutoencoderFamily.Flux1.Id) : null);
    }

    /// <summary>The file name without the note that tells files of one name apart.</summary>
    private static string PlainName(PublishedFile file) => file.FileName.Split(" (")[0];

    private static bool Same(string a, string b) => string.Equals(a, b, StringComparison.OrdinalIgnoreCase);
}
