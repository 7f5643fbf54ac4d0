using System.Globalization;
using System.Text;
using LatentSharp.Errors;

namespace LatentSharp.Autoencoders;

/// <summary>The answer to someone whose autoencoder is not there: what was looked for, where, what the file is and where it is published.</summary>
internal static class MissingAutoencoder
{
    internal static LatentSharpException Moved(LibraryEntry entry)
        => new(ErrorKind.NotFound, entry.Name, $"this autoencoder was registered as {entry.Path}, which is not there any more.",
            $"Register its new place with `latent ae add PATH --name {entry.Name}`, or forget it with `latent ae remove {entry.Name}`.");

    internal static LatentSharpException Of(string name, bool isPath, AutoencoderLibrary library)
    {
        var what = new StringBuilder(isPath ? "there is no such file or folder." : "no autoencoder of this name was found. Looked for:");
        if (!isPath)
        {
            what.Append(CultureInfo.InvariantCulture, $"\n  a file {Path.GetFullPath(name)}");
            what.Append("\n  a name registered with `latent ae add`");
            foreach (string folder in library.SearchedFolders())
            {
                int files = library.AutoencodersIn(folder).Count;
                string state = !Directory.Exists(folder) ? "the folder does not exist" : files == 0 ? "it holds no weight files" : $"none of its {files} autoencoders is called so";
                what.Append(CultureInfo.InvariantCulture, $"\n  in {folder}: {state}");
            }
            what.Append('.');
        }
        var next = new StringBuilder();
        if (PublishedFile.Find(Path.GetFileName(name)) is { } published)
        {
            what.Append(CultureInfo.InvariantCulture, $"\n{published.FileName} is {published.Title}: {published.Bytes:N0} bytes, sha256 {published.Sha256}.");
            what.Append(CultureInfo.InvariantCulture, $"\n{published.Licence}. It is published in:");
            foreach (string place in published.Places) what.Append("\n  ").Append(place);
            next.Append("\nNothing is downloaded for you. Download the file, then name it by its path, or once and for all:\n  latent ae add PATH/")
                .Append(published.FileName).Append("\n  latent ae add-folder COMFYUI/models/vae     (when another program has it already)");
        }
        else
        {
            next.Append("\nName a file by its path, register it with `latent ae add PATH`, or see what there is with `latent ae list`.");
        }
        next.Append("\nWithout --ae the embedded autoencoder is used, which needs no file.");
        return new LatentSharpException(ErrorKind.NotFound, name, what.ToString(), next.ToString());
    }
}
