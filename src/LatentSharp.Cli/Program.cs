using LatentSharp.Cli;

return await CommandLine.RunAsync(args);
