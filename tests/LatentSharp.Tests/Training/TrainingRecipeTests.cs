using System.ComponentModel;
using LatentSharp.Tests.CommandLine;

namespace LatentSharp.Tests.Training;

/// <summary>The recipe in <c>training</c> is Python; its own tests run here wherever Python with torch is installed.</summary>
public sealed class TrainingRecipeTests : IDisposable
{
    private readonly Workplace place = new();

    public void Dispose() => place.Dispose();

    [Fact]
    public void The_recipes_own_tests_pass_a_short_training_among_them()
    {
        string? python = ((string[])["python3", "/usr/bin/python3", "python"]).FirstOrDefault(HasTorch);
        if (python is null) Assert.Skip("no Python with torch, numpy and Pillow: the training recipe was not tested (Debian: apt-get install python3-torch python3-pil python3-numpy)");
        Workplace.Outcome outcome = place.Run(python!, "-B", "-m", "unittest", "discover", "-s", Repository.Path("training"));
        Assert.True(outcome.ExitCode == 0, outcome.Error);
        // Python 3.12 and later exit with 5 when no test was found; earlier ones say so only here.
        Assert.DoesNotContain("Ran 0 tests", outcome.Error, StringComparison.Ordinal);
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
