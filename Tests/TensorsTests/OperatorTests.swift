import Tensors
import TestSupport
import Testing

@Suite struct OperatorTests {
    private let matrix = Tensor([1, 2, 3, 4, 5, 6] as [Float], shape: [2, 3])

    @Test func `an operator knows its schema`() throws {
        let sum = try Operator("aten::sum", "dim_IntList")
        #expect(sum.name == "aten::sum.dim_IntList")
        #expect(sum.argumentNames == ["self", "dim", "keepdim", "dtype"])
        #expect((0..<4).map(sum.hasDefault) == [false, false, true, true])
        #expect(sum.resultCount == 1)
        #expect(
            sum.schema == "aten::sum.dim_IntList(Tensor self, int[1]? dim, bool keepdim=False, *, "
                + "ScalarType? dtype=None) -> Tensor")
    }

    @Test func `arguments left out, at the end or in between, take the schema's defaults`() throws {
        let add = try Operator("aten::add", "Tensor")
        let (one, two) = (Tensor([1.0]), Tensor([2.0]))
        #expect(try add(.tensor(one), .tensor(two))[0].tensor?.item() == 3)
        #expect(try add(.tensor(one), .tensor(two), .standard)[0].tensor?.item() == 3)
        #expect(try add(.tensor(one), .tensor(two), .int(10))[0].tensor?.item() == 21)
        let sum = try Operator("aten::sum", "dim_IntList")
        let kept = try sum(.tensor(matrix), .ints([0]), .standard, .scalarType(.float64))
        #expect(kept[0].tensor?.summary == "float64 [3]")
    }

    @Test func `a bool, an int and a list of ints arrive`() throws {
        let kept = try call(
            "aten::sum", "dim_IntList", .tensor(matrix), .ints([1]), .bool(true))
        #expect(kept.shape == [2, 1])
        #expect(try kept.elements(Float.self) == [6, 15])
        let column = try call("aten::select", "int", .tensor(matrix), .int(1), .int(-1))
        #expect(try column.elements(Float.self) == [3, 6])
    }

    @Test func `a double and null arrive`() throws {
        let capped = try call("aten::clamp", "", .tensor(matrix), .null, .double(2.5))
        #expect(try capped.elements(Float.self) == [1, 2, 2.5, 2.5, 2.5, 2.5])
    }

    @Test(arguments: [Operand.int(3), .double(3), .bool(true), .complex(0, 1)])
    func `a number of any kind arrives as a scalar`(number: Operand) throws {
        let result = try call("aten::mul", "Scalar", .tensor(Tensor([2.0])), number)
        switch number {
        case .bool: #expect(try result.item() == 2)
        case .complex:
            #expect(result.scalarType == .complex128)
            #expect(try result.bytes() == Tensor([0.0, 2.0]).bytes())
        default: #expect(try result.item() == 6)
        }
    }

    @Test(arguments: [("trunc", -3.0), ("floor", -4.0)])
    func `a string arrives`(mode: String, expected: Double) throws {
        let quotient = try call(
            "aten::div", "Tensor_mode", .tensor(Tensor([-7.0])), .tensor(Tensor([2.0])),
            .string(mode))
        #expect(try quotient.item() == expected)
    }

    @Test func `a string of many words arrives whole`() throws {
        let text = String(repeating: "naïve ", count: 1_000)
        let error = #expect(throws: TensorError.self) {
            try call("aten::div", "Tensor_mode", .tensor(matrix), .tensor(matrix), .string(text))
        }
        #expect(error?.message.contains(text.dropLast()) == true)
    }

    @Test func `a device arrives`() throws {
        let empty = try call(
            "aten::empty", "memory_format", .ints([2]), .standard, .standard, .device(.meta))
        #expect(empty.device == .meta)
    }

    @Test func `a list of tensors arrives, and one with holes`() throws {
        let joined = try call("aten::cat", "", .tensors([matrix, matrix]), .int(1))
        #expect(joined.shape == [2, 6])
        let picked = try call(
            "aten::index", "Tensor", .tensor(matrix), .tensors([nil, Tensor([2, 0])]))
        #expect(try picked.elements(Float.self) == [3, 1, 6, 4])
    }

    @Test func `a list of bools arrives, and results that were not asked for are null`() throws {
        let image = try Tensor.ones([1, 1, 3, 3])
        let kernel = try Tensor.ones([1, 1, 2, 2])
        let results = try Operator("aten::convolution_backward")(
            .tensor(Tensor.ones([1, 1, 2, 2])), .tensor(image), .tensor(kernel), .ints([1]),
            .ints([1, 1]), .ints([0, 0]), .ints([1, 1]), .bool(false), .ints([0, 0]), .int(1),
            .bools([false, true, true]))
        #expect(results[0].tensor == nil)
        guard case .null = results[0] else { return #expect(Bool(false), "\(results[0])") }
        #expect(try results[1].tensor?.elements(Float.self) == [4, 4, 4, 4])
        #expect(try results[2].tensor?.elements(Float.self) == [4])
    }

    @Test(arguments: [Operand.doubles([2, 3]), .ints([2, 3])])
    func `a list of doubles arrives, also given as ints`(scale: Operand) throws {
        let large = try call(
            "aten::upsample_nearest2d", "vec", .tensor(Tensor.ones([1, 1, 2, 2])), .null, scale)
        #expect(large.shape == [1, 1, 4, 6])
    }

    @Test(arguments: [Operand.int(2), .ints([2, 2])])
    func `an int stands for a list of fixed length`(kernel: Operand) throws {
        let image = Tensor((0..<16).map { Float($0) }, shape: [1, 1, 4, 4])
        let pooled = try call("aten::avg_pool2d", "", .tensor(image), kernel)
        #expect(try pooled.elements(Float.self) == [2.5, 4.5, 10.5, 12.5])
    }

    @Test func `an int is taken for a float`() throws {
        let relu = try call("aten::leaky_relu", "", .tensor(Tensor([-1.0, 2.0])), .int(3))
        #expect(try relu.elements(Double.self) == [-3, 2])
        var generator = Generator(seed: 1)
        let all = try call("aten::bernoulli", "p", .tensor(matrix), .int(1), generator.operand())
        #expect(try all.elements(Float.self) == [1, 1, 1, 1, 1, 1])
    }

    @Test func `results of every kind come back`() throws {
        func result(_ name: String, _ overload: String, _ arguments: Operand...) throws -> Operand {
            try Operator(name, overload).call(arguments)[0]
        }
        guard case .int(3) = try result("aten::size", "int", .tensor(matrix), .int(1)),
            case .bool(true) = try result("aten::equal", "", .tensor(matrix), .tensor(matrix)),
            case .double(0.25) = try result("aten::item", "", .tensor(Tensor(0.25))),
            case .int(-7) = try result("aten::item", "", .tensor(Tensor(-7))),
            case .bool(true) = try result("aten::item", "", .tensor(Tensor(true))),
            case .tensors(let parts) = try result(
                "aten::split", "Tensor", .tensor(matrix), .int(2), .int(1))
        else { return #expect(Bool(false), "a result of another kind") }
        #expect(parts.map { $0?.shape } == [[2, 2], [2, 1]])
        let complex = try call("aten::mul", "Scalar", .tensor(Tensor(2.0)), .complex(1, -1))
        guard case .complex(2, -2) = try result("aten::item", "", .tensor(complex)) else {
            return #expect(Bool(false), "a result of another kind")
        }
    }

    @Test func `several results come back in order`() throws {
        let results = try Operator("aten::max", "dim")(.tensor(matrix), .int(1))
        #expect(try results[0].tensor?.elements(Float.self) == [3, 6])
        #expect(try results[1].tensor?.elements(Int.self) == [2, 2])
    }

    @Test func `an empty list has no kind of its own`() throws {
        let unchanged = try call("aten::permute", "", .tensor(Tensor(1.0)), .doubles([]))
        #expect(try unchanged.item() == 1)
        let error = #expect(throws: TensorError.self) { try call("aten::cat", "", .ints([])) }
        #expect(error?.message.contains("expected a non-empty list of Tensors") == true)
    }

    @Test func `operators are called from many threads at once`() async throws {
        let sums = try await withThrowingTaskGroup(of: Double.self) { group in
            for task in 0..<8 {
                group.addTask {
                    let add = try Operator("aten::add", "Scalar")
                    var sum = Tensor(0.0)
                    for _ in 0..<100 {
                        sum = try #require(try add(.tensor(sum), .int(task)).first?.tensor)
                    }
                    return try sum.item()
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(sums.sorted() == (0..<8).map { Double($0 * 100) })
    }
}
