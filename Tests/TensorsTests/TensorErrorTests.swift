import Tensors
import Testing

@Suite struct TensorErrorTests {
    private let matrix = Tensor([1, 2, 3, 4, 5, 6] as [Float], shape: [2, 3])

    private func error(
        _ name: String, _ overload: String = "", _ arguments: Operand...
    ) throws -> TensorError {
        let thrown = #expect(throws: TensorError.self) {
            try Operator(name, overload).call(arguments)
        }
        return try #require(thrown)
    }

    @Test func `a failure says operator, shapes, reason and remedy`() throws {
        let failure = try error("aten::mm", "", .tensor(matrix), .tensor(matrix))
        #expect(
            failure.description == "aten::mm on float32 [2, 3], float32 [2, 3]: "
                + "mat1 and mat2 shapes cannot be multiplied (2x3 and 2x3) "
                + "(check the operands' shapes, types and devices)")
        #expect(failure.kind == .runtime)
        #expect(failure.operatorName == "aten::mm")
        #expect(failure.operands == ["float32 [2, 3]", "float32 [2, 3]"])
    }

    @Test func `the named operations fail with their operators' names`() {
        let failure = #expect(throws: TensorError.self) { try matmul(matrix, matrix) }
        #expect(failure?.operatorName == "aten::matmul")
        let sum = #expect(throws: TensorError.self) { try matrix + Tensor([1, 2] as [Float]) }
        #expect(
            sum?.description == "aten::add.Tensor on float32 [2, 3], float32 [2]: The size of "
                + "tensor a (3) must match the size of tensor b (2) at non-singleton dimension 1 "
                + "(check the operands' shapes, types and devices)")
    }

    @Test(arguments: [("aten::nope", ""), ("aten::add", "Nope")])
    func `an operator that libtorch lacks is named`(name: String, overload: String) throws {
        let failure = #expect(throws: TensorError.self) { try Operator(name, overload) }
        #expect(failure?.kind == .noSuchOperator)
        let whole = overload.isEmpty ? name : "\(name).\(overload)"
        #expect(
            failure?.description == "\(whole): libtorch has no such operator "
                + "(check its name and overload, or link another version of libtorch)")
    }

    @Test func `an argument of the wrong kind is named`() throws {
        let failure = try error(
            "aten::transpose", "int", .tensor(matrix), .string("first"), .int(1))
        #expect(failure.kind == .badArgument)
        #expect(
            failure.description
                == "aten::transpose.int on float32 [2, 3]: argument 'dim0': a value "
                + "of tag 6 does not fit a IntType (check the arguments against the operator's schema)"
        )
    }

    @Test func `every kind of value is refused where another is wanted`() throws {
        let wrong: [Operand] = [
            .null, .bool(true), .int(1), .double(1), .complex(1, 1), .string("a"), .device(.cpu),
            .bools([true]), .ints([1]), .doubles([1]), .tensors([matrix]), .strings(["a", "b"]),
        ]
        for operand in wrong {
            // A number stands for a tensor, as in Python.
            switch operand {
            case .bool, .int, .double, .complex: continue
            default: break
            }
            #expect(try error("aten::relu", "", operand).kind == .badArgument, "\(operand)")
        }
        for operand in wrong + [.tensor(matrix)] {
            if case .ints = operand { continue }
            let failure = try error("aten::reshape", "", .tensor(matrix), operand)
            #expect(failure.kind == .badArgument, "\(operand)")
            #expect(failure.message.hasPrefix("argument 'shape': "), "\(operand)")
        }
    }

    @Test func `a hole in a list that takes none is refused`() throws {
        let failure = try error("aten::cat", "", .tensors([matrix, nil]))
        #expect(failure.kind == .badArgument)
        #expect(failure.operands == ["float32 [2, 3]"])
    }

    @Test func `a missing argument is named`() throws {
        #expect(
            try error("aten::transpose", "int", .tensor(matrix), .int(0)).description
                == "aten::transpose.int on float32 [2, 3]: argument 'dim1' is missing "
                + "(check the arguments against the operator's schema)")
        #expect(
            try error("aten::transpose", "int", .standard, .int(0), .int(1)).description
                == "aten::transpose.int: argument 'self' is missing "
                + "(check the arguments against the operator's schema)")
    }

    @Test func `too many arguments are counted`() throws {
        #expect(
            try error("aten::relu", "", .tensor(matrix), .int(0)).description
                == "aten::relu on float32 [2, 3]: 2 arguments given, 1 taken "
                + "(check the arguments against the operator's schema)")
    }

    @Test func `an operator without a kernel says so in one paragraph`() throws {
        let failure = try error("aten::_values", "", .tensor(matrix))
        #expect(failure.kind == .notImplemented)
        #expect(failure.message.hasPrefix("Could not run"))
        #expect(!failure.message.contains("\n"))
    }

    @Test func `memory that cannot be had is told apart`() throws {
        let failure = #expect(throws: TensorError.self) { try Tensor.zeros([1 << 46]) }
        #expect(failure?.kind == .outOfMemory)
        #expect(failure?.operatorName == "aten::full")
        #expect(failure?.remedy == "use a smaller batch")
    }

    @Test func `an index out of range is told apart`() throws {
        let failure = try error(
            "aten::select", "int", .tensor(matrix), .int(0), .int(5))
        #expect(failure.kind == .index)
        #expect(
            failure.description == "aten::select.int on float32 [2, 3]: select(): index 5 out of "
                + "range for tensor of size [2, 3] at dimension 0 "
                + "(check the operands' shapes, types and devices)")
    }

    @Test func `a factorisation that does not exist is told apart`() throws {
        let indefinite = Tensor([1.0, 2, 2, 1], shape: [2, 2])
        let failure = #expect(throws: TensorError.self) { try indefinite.choleskyFactor() }
        #expect(failure?.kind == .linearAlgebra)
        #expect(
            failure?.description == "aten::linalg_cholesky on float64 [2, 2]: linalg.cholesky: The "
                + "factorization could not be completed because the input is not positive-definite "
                + "(the leading minor of order 2 is not positive-definite). "
                + "(check the matrix for values that are not finite)")
    }

    @Test func `a failure leaves nothing behind`() throws {
        _ = try error("aten::mm", "", .tensor(matrix), .tensor(matrix))
        #expect(try matrix.sum().item() == 21)
        let next = try error("aten::relu", "")
        #expect(next.message == "argument 'self' is missing")
    }

    @Test(arguments: [
        (TensorError.Kind.badArgument, "check the arguments against the operator's schema"),
        (.type, "check the arguments against the operator's schema"),
        (.value, "check the operands' shapes, types and devices"),
        (.notImplemented, "use another device or scalar type"),
        (.outOfMemory, "use a smaller batch"),
        (.linearAlgebra, "check the matrix for values that are not finite"),
        (.other, "report it, with the operands above"),
    ])
    func `every kind of failure has its remedy`(kind: TensorError.Kind, remedy: String) {
        let failure = TensorError(
            kind, operatorName: "aten::f", operands: ["bool [2]"], message: "no")
        #expect(failure.description == "aten::f on bool [2]: no (\(remedy))")
        #expect(TensorError(kind, message: "no").description == "libtorch: no (\(remedy))")
    }
}
