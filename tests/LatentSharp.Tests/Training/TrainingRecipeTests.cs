using System.ComponentModel;
using LatentSharp.Tests.CommandLine;

namespace LatentSharp.Tests.Training;

/// <summary>
/// The recipe in <c>training</c> is Python; its own tests run here wherever Python with torch is installed, when <c>training</c> differs
/// from the main line (on the main line itself: from the commit before), or when git cannot tell. LATENTSHARP_LONG=1 runs them in any case.
/// </summary>
public sealed class TrainingRecipeTests : IDisposable
{
    private readonly Workplace place = new();

    public void Dispose() => place.Dispose();

    [Fact]
    public void The_recipes_own_tests_pass_a_short_training_among_them()
    {
        string? same = Environment.GetEnvironmentVariable("LATENTSHARP_LONG") == "1" ? null : UnchangedSince();
        if (same is not null) Assert.Skip($"training/ is as it was in commit {same}: its tests were not run (LATENTSHARP_LONG=1 runs them)");
        string? python = ((string[])["python3", "/usr/bin/python3", "python"]).FirstOrDefault(HasTorch);
        if (python is null)
            Assert.Skip("no Python with torch, numpy and Pillow: the training recipe was not tested (Debian: apt-get install python3-torch python3-pil "
                + "python3-numpy)");
        Workplace.Outcome outcome = place.Run(python!, "-B", "-m", "unittest", "discover", "-s", Repository.Path("training"));
        Assert.True(outcome.ExitCode == 0, outcome.Error);
        // Python 3.12 and later exit with 5 when no test was found; earlier ones say so only here.
        Assert.DoesNotContain("Ran 0 tests", outcome.Error, StringComparison.Ordinal);
    }

    // The commit with which training/ agrees, edits that are not committed included; null where it does not, or where git does not say.
    private string? UnchangedSince()
    {
        try
        {
            string? head = Git("rev-parse", "HEAD"), fork = Git("merge-base", "HEAD", "origin/main") ?? Git("merge-base", "HEAD", "main");
            string? before = fork is null || fork == head ? Git("rev-parse", "--verify", "--quiet", "HEAD~1") : fork;
            bool same = before is not null && Git("diff", "--name-only", before, "--", "training") == ""
                && Git("status", "--porcelain", "--", "training") == "";
            return same ? before![..9] : null;
        }
        catch (Win32Exception)   // there is no git
        {
            return null;
        }

        string? Git(params string[] arguments) => place.Run("git", ["-C", Repository.Root, .. arguments]) is { ExitCode: 0 } said
            ? said.Output.Trim() : null;
    }

    private bool HasTorch(string python)
    {
        try
        {
            return place.Run(python, "-c", "import numpy, PIL, torch").ExitCode == 0;
        }
        catch (Win32Exception)   // there is no such program
        {
            return false;
        }
    }
}
