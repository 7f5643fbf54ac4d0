using System.Diagnostics;
using System.Reflection;

namespace LatentSharp.Tests.Readme;

/// <summary>
/// A C# sample of the documentation: compiled by the SDK's compiler as a project with the default settings would, against the assemblies
/// under test.
/// </summary>
internal static class Sample
{
    /// <summary>The argument that makes the test program run a compiled sample.</summary>
    internal const string Argument = "run-sample";

    // What <ImplicitUsings> of a console project brings.
    private const string ImplicitUsings = """
        global using System;
        global using System.Collections.Generic;
        global using System.IO;
        global using System.Linq;
        global using System.Net.Http;
        global using System.Threading;
        global using System.Threading.Tasks;
        """;

    private static readonly string Compiler = typeof(Sample).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(a => a.Key == "Compiler").Value!;

    /// <summary>
    /// Compiles programs or libraries; fails the test with the compiler's messages where that does not go without a warning.
    /// </summary>
    /// <param name="text">The source text.</param>
    /// <param name="output">The path of the assembly to write.</param>
    /// <param name="references">The assemblies of ours that it may use, by name; they bring what they themselves depend on.</param>
    /// <param name="library">Whether it has no entry point.</param>
    public static void Compile(string text, string output, IEnumerable<string> references, bool library = false)
    {
        string source = Path.ChangeExtension(output, ".cs"), usings = Path.ChangeExtension(output, ".usings.cs"),
            response = Path.ChangeExtension(output, ".rsp");
        File.WriteAllText(source, text);
        File.WriteAllText(usings, ImplicitUsings);
        IEnumerable<string> framework = Directory.EnumerateFiles(Path.GetDirectoryName(typeof(object).Assembly.Location)!, "*.dll")
            .Where(f => Path.GetFileName(f).StartsWith("System.", StringComparison.Ordinal)
                && !f.Contains(".Native.", StringComparison.Ordinal) || Path.GetFileName(f) is "netstandard.dll");
        IEnumerable<string> ours = references.Select(r => Path.Combine(AppContext.BaseDirectory, r + ".dll"));
        File.WriteAllLines(response,
            ["-nologo", "-nostdlib", "-warnaserror", "-nullable:enable", "-optimize", $"-target:{(library ? "library" : "exe")}",
                $"-out:\"{output}\"",
            $"\"{source}\"", $"\"{usings}\"", .. framework.Concat(ours).Select(f => $"-reference:\"{f}\"")]);
        using Process process =
            Process.Start(new ProcessStartInfo("dotnet", [Compiler, "-noconfig", "@" + response])
            {
                RedirectStandardOutput = true,
                WorkingDirectory = AppContext.BaseDirectory
            })!;
        string said = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, said);
    }

    /// <summary>The arguments of <c>dotnet</c> that run a compiled program beside the assemblies under test.</summary>
    public static string[] Command(string program) => [typeof(Sample).Assembly.Location, Argument, program];

    /// <summary>The other side of <see cref="Command"/>.</summary>
    public static int Run(string program)
    {
        MethodInfo entry = Assembly.LoadFrom(program).EntryPoint!;
        // The entry point of a program that awaits is one that waits for it.
        entry.Invoke(null, BindingFlags.DoNotWrapExceptions, null, entry.GetParameters().Length == 0 ? [] : [Array.Empty<string>()], null);
        return 0;
    }
}
