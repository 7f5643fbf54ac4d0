using LatentSharp.Tests;
using LatentSharp.Tests.CommandLine;
using LatentSharp.Tests.Readme;

// Started by the tests themselves, it runs `latent` commands or a sample of the documentation; otherwise it runs the tests.
if (args is [CommandHost.Argument]) return await CommandHost.ServeAsync();
if (args is [Sample.Argument, string program]) return Sample.Run(program);
return await Xunit.MicrosoftTestingPlatform.TestPlatformTestFramework.RunAsync(args, SelfRegisteredExtensions.AddSelfRegisteredExtensions);
