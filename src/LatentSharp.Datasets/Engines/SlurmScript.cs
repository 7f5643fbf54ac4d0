using System.Globalization;

namespace LatentSharp.Datasets.Engines;

/// <summary>The batch script of a Slurm job array: every task does the part of its own number of a fixed number of parts.</summary>
/// <param name="Command">The encoding command with its words, without the part.</param>
/// <param name="Parts">How many parts there are.</param>
/// <param name="Cores">Cores of each task.</param>
/// <param name="Memory">Memory of each task as Slurm writes it, such as <c>8G</c>; null for the site's.</param>
/// <param name="Time">The longest that a task may run, as Slurm writes it; null for the site's.</param>
/// <param name="Partition">The partition; null for the site's.</param>
internal sealed record SlurmScript(IReadOnlyList<string> Command, int Parts, int Cores, string? Memory, string? Time, string? Partition)
{
    // Between the warning and the end of its time, a task drops the pictures under way and asks to be run again.
    private const int Warning = 60;

    /// <summary>The script.</summary>
    public string Text()
    {
        string[] options =
        [
            "--job-name=latent-dataset", string.Create(CultureInfo.InvariantCulture, $"--array=0-{Parts - 1}"),
            string.Create(CultureInfo.InvariantCulture, $"--cpus-per-task={Cores}"), .. Given("mem", Memory), .. Given("time", Time),
            .. Given("partition", Partition), "--requeue", "--open-mode=append",
            string.Create(CultureInfo.InvariantCulture, $"--signal=B:TERM@{Warning}"),
        ];
        string command = $"{ShellCommand.Words(Command)} --quiet --threads \"${{SLURM_CPUS_PER_TASK:-{Cores}}}\" "
            + $"--shard \"$SLURM_ARRAY_TASK_ID/{Parts}\"";
        return $"""
            #!/bin/bash
            {string.Join('\n', options.Select(o => "#SBATCH " + o))}

            # Each task does the pictures that its own number owns, of {Parts} parts: a task may run again, alone or twice at once, and what
            # is there already is left. To run one again: sbatch --array=5 THIS-SCRIPT

            {ShellCommand.Run(command, "scontrol requeue \"${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID\" || exit 75")}

            """.ReplaceLineEndings("\n");
    }

    private static IEnumerable<string> Given(string name, string? value) => value is null ? [] : [$"--{name}={value}"];
}
