using LatentSharp;
using LatentSharp.Tests;
using LatentSharp.Tests.Readme;

// Started by the tests themselves, it runs a sample of the documentation; otherwise it runs the tests.
if (args is [Sample.Argument, string program]) return Sample.Run(program);

// What the user of this machine keeps in the library's home is no part of any test.
string home = Directory.CreateTempSubdirectory("latentsharp-test-home-").FullName;
Environment.SetEnvironmentVariable(AutoencoderLibrary.HomeVariable, home);
try
{
    return await Xunit.MicrosoftTestingPlatform.TestPlatformTestFramework.RunAsync(args,
        SelfRegisteredExtensions.AddSelfRegisteredExtensions);
}
finally
{
    Directory.Delete(home, recursive: true);
}
