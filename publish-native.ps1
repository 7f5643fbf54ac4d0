# Makes `latent` a native program for this kind of machine, which needs no .NET and starts in milliseconds.
#   ./publish-native.ps1              for this processor: v4 if it has AVX-512, else v3
#   ./publish-native.ps1 v3           for x86-64-v3: every processor with AVX2 and FMA
#   ./publish-native.ps1 v4           for x86-64-v4: processors with AVX-512; on others the program refuses to start
#   ./publish-native.ps1 v3 FOLDER    to a folder of your choice instead of artifacts/native/PLATFORM-LEVEL
# Needs the .NET 10 SDK and, on Windows, the C++ build tools of Visual Studio. On arm64 there is one level, which goes without saying.
param([Parameter(ValueFromRemainingArguments)][string[]] $Arguments)

function Stop-With([string] $Message, [int] $Code) {
    [Console]::Error.WriteLine("publish-native: $Message")
    exit $Code
}

$rest = @($Arguments | Where-Object { $_ })
$platform = if ($IsMacOS) { 'osx' } elseif ($IsLinux) { 'linux' } else { 'win' }
if ($IsLinux -and (Get-ChildItem /lib -Filter 'ld-musl-*' -ErrorAction SilentlyContinue)) { $platform = 'linux-musl' }
$architecture = "$([Runtime.InteropServices.RuntimeInformation]::OSArchitecture)".ToLowerInvariant()
if ($architecture -notin 'x64', 'arm64') { Stop-With "there is no native compiler for $architecture." 2 }
$name = "$platform-$architecture"
$instructions = @()
if ($architecture -eq 'x64') {
    if ($rest.Count -eq 0) {
        $avx512 = 'System.Runtime.Intrinsics.X86.Avx512F' -as [type]   # PowerShell 7.4 and later know it
        $level = if ($avx512 -and $avx512::IsSupported) { 'v4' } else { 'v3' }
    }
    else {
        $level, $rest = $rest
        $rest = @($rest | Where-Object { $_ })
        if ($level -notin 'v3', 'v4') { Stop-With "`"$level`" is no level; expected v3 or v4." 2 }
    }
    $name = "$name-$level"
    $instructions = @("-p:IlcInstructionSet=x86-64-$level")
}
if ($rest.Count -gt 1) { Stop-With "a level and a folder are expected, not: $Arguments" 2 }
$folder = if ($rest.Count -eq 1) { $ExecutionContext.SessionState.Path.GetUnresolvedProviderPathFromPSPath($rest[0]) } else { Join-Path $PSScriptRoot "artifacts/native/$name" }

if (-not (Get-Command dotnet -ErrorAction SilentlyContinue)) { Stop-With 'dotnet was not found. Install the .NET 10 SDK: https://dotnet.microsoft.com/download' 1 }
[Console]::Error.WriteLine("compiling $name (a minute) ...")
Push-Location $PSScriptRoot
$output = dotnet publish src/LatentSharp.Cli -c Release -r "$platform-$architecture" -p:PublishAot=true @instructions -o $folder -v q --nologo 2>&1
$code = $LASTEXITCODE
Pop-Location
if ($code -ne 0) {
    $output | ForEach-Object { [Console]::Error.WriteLine("$_") }
    exit 1
}
Join-Path $folder $(if ($platform -eq 'win') { 'latent.exe' } else { 'latent' })
