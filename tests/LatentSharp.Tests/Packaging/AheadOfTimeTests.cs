using System.Globalization;
using System.Runtime.InteropServices;
using LatentSharp.Tests.CommandLine;

namespace LatentSharp.Tests.Packaging;

/// <summary>
/// An application that references the package and is published ahead of time computes at full speed without a setting of its own. What the
/// build decides is asked of the build in seconds; with LATENTSHARP_LONG=1 the application is published and its processor time compared
/// with that of the same application run by .NET.
/// </summary>
[Collection(BuildsCollection.Name)]
public sealed class AheadOfTimeTests(Packages packages) : IDisposable
{
    private readonly Workplace place = new();

    // The compiler's own build files hand paths to the linker without quotes: no blanks.
    private readonly string cache = Directory.CreateTempSubdirectory("latentsharp-cache-").FullName;

    public void Dispose()
    {
        place.Dispose();
        Directory.Delete(cache, recursive: true);
    }

    [Fact]
    public void The_package_chooses_instructions_for_applications_that_do_not()
    {
        string application = Application(onlyLocal: true), asked = place.File("asked.proj");
        place.Run("dotnet", "restore", application, "-v", "q").Expect(0);
        (string Properties, string Vectors, string Preference)[] expected =
        [
            ("PublishAot=true;RuntimeIdentifier=linux-x64", "x86-64-v3", "Speed"),
            ("PublishAot=true;RuntimeIdentifier=win-x64", "x86-64-v3", "Speed"),
            ("PublishAot=true;RuntimeIdentifier=osx-arm64", "", "Speed"),
            ("PublishAot=true;RuntimeIdentifier=linux-x64;IlcInstructionSet=x86-64-v4", "x86-64-v4", "Speed"),
            ("PublishAot=true;RuntimeIdentifier=linux-x64;OptimizationPreference=Size", "x86-64-v3", "Size"),
            ("RuntimeIdentifier=linux-x64", "", ""),
        ];
        IEnumerable<string> questions = expected.Select(
            e => $"<MSBuild Projects=\"{application}\" Targets=\"Say\" Properties=\"{e.Properties}\"/>");
        File.WriteAllText(asked, $"<Project><Target Name=\"Ask\">{string.Concat(questions)}</Target></Project>");
        string[] said = [.. place.Run("dotnet", "msbuild", asked, "-t:Ask", "-v:m", "-nologo").Expect(0).Output.Split('\n')
            .Select(l => l.Trim()).Where(l => l.StartsWith("said ", StringComparison.Ordinal))];
        Assert.Equal(expected.Select(e => $"said {e.Vectors}, {e.Preference}."), said);
    }

    [Fact]
    public void A_published_application_computes_as_fast_as_dotnet_runs_it()
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("LATENTSHARP_LONG") == "1",
            "LATENTSHARP_LONG=1 publishes an application ahead of time, which takes a minute");
        string application = Application(onlyLocal: false);
        string kind = RuntimeInformation.RuntimeIdentifier;
        place.Run("dotnet", "publish", application, "-r", kind, "-p:PublishAot=true", "-o", place.File("native"), "-v", "q", "--nologo")
            .Expect(0);
        place.Run("dotnet", "build", application, "-c", "Release", "-o", place.File("managed"), "-v", "q", "--nologo").Expect(0);
        (string vectors, double native) =
            Run(Path.Combine(place.File("native"), OperatingSystem.IsWindows() ? "application.exe" : "application"));
        (string expected, double managed) = Run("dotnet", Path.Combine(place.File("managed"), "application.dll"));
        Assert.Equal(expected, vectors);
        // With the compiler's own choice of instructions it was eleven times as much: 70 s against 6 for a picture of 1024 x 1024.
        Assert.True(native < 2 * managed, $"{native:0.00} s of processor time ahead of time, {managed:0.00} s run by dotnet");

        (string Vectors, double Seconds) Run(string program, params string[] arguments)
        {
            // One width for both: level v3 has none of the 512-bit vectors that the JIT may find.
            if (RuntimeInformation.ProcessArchitecture == Architecture.X64) place.Environment["LATENTSHARP_SIMD"] = "256";
            string[] said = place.Run(program, [.. arguments, Repository.Path("assets/models/flux1-mini.safetensors")]).Expect(0).Output.Trim().Split(' ');
            return (said[0], double.Parse(said[1], CultureInfo.InvariantCulture));
        }
    }

    private string Application(bool onlyLocal)
    {
        string folder = Directory.CreateDirectory(place.File("application")).FullName;
        File.WriteAllText(Path.Combine(folder, "nuget.config"), $"""
            <configuration>
              <packageSources>{(onlyLocal ? "<clear/>" : "")}<add key="local" value="{packages.Folder}"/></packageSources>
              <config><add key="globalPackagesFolder" value="{cache}"/></config>
            </configuration>
            """);
        File.WriteAllText(Path.Combine(folder, "Program.cs"), """
            using System.Diagnostics;
            using System.Globalization;
            using System.Runtime.Intrinsics;
            using LatentSharp;

            using Autoencoder ae = Autoencoder.Open(args[0]);
            ae.Decode(ae.Encode(new ImageTensor(1, 384, 384)));
            double seconds = Process.GetCurrentProcess().TotalProcessorTime.TotalSeconds;
            Console.WriteLine($"{(Vector256.IsHardwareAccelerated ? 256 : 128)} {seconds.ToString(CultureInfo.InvariantCulture)}");
            """);
        File.WriteAllText(Path.Combine(folder, "application.csproj"), $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <Nullable>enable</Nullable>
                <ImplicitUsings>enable</ImplicitUsings>
                <InvariantGlobalization>true</InvariantGlobalization>
              </PropertyGroup>
              <ItemGroup><PackageReference Include="LatentSharp" Version="{packages.Version("LatentSharp")}" /></ItemGroup>
              <Target Name="Say"><Message Importance="high" Text="said $(IlcInstructionSet), $(OptimizationPreference)." /></Target>
            </Project>
            """);
        return Path.Combine(folder, "application.csproj");
    }
}
