using LatentSharp.Tensors;

namespace LatentSharp.Weights.Files.Torch;

/// <summary>The only names that mean something in a checkpoint, and what calling them gives.</summary>
internal static class TorchGlobals
{
    private static readonly Dictionary<string, ElementType?> Storages = new(StringComparer.Ordinal)
    {
        ["DoubleStorage"] = ElementType.F64, ["FloatStorage"] = ElementType.F32, ["HalfStorage"] = ElementType.F16,
        ["BFloat16Storage"] = ElementType.BF16,
        ["LongStorage"] = ElementType.I64, ["IntStorage"] = ElementType.I32, ["ShortStorage"] = ElementType.I16,
        ["CharStorage"] = ElementType.I8,
        ["ByteStorage"] = ElementType.U8, ["BoolStorage"] = ElementType.Bool,
        ["Float8_e4m3fnStorage"] = ElementType.F8_E4M3, ["Float8_e5m2Storage"] = ElementType.F8_E5M2, ["UntypedStorage"] = null,
    };

    private static readonly Dictionary<string, ElementType> Types = new(StringComparer.Ordinal)
    {
        ["float64"] = ElementType.F64, ["double"] = ElementType.F64, ["float32"] = ElementType.F32, ["float"] = ElementType.F32,
        ["float16"] = ElementType.F16, ["half"] = ElementType.F16,
        ["bfloat16"] = ElementType.BF16, ["float8_e4m3fn"] = ElementType.F8_E4M3, ["float8_e5m2"] = ElementType.F8_E5M2,
        ["float8_e8m0fnu"] = ElementType.F8_E8M0,
        ["int64"] = ElementType.I64, ["long"] = ElementType.I64, ["int32"] = ElementType.I32, ["int"] = ElementType.I32,
        ["int16"] = ElementType.I16, ["short"] = ElementType.I16, ["int8"] = ElementType.I8,
        ["uint64"] = ElementType.U64, ["uint32"] = ElementType.U32, ["uint16"] = ElementType.U16, ["uint8"] = ElementType.U8,
        ["bool"] = ElementType.Bool,
    };

    // Calls that training scripts leave in the state beside the weights and that only wrap numbers and strings: numpy scalars (a best
    // score, a seed), devices, sets, and the records in which trainers keep what they were called with.
    private static readonly HashSet<string> Inert = new(StringComparer.Ordinal)
    {
        "numpy.dtype", "numpy.core.multiarray.scalar", "numpy._core.multiarray.scalar", "_codecs.encode", "torch.device",
        "collections.defaultdict", "collections.Counter", "builtins.set", "builtins.frozenset", "__builtin__.set", "__builtin__.frozenset",
        "argparse.Namespace", "pytorch_lightning.utilities.parsing.AttributeDict", "lightning.pytorch.utilities.parsing.AttributeDict",
        "lightning_fabric.utilities.data.AttributeDict", "lightning.fabric.utilities.data.AttributeDict",
        "omegaconf.dictconfig.DictConfig", "omegaconf.listconfig.ListConfig", "omegaconf.base.Metadata", "omegaconf.base.ContainerMetadata",
        "omegaconf.nodes.AnyNode", "omegaconf.nodes.StringNode", "omegaconf.nodes.IntegerNode", "omegaconf.nodes.FloatNode",
        "omegaconf.nodes.BooleanNode",
    };

    // Modules that a checkpoint has no reason to mention at all; other unknown names are kept as inert words as long as nothing calls them.
    private static readonly HashSet<string> Dangerous = new(StringComparer.Ordinal)
    {
        "os", "posix", "nt", "subprocess", "sys", "shutil", "socket", "importlib", "runpy", "pickle", "_pickle", "ctypes", "_ctypes",
        "multiprocessing", "pty", "commands", "code", "codeop",
        "webbrowser", "operator", "_operator", "functools", "asyncio", "builtins", "__builtin__", "types", "marshal", "pdb", "timeit",
        "bdb", "cProfile", "profile", "trace", "platform",
        "urllib", "http", "requests", "ftplib", "smtplib", "signal", "threading", "_thread", "tempfile", "io", "_io", "zipimport",
        "pkgutil", "pip", "setuptools",
    };

    private static readonly HashSet<string> HarmlessBuiltins = new(StringComparer.Ordinal) { "set", "frozenset", "dict", "list", "tuple",
        "int", "float", "str", "bytes", "bool", "object", "complex" };

    /// <summary>Refuses names from modules that reach outside the file.</summary>
    public static PickleGlobal Check(PickleGlobal global)
    {
        string root = global.Module.Split('.')[0];
        bool builtin = global.Module is "builtins" or "__builtin__" && HarmlessBuiltins.Contains(global.Name);
        if (!builtin && Dangerous.Contains(root))
            throw CheckpointException.Code($"its pickle asks for {Shown(global)} from a module that can run code");
        return global;
    }

    /// <summary>The result of calling a name that loading tensors needs.</summary>
    /// <exception cref="CheckpointException">It is another name, or the arguments do not fit.</exception>
    public static object Call(object? callable, object? arguments)
    {
        if (callable is not PickleGlobal global) throw new CheckpointException("its pickle calls something that is not a name");
        if (arguments is not PickleList list) throw new CheckpointException($"its pickle calls {Shown(global)} without a tuple of arguments");
        IReadOnlyList<object?> a = list.Items;
        switch (global.Module, global.Name)
        {
            case ("collections", "OrderedDict") when a.Count == 0:
                return new PickleDictionary();
            case ("collections", "OrderedDict") when a is [PickleList pairs]:
                var dictionary = new PickleDictionary();
                foreach (object? pair in pairs.Items)
                {
                    if (pair is not PickleList { Items: [var key, var value] }) throw Unfit(global);
                    dictionary.Add(key, value);
                }
                return dictionary;
            case ("torch._utils", "_rebuild_tensor") when a.Count >= 4:
            case ("torch._utils", "_rebuild_tensor_v2") when a.Count >= 6:
                return Tensor(a[0], a[1], a[2], a[3], null);
            case ("torch._utils", "_rebuild_tensor_v3") when a.Count >= 7:
                return Tensor(a[0], a[1], a[2], a[3],
                    a[6] is PickleGlobal { Module: "torch" } type && Types.TryGetValue(type.Name, out ElementType named) ? named
                    : throw new CheckpointException(
                        $"a tensor has the element type {(a[6] is PickleGlobal other ? Shown(other) : "of no name")}, which is not supported"));
            case ("torch._utils", "_rebuild_parameter") when a is [TorchTensor tensor, _, _]:
                return tensor;
            case ("torch._utils", "_rebuild_parameter_with_state") when a is [TorchTensor tensor, _, _, _]:
                return tensor;
            case ("torch", "Size") when a is [PickleList size]:
                return size;
            case ("collections", "OrderedDict")
                or ("torch._utils", "_rebuild_tensor" or "_rebuild_tensor_v2" or "_rebuild_tensor_v3" or "_rebuild_parameter"
                    or "_rebuild_parameter_with_state") or ("torch", "Size"):
                throw Unfit(global);
            case var _ when Inert.Contains(global.ToString()):
                return new PickleInert(global.ToString());
            default:
                throw CheckpointException.Code($"its pickle asks to call {Shown(global)}");
        }
    }

    /// <summary>The storage that a persistent id describes.</summary>
    public static TorchStorage Storage(object? id)
    {
        if (id is not PickleList { Items: ["storage", PickleGlobal type, string key, _, long count, ..] fields })
            throw new CheckpointException("its pickle has a persistent id that does not describe a storage");
        if (type.Module is not ("torch" or "torch.cuda" or "torch.storage")
            || !Storages.TryGetValue(type.Name, out ElementType? elementType))
            throw new CheckpointException($"a storage is of the type {Shown(type)}, which is not supported");
        if (count < 0) throw new CheckpointException($"the storage {SafetensorsHeader.Quote(key)} has {count} elements");
        if (fields.Count < 6 || fields[5] is null) return new TorchStorage(elementType, key, count, 0);
        if (fields[5] is not PickleList { Items: [string, long first, long length] } || first < 0 || length < 0 || first > count - length)
            throw new CheckpointException($"the view of storage {SafetensorsHeader.Quote(key)} reaches outside it");
        return new TorchStorage(elementType, key, count, first);
    }

    private static TorchTensor Tensor(object? storageArgument, object? offsetArgument, object? sizeArgument, object? strideArgument,
        ElementType? type)
    {
        if (storageArgument is not TorchStorage storage || offsetArgument is not long offset || sizeArgument is not PickleList
            || strideArgument is not PickleList)
            throw new CheckpointException("a tensor is described by something other than a storage, an offset, a size and strides");
        type ??= storage.Type ?? throw new CheckpointException("a tensor in an untyped storage does not say its element type");
        long[] size = Integers(sizeArgument, "size"), strides = Integers(strideArgument, "stride");
        if (size.Length != strides.Length) throw new CheckpointException("a tensor has as many strides as dimensions");
        if (offset < 0) throw new CheckpointException($"a tensor begins at element {offset} of its storage: offsets may not be negative");
        Shape shape;
        try
        {
            shape = new Shape(size);
        }
        catch (ArgumentOutOfRangeException e)
        {
            throw new CheckpointException("the size of a tensor overflows 64 bits", e);
        }
        // An untyped storage counts bytes.
        long available = storage.Type is null ? storage.Count / type.Value.BlockBytes() : storage.Count - storage.First;
        Int128 last = offset;
        for (int i = 0; i < size.Length; i++) last += (Int128)Math.Max(0, size[i] - 1) * strides[i];
        if (offset > available || (shape.ElementCount > 0 && last >= available))
            throw new CheckpointException(
                $"a tensor {shape} reaches to element {last} of storage {SafetensorsHeader.Quote(storage.Key)}, which has {available}");
        if (shape.ElementCount > available && shape.ElementCount > PickleLimits.MaxRepeatedElements)
            throw new CheckpointException(
                $"a tensor {shape} repeats a storage of {available} elements; such tensors may have at most {PickleLimits.MaxRepeatedElements:N0} elements");
        return new TorchTensor(storage, type.Value, offset, shape, strides);
    }

    private static long[] Integers(object? value, string what)
    {
        IReadOnlyList<object?> items = ((PickleList)value!).Items;
        if (items.Count > 64) throw new CheckpointException($"a tensor has {items.Count} dimensions");
        var numbers = new long[items.Count];
        for (int i = 0; i < numbers.Length; i++)
            numbers[i] = items[i] is long n and >= 0 ? n
                : throw new CheckpointException($"the {what} of a tensor has to be made of integers that are not negative");
        return numbers;
    }

    private static CheckpointException Unfit(PickleGlobal global) => new($"its pickle calls {Shown(global)} with arguments that do not fit");

    internal static string Shown(PickleGlobal global) => TensorNames.Printable(global.ToString());
}
