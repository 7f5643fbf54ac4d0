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
                local IFS=$'\n' line="${COMP_LINE}" point="${COMP_POINT}" word="${COMP_WORDS[COMP_CWORD]}"
                COMPREPLY=($(compgen -W "$(latent "[suggest:${point}]" "${line}" 2>/dev/null)" -- "${word}"))
                [ ${#COMPREPLY[@]} -eq 0 ] && COMPREPLY=($(compgen -f -- "${word}"))
            }
            complete -o filenames -F _latent latent
            """,
        ["zsh"] = """
            #compdef latent
            # latent completions zsh > a folder of $fpath, as _latent
            _latent() {
                local -a found
                found=("${(@f)$(latent "[suggest:${CURSOR}]" "${BUFFER}" 2>/dev/null)}")
                [[ -n "${found[1]}" ]] && compadd -- "${found[@]}"
                _files
            }
            compdef _latent latent
            """,
        ["fish"] = """
            # latent completions fish > ~/.config/fish/completions/latent.fish
            function __latent_complete
                set -l line (commandline -cp)
                latent "[suggest:"(string length -- "$line")"]" "$line" 2>/dev/null
            end
            complete -c latent -a '(__latent_complete)'
            """,
        ["powershell"] = """
            # latent completions powershell >> $PROFILE
            Register-ArgumentCompleter -Native -CommandName latent -ScriptBlock {
                param($word, $ast, $position)
                latent "[suggest:$position]" "$ast" 2>$null | Where-Object { $_ -like "$word*" } |
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
