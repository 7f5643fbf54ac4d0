using LatentSharp.Cli;

// .NET's console switches the keys of the terminal that it finds into the mode for applications (ESC [?1h ESC =) when it is first written
// to, and nothing switches them back. What it does not know of the terminal it does not do; nothing here is drawn by its description.
Environment.SetEnvironmentVariable("TERM", null);

return await CommandLine.RunAsync(args);
