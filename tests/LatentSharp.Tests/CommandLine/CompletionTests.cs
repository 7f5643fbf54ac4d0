namespace LatentSharp.Tests.CommandLine;

/// <summary>
/// What <c>latent completions</c> prints, in the shells themselves: bash, and zsh, fish and PowerShell where they are installed. Each is
/// asked what may follow a line, in a folder with two pictures.
/// </summary>
[Collection(CommandsCollection.Name)]
public sealed class CompletionTests : IDisposable
{
    private readonly Workplace place = new();

    public void Dispose() => place.Dispose();

    /// <summary>The lines, and what is offered: commands, values and options by the program, files by the shell.</summary>
    private static readonly (string Line, string[] Offered, string? NotOffered)[] Cases =
    [
        ("latent enc", ["encode"], "decode"),
        ("latent encode --o", ["--output"], "--ae"),
        ("latent encode --dtype bf1", ["bf16"], "f16"),
        ("latent encode ph", ["photo.png"], "plain.txt"),
        ("latent completions f", ["fish"], "zsh"),
    ];

    // The word that is being completed is the last of the line; bash-completion, where it is installed, does the same.
    private const string Bash = """
        source ./script
        while IFS= read -r COMP_LINE; do
            COMP_POINT=${#COMP_LINE}; IFS=' ' read -ra COMP_WORDS <<< "$COMP_LINE"
            COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); COMPREPLY=()
            _latent latent "${COMP_WORDS[COMP_CWORD]}"
            for reply in "${COMPREPLY[@]}"; do echo "$COMP_LINE|$reply"; done
        done < lines
        """;

    // A terminal of its own, in which the first completion loads the script from a folder of $fpath.
    private const string Zsh = """
        zmodload zsh/zpty
        mkdir own; cp script own/_latent
        cat > setup <<'END'
        fpath=($PWD/own $fpath)
        autoload -Uz compinit
        compinit -u -D
        accepted() { print -r -- "<$BUFFER>"; BUFFER=; zle .accept-line }
        zle -N accept-line accepted
        bindkey '^I' complete-word
        bindkey '^X' accept-line
        print ready
        END
        while IFS= read -r line; do
            zpty shell 'PS1= TERM=dumb zsh -f -i'
            zpty -w shell 'source ./setup'
            zpty -r -m shell waited '*ready*'
            zpty -w -n shell "$line"$'\t\x18'
            zpty -r -m shell answer '*<*>*'
            print -r -- "$line|${${answer#*<}%%>*}"
            zpty -d shell
        done < lines
        """;

    private const string Fish = """
        source ./script
        while read -l line
            for reply in (complete -C "$line")
                echo "$line|"(string split \t -- $reply)[1]
            end
        end < lines
        """;

    private const string PowerShell = """
        . ([scriptblock]::Create((Get-Content -Raw ./script)))
        foreach ($line in Get-Content ./lines) {
            (TabExpansion2 $line $line.Length).CompletionMatches | ForEach-Object { "$line|$($_.CompletionText)" }
        }
        """;

    [Theory]
    [InlineData("bash", "bash", Bash)]
    [InlineData("zsh", "zsh", Zsh)]
    [InlineData("fish", "fish", Fish)]
    [InlineData("powershell", "pwsh", PowerShell)]
    public void A_shell_completes_commands_values_options_and_files(string shell, string program, string asks)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows() || Workplace.IsOtherProgram, "the shells are asked about the program of the tests");
        string[] path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':');
        Assert.SkipUnless(path.Any(p => File.Exists(Path.Combine(p, program))), $"{program} is not installed");
        File.WriteAllText(place.File("script"), place.Latent("completions", shell).Expect(0).Output);
        foreach (string file in (string[])["photo.png", "plain.txt"]) File.WriteAllText(place.File(file), "");
        File.WriteAllLines(place.File("lines"), Cases.Select(c => c.Line));
        File.WriteAllText(place.File("asks.ps1"), asks);

        // `latent` is found on the path, as it is where it was installed.
        string latent = Path.Combine(Directory.CreateDirectory(place.File("on-the-path")).FullName, "latent");
        File.WriteAllText(latent, $"#!/bin/sh\nexec dotnet '{Path.Combine(AppContext.BaseDirectory, "latent.dll")}' \"$@\"\n");
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(latent, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        place.Environment["PATH"] = string.Join(':', [place.File("on-the-path"), .. path]);
        place.Environment["HOME"] = place.File("home");
        Directory.CreateDirectory(place.Home);
        Workplace.Outcome outcome = place.Run(program, program is "pwsh" ? ["-NoProfile", "-File", "asks.ps1"] : ["asks.ps1"]).Expect(0);

        string[] said = [.. outcome.Output.Split('\n').Select(l => l.TrimEnd('\r'))];
        foreach ((string line, string[] offered, string? notOffered) in Cases)
        {
            string[] replies = [.. said.Where(s => s.StartsWith(line + "|", StringComparison.Ordinal)).Select(s => s[(line.Length + 1)..])];
            Assert.All(offered, o => Assert.True(replies.Any(r => r.Contains(o, StringComparison.Ordinal)),
                $"{shell}: {line} offers {string.Join(", ", replies)}\n{outcome.Output}\n{outcome.Error}"));
            Assert.DoesNotContain(replies, r => notOffered is not null && r.EndsWith("/" + notOffered, StringComparison.Ordinal) || r == notOffered);
        }
    }
}
