namespace LatentSharp.Service.Inspecting;

/// <summary>What a picture file's header says.</summary>
internal static class InspectedPicture
{
    /// <summary>
    /// The result with what the header says, or null for a file that is no picture. A file that is called a picture but is not one is an
    /// error.
    /// </summary>
    internal static InspectResult? TryOf(InspectResult result, string path)
    {
        PictureInfo info;
        try
        {
            info = PictureFile.Inspect(path);
        }
        catch (LatentSharpException) when (PictureFormat.FromExtension(path) is null)
        {
            return null;
        }
        List<string> notes = [];
        if (info.Frames > 1) notes.Add("the first frame is used");
        if (info.Orientation != 1) notes.Add("width and height are those of the upright picture");
        return result with
        {
            Kind = InspectedKind.Picture,
            Format = info.Format.Name,
            Width = info.DisplaySize.Width,
            Height = info.DisplaySize.Height,
            Bits = info.Bits,
            Colours = info.Colours,
            Frames = info.Frames,
            Orientation = info.Orientation,
            Profile = info.Profile,
            Signalling = info.Signalling,
            Generation = InspectedGeneration.TryOf(path),
            Notes = notes,
        };
    }
}
