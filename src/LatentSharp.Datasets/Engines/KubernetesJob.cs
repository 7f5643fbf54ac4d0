using System.Globalization;

namespace LatentSharp.Datasets.Engines;

/// <summary>
/// An Indexed Job of Kubernetes (1.33 or later, for retries of each index): every index does its part of a fixed number of parts, on one
/// volume that all of them mount.
/// </summary>
/// <param name="Command">The encoding command with its words, without the part.</param>
/// <param name="Parts">How many parts there are.</param>
/// <param name="Cores">Cores of each pod.</param>
/// <param name="Memory">Memory of each pod as Kubernetes writes it, such as <c>8Gi</c>; null for no request.</param>
/// <param name="Image">The container image that has <c>latent</c>.</param>
/// <param name="Claim">The claim of the volume.</param>
/// <param name="Mount">Where the volume is mounted.</param>
internal sealed record KubernetesJob(IReadOnlyList<string> Command, int Parts, int Cores, string? Memory, string Image,
    string Claim, string Mount)
{
    private const int Retries = 6;

    /// <summary>The manifest, as YAML.</summary>
    public string Text()
    {
        string command = string.Create(CultureInfo.InvariantCulture,
            $"{ShellCommand.Words(Command)} --quiet --threads {Cores} --shard \"$JOB_COMPLETION_INDEX/{Parts}\"");
        string script = ShellCommand.Run(command, "exit 75");
        return $$"""
            apiVersion: batch/v1
            kind: Job
            metadata:
              generateName: latent-dataset-
            spec:
              completionMode: Indexed
              completions: {{Parts}}
              parallelism: {{Parts}}
              backoffLimitPerIndex: {{Retries}}
              podFailurePolicy:
                rules:
                - action: Ignore          # drained or preempted: the pod is made again, and goes on
                  onPodConditions:
                  - type: DisruptionTarget
                - action: FailJob         # wrong options, a source that is not there, another autoencoder: no retry helps
                  onExitCodes:
                    containerName: latent
                    operator: In
                    values: [2, 4, 5]
              template:
                spec:
                  restartPolicy: Never
                  terminationGracePeriodSeconds: 30
                  containers:
                  - name: latent
                    image: {{Text(Image)}}
                    command: ["/bin/sh", "-c"]
                    args:
                    - |
            {{Indented(script, 10)}}
                    resources:
                      requests: {cpu: "{{Cores}}"{{(Memory is null ? "" : $", memory: {Text(Memory)}")}}}
                    volumeMounts:
                    - {name: data, mountPath: {{Text(Mount)}}}
                  volumes:
                  - name: data
                    persistentVolumeClaim: {claimName: {{Text(Claim)}}}

            """.ReplaceLineEndings("\n");
    }

    private static string Indented(string text, int columns)
        => string.Join('\n', text.Split('\n').Select(l => l.Length == 0 ? l : new string(' ', columns) + l));

    // A double-quoted scalar.
    private static string Text(string value)
        => $"\"{value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
}
