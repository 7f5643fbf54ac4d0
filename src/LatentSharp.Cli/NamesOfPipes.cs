using System.Text;

namespace LatentSharp.Cli;

/// <summary>
/// Writes text in which files that pipes were read into go by the names of the pipes: the files' own names mean nothing to a user, and
/// the files are gone when the text is read.
/// </summary>
/// <param name="to">Where the text goes.</param>
/// <param name="names">What each file is to be called, by its path.</param>
internal sealed class NamesOfPipes(TextWriter to, IReadOnlyDictionary<string, string> names) : TextWriter(to.FormatProvider)
{
    public override Encoding Encoding => to.Encoding;

    public override void Write(char value) => to.Write(value);

    public override void Write(string? value) => to.Write(Named(value));

    public override void WriteLine(string? value) => to.WriteLine(Named(value));

    public override void Flush() => to.Flush();

    private string? Named(string? text)
    {
        if (text is null) return null;
        foreach ((string file, string name) in names) text = text.Replace(file, name, StringComparison.Ordinal);
        return text;
    }
}
