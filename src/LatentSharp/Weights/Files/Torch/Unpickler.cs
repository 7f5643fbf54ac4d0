using System.Globalization;
using System.Numerics;

namespace LatentSharp.Weights.Files.Torch;

/// <summary>
/// Reads a pickle (protocols 0 to 5, https://docs.python.org/3/library/pickletools.html) as data. It builds containers, numbers, strings
/// and tensors; names are kept as words, and the only calls it understands are those of <see cref="TorchGlobals"/>, none of which runs
/// anything.
/// </summary>
internal sealed class Unpickler(PickleInput input, ReadingBudget budget, int maxIntegerBytes = PickleLimits.MaxIntegerBytes)
{
    private readonly List<object?> stack = [];
    private readonly List<int> marks = [];
    private readonly Dictionary<long, object?> memo = [];

    /// <summary>Names that occur and mean nothing here.</summary>
    public HashSet<string> UnknownNames { get; } = new(StringComparer.Ordinal);

    /// <summary>Reads up to and including the STOP instruction.</summary>
    public object? Load()
    {
        for (int count = 0; count < PickleLimits.MaxInstructions; count++)
        {
            byte opcode = input.ReadByte();
            if (opcode == '.')
                return marks.Count == 0 && stack.Count == 1 ? stack[0]
                    : throw new CheckpointException($"the pickle stops with {stack.Count} objects on its stack instead of one");
            Execute(opcode);
            if (stack.Count > PickleLimits.MaxObjects || memo.Count > PickleLimits.MaxObjects)
                throw new CheckpointException($"the pickle holds more than {PickleLimits.MaxObjects:N0} objects at a time");
        }
        throw new CheckpointException($"the pickle has more than {PickleLimits.MaxInstructions:N0} instructions");
    }

    private void Execute(byte opcode)
    {
        switch (opcode)
        {
            case 0x80: CheckProtocol(input.ReadByte()); break;
            // FRAME: only a hint for buffering, but it has to be true.
            case 0x95: input.CheckFrame(); break;
            case (byte)'(': marks.Add(stack.Count); break;
            case (byte)'0': PopAny(); break;
            case (byte)'1': PopToMark(); break;
            case (byte)'2': Repeat(Peek()); break;

            case (byte)'N': Push(null); break;
            case 0x88: Push(true); break;
            case 0x89: Push(false); break;
            case (byte)'I': Push(Integer(input.ReadLine(), allowBool: true)); break;
            case (byte)'L': Push(Integer(input.ReadLine().TrimEnd('L'), allowBool: false)); break;
            case (byte)'J': Push((long)input.ReadInt32()); break;
            case (byte)'K': Push((long)input.ReadByte()); break;
            case (byte)'M': Push((long)input.ReadUInt16()); break;
            case 0x8a: Push(Narrow(new BigInteger(input.ReadBytes(input.ReadByte(), maxIntegerBytes)))); break;
            case 0x8b: Push(Narrow(new BigInteger(input.ReadBytes((uint)input.ReadInt32(), maxIntegerBytes)))); break;
            case (byte)'F': Push(Float(input.ReadLine())); break;
            case (byte)'G': Push(input.ReadDoubleBigEndian()); break;

            case (byte)'X': PushText(input.ReadText((uint)input.ReadInt32())); break;
            case 0x8c: PushText(input.ReadText(input.ReadByte())); break;
            case 0x8d: PushText(input.ReadText(input.ReadUInt64())); break;
            case (byte)'V': PushText(input.ReadLine()); break;
            case (byte)'S': PushText(Unquote(input.ReadLine())); break;
            case (byte)'T': PushText(input.ReadText((uint)input.ReadInt32())); break;
            case (byte)'U': PushText(input.ReadText(input.ReadByte())); break;
            case (byte)'B': Bytes((uint)input.ReadInt32()); break;
            case (byte)'C': Bytes(input.ReadByte()); break;
            case 0x8e or 0x96: Bytes(input.ReadUInt64()); break;

            case (byte)']' or 0x8f: Push(new PickleList()); break;
            case (byte)')': Push(new PickleList { IsTuple = true }); break;
            case (byte)'}': Push(new PickleDictionary()); break;
            case (byte)'l': Push(ListOf(PopToMark(), isTuple: false)); break;
            case (byte)'t' or 0x91: Push(ListOf(PopToMark(), isTuple: true)); break;       // a frozenset can be a key as a tuple can
            case 0x85: Push(ListOf(PopCount(1), isTuple: true)); break;
            case 0x86: Push(ListOf(PopCount(2), isTuple: true)); break;
            case 0x87: Push(ListOf(PopCount(3), isTuple: true)); break;
            case (byte)'d': Push(Fill(new PickleDictionary(), PopToMark())); break;
            case (byte)'a': Append(PopCount(1)); break;
            case (byte)'e' or 0x90: Append(PopToMark()); break;
            case (byte)'s': SetItems(PopCount(2)); break;
            case (byte)'u': SetItems(PopToMark()); break;

            case (byte)'p': Memoise(Index(input.ReadLine())); break;
            case (byte)'q': Memoise(input.ReadByte()); break;
            case (byte)'r': Memoise((uint)input.ReadInt32()); break;
            case 0x94: Memoise(memo.Count); break;
            case (byte)'g': Repeat(Recall(Index(input.ReadLine()))); break;
            case (byte)'h': Repeat(Recall(input.ReadByte())); break;
            case (byte)'j': Repeat(Recall((uint)input.ReadInt32())); break;

            case (byte)'c': Push(Global(input.ReadLine(), input.ReadLine())); break;
            case 0x93:
                object? name = Pop(), module = Pop();
                Push(name is string n && module is string m ? Global(m, n)
                    : throw new CheckpointException("the pickle names a global by something other than strings"));
                break;
            case (byte)'Q': Push(TorchGlobals.Storage(Pop())); break;
            case (byte)'R' or 0x81:
                object? arguments = Pop(), callable = Pop();
                Push(TorchGlobals.Call(callable, arguments));
                break;
            case 0x92:
                Pop();
                Pop();
                throw CheckpointException.Code(
                    $"its pickle asks to create {(Pop() is PickleGlobal type ? TorchGlobals.Shown(type) : "an object")} with keyword arguments");
            case (byte)'i':
                PickleGlobal inst = Global(input.ReadLine(), input.ReadLine());
                throw CheckpointException.Code($"its pickle asks to create {TorchGlobals.Shown(inst)}");
            case (byte)'o':
                throw CheckpointException.Code($"its pickle asks to create {(PopToMark() is [PickleGlobal cls, ..] ? TorchGlobals.Shown(cls) : "an object")}");
            case (byte)'b':
                Pop();      // attributes of an OrderedDict, such as _metadata, or the byte order of a numpy type
                if (Peek() is not (PickleDictionary or PickleInert))
                    throw CheckpointException.Code("its pickle sets the state of an object that is not a dictionary");
                break;
            case (byte)'P': throw new CheckpointException("the pickle has a persistent id in text form, which torch does not write");
            case 0x82 or 0x83 or 0x84: throw new CheckpointException("the pickle uses the extension registry, which torch does not");
            default: throw new CheckpointException($"the pickle has the unknown or unsupported instruction 0x{opcode:X2}");
        }
    }

    private static void CheckProtocol(byte protocol)
    {
        if (protocol > 5) throw new CheckpointException($"the pickle has protocol {protocol}; 0 to 5 are known");
    }

    private PickleGlobal Global(string module, string name)
    {
        PickleGlobal global = TorchGlobals.Check(new PickleGlobal(module, name));
        if (module != "collections" && module != "torch" && !module.StartsWith("torch.", StringComparison.Ordinal))
            UnknownNames.Add(TorchGlobals.Shown(global));
        return global;
    }

    private void Bytes(ulong count)
    {
        input.Skip(count);
        Push(PickleBytes.Instance);
    }

    private void Push(object? value)
    {
        // What is made is counted, not what is recalled; small things count as an entry of the stack.
        long size = value switch
        {
            PickleList list => 72 + 8L * list.Items.Count,
            PickleDictionary dictionary => 72 + 16L * dictionary.Items.Count,
            TorchTensor => 256,
            TorchStorage or PickleGlobal or PickleInert => 64,
            _ => 32,
        };
        Charge(size);
        stack.Add(value);
    }

    // An object once more: a place on the stack, and perhaps one in a container.
    private void Repeat(object? value)
    {
        Charge(8);
        stack.Add(value);
    }

    private void PushText(string text)
    {
        Charge(2L * text.Length);
        Push(text);
    }

    private void Charge(long bytes)
    {
        if (!budget.Take(bytes)) throw new CheckpointException(budget.Rule("pickle"));
    }

    // Instructions that take single objects may not reach below the last mark.
    private int Floor => marks.Count == 0 ? 0 : marks[^1];

    private object? Peek() => stack.Count > Floor ? stack[^1] : throw Underflow();

    private object? Pop()
    {
        object? top = Peek();
        stack.RemoveAt(stack.Count - 1);
        return top;
    }

    private void PopAny()
    {
        if (stack.Count > Floor) Pop();
        else if (marks.Count > 0) marks.RemoveAt(marks.Count - 1);
        else throw Underflow();
    }

    private object?[] PopCount(int count)
    {
        if (stack.Count - count < Floor) throw Underflow();
        var items = new object?[count];
        stack.CopyTo(stack.Count - count, items, 0, count);
        stack.RemoveRange(stack.Count - count, count);
        return items;
    }

    private object?[] PopToMark()
    {
        if (marks.Count == 0) throw new CheckpointException("the pickle refers to a mark that was not set");
        object?[] items = PopCount(stack.Count - marks[^1]);
        marks.RemoveAt(marks.Count - 1);
        return items;
    }

    private static PickleList ListOf(object?[] items, bool isTuple)
    {
        var list = new PickleList { IsTuple = isTuple };
        foreach (object? item in items) list.Add(item);
        return list;
    }

    private static PickleDictionary Fill(PickleDictionary dictionary, object?[] items)
    {
        if (items.Length % 2 != 0) throw new CheckpointException("the pickle sets a key without a value");
        for (int i = 0; i < items.Length; i += 2) dictionary.Add(items[i], items[i + 1]);
        return dictionary;
    }

    private void Append(object?[] items)
    {
        Charge(16L * items.Length);
        if (Peek() is not PickleList list) throw new CheckpointException("the pickle appends to something that is not a list");
        foreach (object? item in items) list.Add(item);
    }

    private void SetItems(object?[] items)
    {
        Charge(16L * items.Length);
        object? target = Peek();
        if (target is PickleInert) return;      // a defaultdict or Counter of the training state
        if (target is not PickleDictionary dictionary) throw new CheckpointException("the pickle sets items of something that is not a dictionary");
        Fill(dictionary, items);
    }

    private void Memoise(long index)
    {
        Charge(40);
        memo[index] = Peek();
    }

    private object? Recall(long index) => memo.TryGetValue(index, out object? value) ? value
        : throw new CheckpointException($"the pickle recalls object {index}, which it never stored");

    private static object Narrow(BigInteger value) => value >= long.MinValue && value <= long.MaxValue ? (object)(long)value : value;

    private object Integer(string text, bool allowBool)
    {
        if (allowBool && text is "00" or "01") return text == "01";
        if (text.Length <= 3 * maxIntegerBytes
            && BigInteger.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out BigInteger value))
            return Narrow(value);
        throw new CheckpointException("the pickle holds an integer that cannot be read, or of more than 64 bits");
    }

    private static long Index(string text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long index) ? index
        : throw new CheckpointException("the pickle holds a memo index that cannot be read");

    private static double Float(string text) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value)
        ? value : throw new CheckpointException("the pickle holds a number that cannot be read");

    private static string Unquote(string text)
        => text.Length >= 2 && text[0] == text[^1] && text[0] is '\'' or '"' ? text[1..^1]
        : throw new CheckpointException("the pickle holds a string without its quotes");

    private static CheckpointException Underflow() => new("the pickle takes an object from an empty stack");
}
