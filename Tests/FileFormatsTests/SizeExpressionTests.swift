import FileFormats
import Testing

private let s0 = SizeExpression.symbol("s0")
private let s1 = SizeExpression.symbol("s1")

@Suite struct SizeExpressionTests {
    static let pairs: [(String, String)] = [
        ("Integer(-3)", "-3"),
        ("Symbol('s0', positive=True, integer=True)", "s0"),
        ("Symbol('u0', integer=True)", "u0"),
        ("Mul(Integer(2), Symbol('s0', positive=True, integer=True))", "2*s0"),
        (
            "Add(Mul(Integer(2), Symbol('s0', positive=True, integer=True)), Integer(3))",
            "2*s0 + 3"
        ),
        (
            "Add(Mul(Integer(-1), Symbol('s0', positive=True, integer=True)), Integer(-4))",
            "-s0 - 4"
        ),
        (
            "Mul(Integer(8), FloorDiv(Add(Symbol('s0', positive=True, integer=True), Integer(7)), "
                + "Integer(8)))",
            "8*((s0 + 7)//8)"
        ),
        ("Mod(Symbol('s0', positive=True, integer=True), Integer(3))", "s0%3"),
        ("Pow(Symbol('s0', positive=True, integer=True), Integer(2))", "s0**2"),
        (
            "Max(Integer(1), Min(Symbol('s0', positive=True, integer=True), "
                + "Symbol('s1', positive=True, integer=True)))",
            "Max(1, Min(s0, s1))"
        ),
        (
            "Pow(Add(Integer(-1), Symbol('s0', positive=True, integer=True)), Integer(2))",
            "(-1 + s0)**2"
        ),
    ]

    @Test(arguments: pairs)
    func `Both forms are read and written`(sympy: String, plain: String) throws {
        let expression = try SizeExpression(parsing: sympy)
        #expect(expression.sympyText == sympy)
        #expect(expression.description == plain)
        #expect(try SizeExpression(parsing: plain) == expression)
    }

    @Test(arguments: [
        ("s0 - s1 - 1", 7 - 3 - 1), ("-(s0 - s1)*2", -8), ("-7//2", -4), ("7//(-2)", -4),
        ("-7%2", 1), ("7%(-2)", -1), ("-s0**2", -49), ("2**s1**1", 8), ("s0//s1*s1 + s0%s1", 7),
        ("2*s0//4", 3), ("Max(s0, s1) - Min(s0, s1)", 4), ("--s0", 7), ("+s0", 7),
        ("(-1)**9223372036854775807", -1), ("0**0", 1), ("-9223372036854775808", Int.min),
        ("CleanDiv(Mul(Integer(2), s0), Integer(2))", 7), ("PythonMod(-1, s1)", 2),
        ("PowByNatural(s1, 2)", 9), (" s0 ", 7),
    ])
    func `Values agree with Python's`(text: String, value: Int) throws {
        let expression = try SizeExpression(parsing: text)
        #expect(try expression.evaluate(symbols: ["s0": 7, "s1": 3]) == value)
        for again in [expression.sympyText, expression.description] {
            let parsed = try SizeExpression(parsing: again)
            #expect(try parsed.evaluate(symbols: ["s0": 7, "s1": 3]) == value)
        }
    }

    @Test(arguments: [
        ("s0", 1, 0), ("2*s0 + 3", 2, 3), ("3*(s0 - 1) - s0", 2, -3), ("(4//3)*s0", 1, 0),
        ("s0 + s1 - s1 + 2**3", 1, 8),
    ])
    func `A number times a symbol plus a number is affine`(
        text: String, coefficient: Int, offset: Int
    ) throws {
        let affine = try #require(try SizeExpression(parsing: text).affine)
        #expect(affine == .init(coefficient: coefficient, symbol: "s0", offset: offset))
        #expect(affine.expression.affine == affine)
    }

    @Test(arguments: [
        "3", "s0 - s0", "s0*s0", "s0 + s1", "s0//2", "s0%2", "Max(s0, 1)", "s0**2",
        "9223372036854775807*s0*2",
    ])
    func `Everything else is not affine`(text: String) throws {
        #expect(try SizeExpression(parsing: text).affine == nil)
    }

    @Test func `A constant is known as one`() throws {
        #expect(try SizeExpression(parsing: "Max(2*3, 7) - s0 + s0").constant == 7)
        #expect(s0.constant == nil)
        #expect(SizeExpression.floorDivide(1, 0).constant == nil)
        #expect(ExportedProgram.SymbolicInt(.add([s0, 1, .multiply([-1, s0])])) == 1)
    }

    @Test func `Its symbols are those that it names`() {
        #expect(SizeExpression.add([s0, .maximum([s1, 2]), s0]).symbols == ["s0", "s1"])
    }

    @Test func `Sums and products of one or none are written so that sympy reads them`() {
        #expect(SizeExpression.add([]).sympyText == "Integer(0)")
        #expect(SizeExpression.multiply([]).sympyText == "Integer(1)")
        #expect(SizeExpression.add([3]).sympyText == "Integer(3)")
        #expect(SizeExpression.add([]).description == "0")
        #expect(SizeExpression.multiply([]).description == "1")
    }

    @Test(arguments: [
        ("s0*s0*s0", FileFormatError.Kind.tooLarge, "its value needs more than 64 bits"),
        ("s0 + s0", .tooLarge, "its value needs more than 64 bits"),
        ("2**64", .tooLarge, "its value needs more than 64 bits"),
        ("-9223372036854775808//(-1)", .tooLarge, "its value needs more than 64 bits"),
        ("1//0", .malformed, "it divides by zero"),
        ("1%0", .malformed, "it divides by zero"),
        ("2**(-1)", .malformed, "it has a negative exponent"),
        ("s9", .missing, #"the symbol "s9" has no value"#),
    ])
    func `What has no value says why`(text: String, kind: FileFormatError.Kind, reason: String)
        throws
    {
        let expression = try SizeExpression(parsing: text)
        let error = #expect(throws: FileFormatError.self) {
            try expression.evaluate(symbols: ["s0": Int.max])
        }
        #expect(error?.kind == kind)
        #expect(error?.message.hasSuffix(" has no value because \(reason).") == true)
    }

    @Test(arguments: [
        ("", 1, FileFormatError.Kind.malformed, "it ends too early"),
        ("2*", 3, .malformed, "it ends too early"),
        ("2 3", 3, .malformed, "an operator was expected"),
        ("(s0", 4, .malformed, ") was expected"),
        ("Integer(x)", 9, .malformed, "an integer was expected"),
        ("Integer(99999999999999999999)", 9, .tooLarge, "an integer needs more than 64 bits"),
        ("9223372036854775808", 1, .tooLarge, "an integer needs more than 64 bits"),
        ("Symbol(s0)", 8, .malformed, "a name in quotes was expected"),
        ("Symbol('')", 9, .malformed, "a name is empty"),
        ("Symbol('a\\'b')", 10, .malformed, "a name holds a character that is not allowed"),
        ("Symbol('s0", 11, .malformed, "' was expected"),
        ("Symbol('s0', positive)", 22, .malformed, "= was expected"),
        ("FloorDiv(s0)", 1, .malformed, "FloorDiv needs two operands and has 1"),
        ("2 + ToFloat(s0)", 5, .unsupported, #"the function "ToFloat" is not one of sizes"#),
        ("s0/2", 3, .malformed, "an operator was expected"),
        ("__import__('os')", 1, .unsupported, #"the function "__import__" is not one of sizes"#),
        ("$", 1, .malformed, "a name or a number was expected"),
    ])
    func `What cannot be read names the position`(
        text: String, position: Int, kind: FileFormatError.Kind, reason: String
    ) {
        let error = #expect(throws: FileFormatError.self) {
            try SizeExpression(parsing: text, file: "model.json")
        }
        let shown = text.replacing("\"", with: "\\\"")
        #expect(
            error
                == FileFormatError(
                    kind, file: "model.json",
                    "The size expression \"\(shown)\" cannot be read at position \(position): \(reason)."
                ))
    }

    @Test(arguments: ["(", "Max(", "-(", "2**"])
    func `Deep nesting is refused`(open: String) throws {
        let text = String(repeating: open, count: 100_000) + "1"
        let error = #expect(throws: FileFormatError.self) { try SizeExpression(parsing: text) }
        #expect(error?.kind == .tooLarge)
        #expect(error?.message.hasSuffix(": it is nested more than 64 deep.") == true)
        #expect((error?.message.count ?? 1000) < 200)
    }

    @Test func `A long chain is read without nesting`() throws {
        let signs = String(repeating: "-", count: 100_000) + "s0"
        #expect(try SizeExpression(parsing: signs) == s0)
        let sum = Array(repeating: "s0", count: 10_000).joined(separator: " + ")
        #expect(try SizeExpression(parsing: sum).affine?.coefficient == 10_000)
    }
}
