using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using LatentSharp.Tests.CommandLine;

namespace LatentSharp.Tests.Datasets;

/// <summary>
/// A Slurm of its own: munged, slurmctld and two nodes of slurmd on this machine, in a folder of the test's, ended with it. Debian has them
/// as slurmctld, slurmd, slurm-client and munge.
/// </summary>
internal sealed class OwnSlurm : IDisposable
{
    private readonly Workplace place;
    private readonly string folder;

    private OwnSlurm(Workplace place) => (this.place, folder) = (place, Directory.CreateTempSubdirectory("latent-slurm-").FullName);

    /// <summary>The names of the nodes.</summary>
    public static IReadOnlyList<string> Nodes { get; } = ["n1", "n2"];

    /// <summary>Starts it; skips the running test where it is not installed. Programs of the workplace find it from then on.</summary>
    public static OwnSlurm Start(Workplace place)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.UserName == "root", "Slurm's nodes are started as root, on Linux");
        foreach (string program in (string[])["/usr/sbin/munged", "/usr/sbin/slurmctld", "/usr/sbin/slurmd", "/usr/bin/sbatch"])
            Assert.SkipUnless(File.Exists(program), $"{program} is not installed (slurmctld, slurmd, slurm-client, munge)");
        var slurm = new OwnSlurm(place);
        try
        {
            slurm.Begin();
            return slurm;
        }
        catch
        {
            slurm.Dispose();
            throw;
        }
    }

    /// <summary>Submits a script, and gives the job's number.</summary>
    public int Submit(params string[] arguments)
    {
        string said = place.Run("sbatch", ["--parsable", .. arguments]).Expect(0).Output;
        return int.Parse(said.Trim(), CultureInfo.InvariantCulture);
    }

    /// <summary>Waits until no task of a job is left.</summary>
    public void Wait(int job, TimeSpan limit)
    {
        var watch = Stopwatch.StartNew();
        while (Queue(job).Length > 0)
        {
            if (watch.Elapsed > limit)
                throw new TimeoutException($"job {job} did not end within {limit}:\n{string.Join('\n', Queue(job))}\n{File.ReadAllText(At("ctld.log"))}");
            Thread.Sleep(250);
        }
    }

    /// <summary>The tasks of a job that have not ended: number, state, node.</summary>
    public string[] Queue(int job)
        => place.Run("squeue", "--noheader", "--array", $"--jobs={job}", "--format=%K %T %N").Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Ends a node at once, with all that runs there, as when its power fails.</summary>
    public void Kill(string node)
    {
        List<int> doomed = [Pid($"slurmd.{node}.pid")];
        foreach (string process in Directory.EnumerateDirectories("/proc").Where(d => int.TryParse(Path.GetFileName(d), out _)))
        {
            string environment = ReadProcess(process, "environ"), status = ReadProcess(process, "stat");
            if (!environment.Contains($"SLURMD_NODENAME={node}\0", StringComparison.Ordinal)) continue;
            if (!environment.Contains(folder, StringComparison.Ordinal)) continue;
            doomed.Add(int.Parse(Path.GetFileName(process), CultureInfo.InvariantCulture));
            // The script's parent is the node's keeper of the step.
            int parent = int.Parse(status[(status.LastIndexOf(')') + 4)..].Split(' ')[0], CultureInfo.InvariantCulture);
            if (ReadProcess($"/proc/{parent}", "comm").StartsWith("slurmstepd", StringComparison.Ordinal)) doomed.Insert(0, parent);
        }
        foreach (int pid in doomed.Distinct()) place.Run("kill", "-KILL", $"{pid}");
    }

    public void Dispose()
    {
        foreach (string pid in (string[])["slurmd.n1.pid", "slurmd.n2.pid", "ctld.pid", "munged.pid"])
            if (File.Exists(At(pid))) place.Run("kill", "-KILL", $"{Pid(pid)}");
        Directory.Delete(folder, recursive: true);
    }

    private void Begin()
    {
        string host = Environment.MachineName.Split('.')[0];
        File.WriteAllBytes(At("munge.key"), RandomNumberGenerator.GetBytes(1024));
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(At("munge.key"), UnixFileMode.UserRead);
        Directory.CreateDirectory(At("state"));
        int cores = Environment.ProcessorCount;
        int[] ports = FreePorts(1 + Nodes.Count);
        File.WriteAllText(At("slurm.conf"), $"""
            ClusterName=latent
            SlurmctldHost={host}(127.0.0.1)
            AuthType=auth/munge
            AuthInfo=socket={At("munge.sock")},cred_expire=5
            CredType=cred/munge
            SlurmUser=root
            SlurmdUser=root
            SlurmctldPort={ports[0]}
            StateSaveLocation={At("state")}
            SlurmctldPidFile={At("ctld.pid")}
            SlurmctldLogFile={At("ctld.log")}
            SlurmdPidFile={At("slurmd.%n.pid")}
            SlurmdLogFile={At("slurmd.%n.log")}
            SlurmdSpoolDir={At("spool.%n")}
            ProctrackType=proctrack/linuxproc
            TaskPlugin=task/none
            SwitchType=switch/none
            MpiDefault=none
            AccountingStorageType=accounting_storage/none
            JobAcctGatherType=jobacct_gather/none
            SelectType=select/cons_tres
            SelectTypeParameters=CR_CPU
            SchedulerParameters=sched_interval=1,batch_sched_delay=0
            SlurmdParameters=config_overrides
            SlurmdTimeout=4
            ReturnToService=2
            NodeName=n1 NodeHostname={host} NodeAddr=127.0.0.1 Port={ports[1]} CPUs={cores}
            NodeName=n2 NodeHostname={host} NodeAddr=127.0.0.1 Port={ports[2]} CPUs={cores}
            PartitionName=all Nodes=n1,n2 Default=YES State=UP

            """.ReplaceLineEndings("\n"));
        place.Environment["SLURM_CONF"] = At("slurm.conf");
        place.Run("/usr/sbin/munged", "--force", "--socket=" + At("munge.sock"), "--key-file=" + At("munge.key"), "--pid-file=" + At("munged.pid"),
            "--log-file=" + At("munged.log"), "--seed-file=" + At("munged.seed")).Expect(0);
        Daemon("/usr/sbin/slurmctld");
        foreach (string node in Nodes) Daemon($"/usr/sbin/slurmd -N {node}");
        var watch = Stopwatch.StartNew();
        while (place.Run("sinfo", "--noheader", "--Node", "--format=%T").Output.Split('\n').Count(s => s == "idle") < Nodes.Count)
        {
            if (watch.Elapsed > TimeSpan.FromSeconds(30)) throw new TimeoutException("the nodes did not come up\n" + File.ReadAllText(At("ctld.log")));
            Thread.Sleep(100);
        }
    }

    // It goes on in the background; standard streams that it kept open would be waited for.
    private void Daemon(string command) => place.Run("sh", "-c", $"{command} >/dev/null 2>&1 </dev/null").Expect(0);

    // Another run of the tests may have a Slurm of its own at the same time.
    private static int[] FreePorts(int count)
    {
        TcpListener[] listeners = [.. Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0))];
        foreach (TcpListener listener in listeners) listener.Start();
        int[] ports = [.. listeners.Select(l => ((IPEndPoint)l.LocalEndpoint).Port)];
        foreach (TcpListener listener in listeners) listener.Dispose();
        return ports;
    }

    private string At(string name) => Path.Combine(folder, name);

    private int Pid(string file) => int.Parse(File.ReadAllText(At(file)).Trim(), CultureInfo.InvariantCulture);

    private static string ReadProcess(string process, string what)
    {
        try
        {
            return File.ReadAllText($"{process}/{what}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";      // ended meanwhile
        }
    }
}
