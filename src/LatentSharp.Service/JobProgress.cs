namespace LatentSharp.Service;

/// <summary>How far a use case is: the one currency in which all of them report.</summary>
/// <param name="Fraction">The part of the whole work that is done, 0 to 1.</param>
/// <param name="Step">What is being done: a step of a network, a part of a report.</param>
/// <param name="Item">What it is done to, such as the name of a picture; empty where there is nothing to tell apart.</param>
/// <param name="Number">Which of the items that is, from 1; 0 where the work is not a number of items.</param>
/// <param name="Count">How many items there are.</param>
public readonly record struct JobProgress(double Fraction, string Step, string Item = "", int Number = 0, int Count = 0);
