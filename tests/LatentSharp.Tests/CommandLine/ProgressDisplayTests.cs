using LatentSharp.Cli;

namespace LatentSharp.Tests.CommandLine;

/// <summary>The time left that a bar shows; expected values follow from the speed of the later half.</summary>
public sealed class ProgressDisplayTests
{
    private static readonly TimeSpan Slack = TimeSpan.FromMilliseconds(1);

    // Ten seconds in which nothing was done, then a hundredth in each second: 80 s are left after 30, and not 120.
    [Fact]
    public void A_slow_beginning_does_not_count()
        => Assert.Equal(TimeSpan.FromSeconds(80), Left(30, t => Math.Max(0, t - 10) / 100.0)!.Value, (a, b) => (a - b).Duration() < Slack);

    // Half was done already and was passed over in the first second; what is new takes a second for each hundredth.
    [Fact]
    public void What_was_done_before_does_not_count()
        => Assert.Equal(TimeSpan.FromSeconds(30), Left(20, t => t == 0 ? 0 : 0.5 + t / 100.0)!.Value, (a, b) => (a - b).Duration() < Slack);

    [Fact]
    public void Nothing_is_said_before_anything_moves()
        => Assert.Null(Left(40, _ => 0.3));

    private static TimeSpan? Left(int seconds, Func<int, double> fraction)
        => ProgressDisplay.Left([.. Enumerable.Range(0, seconds + 1).Select(t => (TimeSpan.FromSeconds(t), fraction(t)))],
            TimeSpan.FromSeconds(seconds), fraction(seconds));
}
