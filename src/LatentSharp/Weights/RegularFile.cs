using System.Runtime.InteropServices;

namespace LatentSharp.Weights;

/// <summary>
/// Files that can be read twice and from any place. Pipes, devices and sockets are told apart before they are opened: to open a pipe that
/// nobody writes to blocks for ever, and to open and close one that somebody writes to ends the writer.
/// </summary>
internal static partial class RegularFile
{
    // st_mode, the same on Linux and macOS.
    private const int TypeMask = 0xF000, Pipe = 0x1000, CharacterDevice = 0x2000, BlockDevice = 0x6000, Socket = 0xC000;

    private const int CurrentFolder = -100;         // AT_FDCWD of Linux
    private const uint TypeWanted = 1, MarksWanted = 0x180;         // STATX_TYPE; STATX_INO and STATX_CTIME
    private const int StatxSize = 256, StatxMode = 28, StatxInode = 32, StatxChanged = 96, StatSize = 256, MacMode = 4;

    /// <summary>Opens a file for reading.</summary>
    /// <exception cref="LatentSharpException">It is a pipe, a device or a socket.</exception>
    /// <exception cref="IOException">As <see cref="File.OpenRead(string)"/>.</exception>
    public static FileStream OpenRead(string path)
    {
        Require(path);
        return File.OpenRead(path);
    }

    /// <summary>Refuses what is there but is no regular file. Says nothing of folders and of what is not there.</summary>
    /// <exception cref="LatentSharpException">It is a pipe, a device or a socket.</exception>
    public static void Require(string path)
    {
        if (Other(path) is not { } what) return;
        throw new LatentSharpException(ErrorKind.BadInput, path, $"a regular file was expected, this is {what}.",
            "Write its content to a file first, and name that.");
    }

    /// <summary>Refuses to replace what is there by a regular file when it is none.</summary>
    /// <exception cref="LatentSharpException">A pipe, a device or a socket is there.</exception>
    public static void RequireReplaceable(string path)
    {
        if (Other(path) is not { } what) return;
        throw new LatentSharpException(ErrorKind.BadInput, path, $"a file is to be written here, but this is {what}.", "Give the name of a file.");
    }

    /// <summary>Whether it is there but is neither a regular file nor a folder.</summary>
    public static bool IsSpecial(string path) => Other(path) is not null;

    /// <summary>Whether it is a pipe: a named one, or the shell's <c>&lt;(...)</c>.</summary>
    public static bool IsPipe(string path) => (Mode(path) & TypeMask) == Pipe;

    /// <summary>
    /// The number of a file on its disk and the time of the last change of anything about it, links followed; null where they are not to be
    /// had. Asked on Linux only.
    /// </summary>
    public static (ulong Inode, DateTime Changed)? Marks(string path)
    {
        if (!OperatingSystem.IsLinux() || path.Contains('\0', StringComparison.Ordinal)) return null;
        try
        {
            Span<byte> status = stackalloc byte[StatxSize];
            if (Statx(CurrentFolder, path, 0, MarksWanted, status) != 0
                || (MemoryMarshal.Read<uint>(status) & MarksWanted) != MarksWanted) return null;
            long seconds = MemoryMarshal.Read<long>(status[StatxChanged..]);
            uint nanoseconds = MemoryMarshal.Read<uint>(status[(StatxChanged + sizeof(long))..]);
            return (MemoryMarshal.Read<ulong>(status[StatxInode..]),
                DateTime.UnixEpoch.AddSeconds(seconds).AddTicks(nanoseconds / TimeSpan.NanosecondsPerTick));
        }
        catch (EntryPointNotFoundException)
        {
            return null;    // as for the mode
        }
    }

    private static string? Other(string path) => (Mode(path) & TypeMask) switch
    {
        Pipe => "a pipe",
        CharacterDevice or BlockDevice => "a device",
        Socket => "a socket",
        _ => null,
    };

    /// <summary>The file's mode bits where links lead; 0 when it is not there, and on systems without such files.</summary>
    private static int Mode(string path)
    {
        if (path.Contains('\0', StringComparison.Ordinal)) return 0;
        try
        {
            if (OperatingSystem.IsLinux())
            {
                Span<byte> status = stackalloc byte[StatxSize];
                return Statx(CurrentFolder, path, 0, TypeWanted, status) == 0 ? MemoryMarshal.Read<ushort>(status[StatxMode..]) : 0;
            }
            if (OperatingSystem.IsMacOS())
            {
                Span<byte> status = stackalloc byte[StatSize];
                bool there = RuntimeInformation.ProcessArchitecture == Architecture.X64
                    ? StatX64(path, status) == 0 : Stat(path, status) == 0;
                return there ? MemoryMarshal.Read<ushort>(status[MacMode..]) : 0;
            }
        }
        catch (EntryPointNotFoundException)
        {
            // A C library older than 2018. Regular files, all but always, are read as before.
        }
        return 0;
    }

    // struct statx has one layout on every processor, unlike struct stat (linux/stat.h).
    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Statx(int folder, string path, int flags, uint mask, Span<byte> status);

    [LibraryImport("libc", EntryPoint = "stat", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Stat(string path, Span<byte> status);

    [LibraryImport("libc", EntryPoint = "stat$INODE64", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int StatX64(string path, Span<byte> status);
}
