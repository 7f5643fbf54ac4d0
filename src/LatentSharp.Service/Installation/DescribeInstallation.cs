using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using LatentSharp.Cpu.Simd;

namespace LatentSharp.Service.Installation;

/// <summary>Says what this installation has.</summary>
public static class DescribeInstallation
{
    /// <summary>Looks.</summary>
    /// <param name="program">The assembly of the program, whose version is told.</param>
    /// <param name="library">Opens the library of autoencoders.</param>
    /// <param name="home">The folder of the library, for when it cannot be opened.</param>
    public static InstallationFacts Run(Assembly program, Func<AutoencoderLibrary> library, string home)
    {
        ArgumentNullException.ThrowIfNull(program);
        ArgumentNullException.ThrowIfNull(library);
        string[] version = (program.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown")
            .Split('+', 2);
        string? pictures = null, pictureProblem = null, libraryProblem = null;
        try
        {
            pictures = PictureFormat.Describe();
        }
        catch (LatentSharpException e)
        {
            pictureProblem = e.What;
        }
        AutoencoderLibrary? opened = null;
        string? chosen = null;
        IReadOnlyList<string> folders = [];
        try
        {
            opened = library();
            (chosen, folders) = (opened.DefaultName, opened.Folders);
        }
        catch (LatentSharpException e)
        {
            libraryProblem = e.Message;
        }
        return new InstallationFacts(version[0], version.Length > 1 ? version[1] : null,
            RuntimeFeature.IsDynamicCodeCompiled ? RuntimeInformation.FrameworkDescription : $"{RuntimeInformation.FrameworkDescription}, native program",
            RuntimeInformation.OSDescription, RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant(),
            Environment.ProcessorCount, Vectors(() => SimdLevels.Chosen),
            SimdLevels.Widest.ToString(), GC.GetGCMemoryInfo().TotalAvailableMemoryBytes, pictures, pictureProblem, opened?.Home ?? home,
            chosen, folders, libraryProblem, [.. opened?.Models.Select(m => m.Name) ?? []]);
    }

    // The environment may ask for vectors that are not there.
    private static string Vectors(Func<SimdLevel> chosen)
    {
        try
        {
            return chosen().ToString();
        }
        catch (LatentSharpException e)
        {
            return e.What;
        }
    }
}
