namespace LatentSharp.Cli.Inspection;

/// <summary>What a picture file's header says.</summary>
internal static class PictureFacts
{
    /// <summary>Adds the facts if the file is a picture. A file that is called a picture but is not one is an error.</summary>
    internal static bool TryAdd(FileFacts facts, string path)
    {
        PictureInfo info;
        try
        {
            info = PictureFile.Inspect(path);
        }
        catch (LatentSharpException) when (PictureFormat.FromExtension(path) is null)
        {
            return false;
        }
        facts.AddKind("picture");
        facts.Add("format", info.Format.Name);
        facts.Add("width", info.DisplaySize.Width);
        facts.Add("height", info.DisplaySize.Height);
        facts.Add("bits", info.Bits);
        facts.Add("colours", info.Colours);
        facts.Add("frames", info.Frames);
        facts.Add("orientation", info.Orientation);
        facts.Add("profile", info.Profile);
        if (info.Frames > 1) facts.Note("the first frame is used");
        if (info.Orientation != 1) facts.Note("width and height are those of the upright picture");
        return true;
    }
}
