using LatentSharp.Cli;

namespace LatentSharp.Tests.CommandLine;

/// <summary>The time left that a bar shows; expected values follow from the speed of the later half.</summary>
public sealed class ProgressDisplayTests
{
    // Ten seconds in which nothing was done, then a hundredth in each second: 80 s are left after 30, and not 120.
    [Fact]
    public void A_slow_beginning_does_not_count()
        => Assert.Equal(80, ProgressDisplay.Left([.. Every(30, t => Math.Max(0, t - 10) / 100.0)], TimeSpan.FromSeconds(30), 0.2)!.Value.TotalSeconds, 6);

    // Half was done already and was passed over in the first second; what is new takes a second for each hundredth.
    [Fact]
    public void What_was_done_before_does_not_count()
        => Assert.Equal(30, ProgressDisplay.Left([.. Every(20, t => t == 0 ? 0 : 0.5 + t / 100.0)], TimeSpan.FromSeconds(20), 0.7)!.Value.TotalSeconds, 6);

    [Fact]
    public void Nothing_is_said_before_anything_moves()
        => Assert.Null(ProgressDisplay.Left([.. Every(20, _ => 0.3)], TimeSpan.FromSeconds(40), 0.3));

    private static IEnumerable<(TimeSpan At, double Fraction)> Every(int seconds, Func<int, double> fraction)
        => Enumerable.Range(0, seconds + 1).Select(t => (TimeSpan.FromSeconds(t), fraction(t)));
}
