using System.Reflection;
using System.Reflection.Emit;

namespace LatentSharp.Tests.Rooms;

/// <summary>
/// The types that a compiled type uses: in its declaration, in the signatures of its members and in their code. What the compiler resolved
/// is exact, where names in a source text are not (a property may have the name of a type); only constants and <c>nameof</c> leave no
/// trace.
/// </summary>
internal static class UsedTypes
{
    private const BindingFlags All = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance
        | BindingFlags.DeclaredOnly;

    private static readonly Dictionary<int, OpCode> Codes = typeof(OpCodes).GetFields().Select(f => (OpCode)f.GetValue(null)!)
        .ToDictionary(c => c.Value & 0xffff);

    /// <summary>The outermost types used by <paramref name="type"/>, itself among them.</summary>
    public static HashSet<Type> Of(Type type)
    {
        HashSet<Type> found = [];
        Add(type.BaseType);
        foreach (Type i in type.GetInterfaces()) Add(i);
        foreach (FieldInfo field in type.GetFields(All)) Add(field.FieldType);
        foreach (MethodBase method in type.GetMethods(All).Concat<MethodBase>(type.GetConstructors(All)))
        {
            if (method is MethodInfo { ReturnType: var result }) Add(result);
            foreach (ParameterInfo parameter in method.GetParameters()) Add(parameter.ParameterType);
            foreach (LocalVariableInfo local in method.GetMethodBody()?.LocalVariables ?? []) Add(local.LocalType);
            foreach (MemberInfo member in Tokens(type, method))
            {
                Add(member as Type ?? member.DeclaringType);
                if (member is FieldInfo field) Add(field.FieldType);
                if (member is MethodInfo called)
                {
                    Add(called.ReturnType);
                    if (called.IsGenericMethod) foreach (Type argument in called.GetGenericArguments()) Add(argument);
                }
            }
        }
        return found;

        void Add(Type? used)
        {
            while (used is { HasElementType: true }) used = used.GetElementType();
            if (used is null || used.IsGenericParameter) return;
            if (used.IsGenericType) foreach (Type argument in used.GetGenericArguments()) Add(argument);
            while (used.DeclaringType is { } outer) used = outer;
            found.Add(used.IsGenericType ? used.GetGenericTypeDefinition() : used);
        }
    }

    // The members that the code of a method names.
    private static IEnumerable<MemberInfo> Tokens(Type type, MethodBase method)
    {
        byte[] code = method.GetMethodBody()?.GetILAsByteArray() ?? [];
        Type[] ofType = type.IsGenericType ? type.GetGenericArguments() : [], ofMethod = method.IsGenericMethod
            ? method.GetGenericArguments() : [];
        for (int i = 0; i < code.Length;)
        {
            OpCode operation = code[i] == 0xfe ? Codes[(code[i] << 8) | code[i + 1]] : Codes[code[i]];
            i += operation.Size;
            if (operation.OperandType is OperandType.InlineMethod or OperandType.InlineField or OperandType.InlineType
                or OperandType.InlineTok)
                yield return method.Module.ResolveMember(BitConverter.ToInt32(code, i), ofType, ofMethod)!;
            i += operation.OperandType switch
            {
                OperandType.InlineNone => 0,
                OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
                OperandType.InlineVar => 2,
                OperandType.InlineI8 or OperandType.InlineR => 8,
                OperandType.InlineSwitch => 4 + (4 * BitConverter.ToInt32(code, i)),
                _ => 4,
            };
        }
    }
}
