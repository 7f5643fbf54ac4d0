using System.CommandLine;

namespace LatentSharp.Cli.Commands;

/// <summary>
/// <c>latent completions</c>: scripts that let a shell complete commands and options. The program itself is asked what may follow.
/// </summary>
internal sealed class CompletionsCommand : LatentCommand
{
    private static readonly Dictionary<string, string> Scripts = new(StringComparer.OrdinalIgnoreCase)
    {
        ["bash"] = """
            # latent completions bash > ~/.local/share/bash-completion/completions/latent
            _latent() {
                local IFS=$'\n' word="$2" found
                found="$("$1" "[suggest:${COMP_POINT}]" "${COMP_LINE}" 2>/dev/null)"
                # Options are for those who have begun one; files come where nothing else fits.
                [[ "${word}" == -* ]] || found="$(grep -v '^-' <<< "${found}")"
                COMPREPLY=($(compgen -W "${found}" -- "${word}"))
                [ ${#COMPREPLY[@]} -eq 0 ] && COMPREPLY=($(compgen -f -- "${word}"))
            }
            complete -o filenames -F _latent latent
            """,
        ["zsh"] = """
            #compdef latent
            # latent completions zsh > a folder of $fpath, as _latent
            _latent() {
                local line="${(j: :)words[1,CURRENT]}" word="${words[CURRENT]}"
                local -a found=("${(@f)$("${words[1]}" "[suggest:${#line}]" "${line}" 2>/dev/null)}")
                [[ "${word}" == -* ]] || found=("${(@)found:#-*}")
                [[ -n "${found[*]}" ]] && compadd -- "${found[@]}"
                [[ "${word}" == -* ]] || _files
            }
            # The first completion loads this file as the function itself; "source" only registers it.
            if [[ "${funcstack[1]}" == _latent ]]; then _latent; else compdef _latent latent; fi
            """,
        ["fish"] = """
            # latent completions fish > ~/.config/fish/completions/latent.fish
            function __latent_complete
                set -l line (commandline -cp)
                set -l found (latent "[suggest:"(string length -- "$line")"]" "$line" 2>/dev/null)
                if string match -q -- '-*' (commandline -ct)
                    string match -- '-*' $found
                else
                    string match -v -- '-*' $found
                end
            end
            complete -c latent -a '(__latent_complete)'
            """,
        ["powershell"] = """
            # latent completions powershell >> $PROFILE
            Register-ArgumentCompleter -Native -CommandName latent -ScriptBlock {
                param($word, $ast, $position)
                latent "[suggest:$($position - $ast.Extent.StartOffset)]" "$ast" 2>$null |
                    Where-Object { $_ -like "$word*" -and ($word -like '-*' -or $_ -notlike '-*') } |
                    ForEach-Object { [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_) }
            }
            """,
    };

    private readonly Argument<string> shell = new("SHELL") { Description = "bash, zsh, fish or powershell." };

    internal CompletionsCommand() : base("completions", "Print a script that lets a shell complete commands and options.",
        "latent completions bash > ~/.local/share/bash-completion/completions/latent", "latent completions fish > ~/.config/fish/completions/latent.fish")
    {
        shell.AcceptOnlyFromAmong(StringComparer.OrdinalIgnoreCase, [.. Scripts.Keys]);
        Add(shell);
    }

    /// <inheritdoc/>
    protected override void Run(ParseResult arguments, Output output, CancellationToken cancellationToken)
        => output.Line(Scripts[arguments.GetRequiredValue(shell)]);
}
