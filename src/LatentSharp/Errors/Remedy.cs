namespace LatentSharp;

/// <summary>What can be done about an error, as a program sees it.</summary>
public enum RemedyKind
{
    /// <summary>Whatever the text says; nothing that a program could do or offer.</summary>
    Advice,
    /// <summary>Look at what a file holds: <see cref="Remedy.Subject"/> is the file.</summary>
    InspectFile,
    /// <summary>
    /// Name another autoencoder: <see cref="Remedy.Subject"/> is its name, its path, or the latent space that it has to speak; null when
    /// any will do.
    /// </summary>
    UseAutoencoder,
    /// <summary>
    /// Make an autoencoder known under a name: <see cref="Remedy.Subject"/> is the file, or its name where nobody knows yet where it lies.
    /// </summary>
    RegisterAutoencoder,
    /// <summary>See which autoencoders there are.</summary>
    ListAutoencoders,
    /// <summary>
    /// Give an option another value: <see cref="Remedy.Subject"/> is its name, in the words of the request (<c>layout</c>, <c>family</c>,
    /// <c>memory</c>).
    /// </summary>
    GiveOption,
    /// <summary>Turn a picture into a latent first: <see cref="Remedy.Subject"/> is the picture.</summary>
    EncodePicture,
    /// <summary>Turn a latent into a picture first: <see cref="Remedy.Subject"/> is the latent file.</summary>
    DecodeLatent,
    /// <summary>
    /// Make a quality report, again or for the first time: <see cref="Remedy.Subject"/> is the autoencoder, where it is known.
    /// </summary>
    MakeReport,
    /// <summary>Recalibrate an autoencoder: <see cref="Remedy.Subject"/> is the autoencoder, where it is known.</summary>
    Recalibrate,
    /// <summary>Train an autoencoder further: <see cref="Remedy.Subject"/> is the autoencoder, where it is known.</summary>
    Finetune,
    /// <summary>See what a picture of a size takes before it is computed.</summary>
    PlanPicture,
    /// <summary>Make a folder of models known, so that what lies in it is found by name.</summary>
    RegisterFolder,
    /// <summary>Write a latent anew so that it says what it is: <see cref="Remedy.Subject"/> is the latent file.</summary>
    MendLatent,
    /// <summary>The same, laid out by the size of its picture, which has to be said.</summary>
    LayOutLatent,
    /// <summary>The same, with the scale and shift of its space applied, which were forgotten.</summary>
    ScaleLatent,
}

/// <summary>
/// What can be done about an error. The text is for people and names no command and no option of any program; a program that has them says
/// how to do it there, by <see cref="Kind"/> and <see cref="Subject"/>: the command line as a command to type, a service as a link.
/// </summary>
/// <param name="Kind">What can be done.</param>
/// <param name="Text">The same in a sentence for people.</param>
/// <param name="Subject">What it is done to; null when that is not known or nothing in particular.</param>
public sealed record Remedy(RemedyKind Kind, string Text, string? Subject = null)
{
    /// <summary>Advice in words alone.</summary>
    /// <param name="text">A sentence; null for no remedy.</param>
    public static implicit operator Remedy?(string? text) => FromString(text);

    /// <summary>Advice in words alone; null for no text.</summary>
    public static Remedy? FromString(string? text) => text is null ? null : new Remedy(RemedyKind.Advice, text);

    /// <summary>The text.</summary>
    public override string ToString() => Text;

    /// <summary>Look at what a file holds.</summary>
    internal static Remedy Inspect(string file, string text = "Inspect it to see what it holds.") => new(RemedyKind.InspectFile, text, file);

    /// <summary>The answer to tensors that are not those of the network that was expected.</summary>
    internal static Remedy OtherArchitecture(string file)
        => Inspect(file, "The file is damaged, incomplete or of another architecture; inspect it to see what it holds.");
}
