using System.Buffers.Binary;
using System.Text;

namespace LatentSharp.Tokenizers;

/// <summary>What a piece of a SentencePiece vocabulary is for.</summary>
internal enum SentencePieceKind
{
    Normal = 1,
    Unknown = 2,
    Control = 3,
    UserDefined = 4,
    Unused = 5,
    Byte = 6,
}

/// <summary>A piece: its text, with U+2581 for a space, and its log probability.</summary>
internal sealed record SentencePiece(string Text, float Score, SentencePieceKind Kind);

/// <summary>
/// What a <c>spiece.model</c> holds, a protobuf message (sentencepiece_model.proto): pieces, the table of its normaliser, and which ids
/// mean what.
/// </summary>
internal sealed record SentencePieceModel(IReadOnlyList<SentencePiece> Pieces, Normaliser Normaliser, int Unknown, int End, int Padding)
{
    public const string What = "a SentencePiece model (spiece.model)";
    private const int Unigram = 1, MaxPieces = 1 << 20, MaxPieceLength = 1024;

    /// <exception cref="LatentSharpException">The bytes are not a unigram model.</exception>
    public static SentencePieceModel Parse(string name, byte[] bytes)
    {
        var pieces = new List<SentencePiece>();
        byte[] charsmap = [];
        int modelType = Unigram, end = 2;
        bool dummyPrefix = true, removeExtra = true;
        var message = new Protobuf(name, bytes);
        while (message.Next(out int field))
        {
            switch (field)
            {
                case 1:
                    if (pieces.Count == MaxPieces) throw message.Bad($"there are more than {MaxPieces} pieces");
                    pieces.Add(ParsePiece(message.Message()));
                    break;
                case 2:
                    Protobuf trainer = message.Message();
                    while (trainer.Next(out int option))
                    {
                        if (option == 3) modelType = trainer.Integer();
                        else if (option == 42) end = trainer.Integer();
                        else trainer.Skip();
                    }
                    break;
                case 3:
                    Protobuf normaliser = message.Message();
                    while (normaliser.Next(out int option))
                    {
                        if (option == 2) charsmap = normaliser.Bytes().ToArray();
                        else if (option == 3) dummyPrefix = normaliser.Integer() != 0;
                        else if (option == 4) removeExtra = normaliser.Integer() != 0;
                        else normaliser.Skip();
                    }
                    break;
                default:
                    message.Skip();
                    break;
            }
        }
        if (modelType != Unigram) throw message.Bad($"a unigram model is needed, and this one is of type {modelType}");
        int unknown = pieces.FindIndex(p => p.Kind == SentencePieceKind.Unknown), padding = pieces.FindIndex(p => p.Text == "<pad>");
        if (!pieces.Exists(p => p.Kind == SentencePieceKind.Normal) || unknown < 0)
            throw message.Bad("it has no pieces, or none that stands for what is unknown");
        if (end < 0 || end >= pieces.Count) throw message.Bad($"the end of a text is said to be piece {end} of {pieces.Count}");
        return new SentencePieceModel(pieces, new Normaliser(name, charsmap, dummyPrefix, removeExtra), unknown, end, Math.Max(padding, 0));
    }

    private static SentencePiece ParsePiece(Protobuf message)
    {
        string text = "";
        float score = 0;
        var kind = SentencePieceKind.Normal;
        while (message.Next(out int field))
        {
            if (field == 1) text = Encoding.UTF8.GetString(message.Bytes());
            else if (field == 2) score = message.Float();
            else if (field == 3) kind = (SentencePieceKind)message.Integer();
            else message.Skip();
        }
        if (text.Length is 0 or > MaxPieceLength) throw message.Bad($"a piece has {text.Length} characters");
        if (!float.IsFinite(score)) throw message.Bad($"the score of a piece is {score}");
        return new SentencePiece(text, score, kind);
    }

    /// <summary>Reads protobuf fields; every length is checked against what is there.</summary>
    private ref struct Protobuf(string name, ReadOnlySpan<byte> rest)
    {
        private ReadOnlySpan<byte> rest = rest;
        private int wireType;

        public bool Next(out int field)
        {
            field = 0;
            if (rest.IsEmpty) return false;
            ulong tag = Varint();
            (field, wireType) = ((int)Math.Min(tag >> 3, int.MaxValue), (int)(tag & 7));
            return true;
        }

        public int Integer()
        {
            if (wireType != 0) throw Bad("a field has another type than it should");
            return unchecked((int)Varint());
        }

        public float Float()
        {
            if (wireType != 5) throw Bad("a field has another type than it should");
            return BinaryPrimitives.ReadSingleLittleEndian(Take(4));
        }

        public ReadOnlySpan<byte> Bytes()
        {
            if (wireType != 2) throw Bad("a field has another type than it should");
            return Take(Varint());
        }

        public Protobuf Message() => new(name, Bytes());

        public void Skip()
        {
            switch (wireType)
            {
                case 0: Varint(); break;
                case 1: Take(8); break;
                case 2: Take(Varint()); break;
                case 5: Take(4); break;
                default: throw Bad($"it has a field of wire type {wireType}");
            }
        }

        public readonly LatentSharpException Bad(string what) => new(ErrorKind.BadInput, name, $"{What} was expected: {what}.");

        private ReadOnlySpan<byte> Take(ulong count)
        {
            if (count > (ulong)rest.Length) throw Bad("it ends in the middle of a field");
            ReadOnlySpan<byte> taken = rest[..(int)count];
            rest = rest[(int)count..];
            return taken;
        }

        private ulong Varint()
        {
            ulong value = 0;
            for (int shift = 0; shift < 64; shift += 7)
            {
                byte part = Take(1)[0];
                value |= (ulong)(part & 0x7f) << shift;
                if ((part & 0x80) == 0) return value;
            }
            throw Bad("it has a number of more than 64 bits");
        }
    }
}
