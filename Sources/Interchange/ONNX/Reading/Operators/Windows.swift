import Programs
import Tensors

/// How a kernel or window moves over an image: what convolution and pooling share.
struct ONNXWindows {
    /// The most that a size, step or padding may be.
    static let largest = 1 << 31

    /// The window's sizes.
    let kernel: [Int]
    /// The steps between windows.
    let strides: [Int]
    /// The steps within a window.
    let dilations: [Int]
    /// What is added before the first and after the last element of each dimension.
    let before: [ONNXNumber]
    let after: [ONNXNumber]

    /// The dimensions that it moves along.
    var count: Int { kernel.count }

    /// Reads a node's attributes.
    ///
    /// - Parameters:
    ///   - kernel: the window's sizes, where the attributes do not say.
    ///   - isTransposed: whether the paddings follow from the output.
    init(
        _ call: ONNXSourceNode, on x: ONNXSourceValue, kernel weight: [Int]? = nil,
        isTransposed: Bool = false
    ) throws {
        guard let kernel = try weight ?? call.ints("kernel_shape") else {
            throw call.refusal("it has no kernel_shape; export the model again", .invalid)
        }
        let count = kernel.count
        func numbers(_ name: String, _ standard: Int, _ length: Int, from least: Int) throws
            -> [Int]
        {
            let found = try call.ints(name) ?? Array(repeating: standard, count: length)
            guard found.count == length, found.allSatisfy({ (least..<Self.largest).contains($0) })
            else {
                throw call.refusal(
                    "its \(name) is not \(length) numbers in range; export the model again",
                    .invalid)
            }
            return found
        }
        guard 1...3 ~= count, x.rank == count + 2,
            kernel.allSatisfy({ (1..<Self.largest).contains($0) })
        else {
            throw call.refusal(
                "a window of \(count) dimensions over \(x.type) is not supported; windows of 1 to 3 "
                    + "dimensions over examples and channels are")
        }
        self.kernel = kernel
        strides = try numbers("strides", 1, count, from: 1)
        dilations = try numbers("dilations", 1, count, from: 1)
        let pads = try numbers("pads", 0, 2 * count, from: 1 - Self.largest)
        let automatic = try call.string("auto_pad", "NOTSET")
        guard automatic.hasPrefix("SAME"), !isTransposed else {
            let isNone = automatic == "VALID"
            before = pads.prefix(count).map { .int(isNone ? 0 : $0) }
            after = pads.suffix(count).map { .int(isNone ? 0 : $0) }
            return
        }
        var sides: [(ONNXNumber, ONNXNumber)] = []
        for axis in 0..<count {
            let total = try Self.samePadding(
                call.assembly, call.assembly.size(of: x, axis + 2), step: strides[axis],
                extent: (kernel[axis] - 1) * dilations[axis] + 1)
            let half = try call.assembly.arithmetic(.floordiv, total, .int(2))
            let rest = try call.assembly.arithmetic(.sub, total, half)
            sides.append(automatic == "SAME_LOWER" ? (rest, half) : (half, rest))
        }
        before = sides.map(\.0)
        after = sides.map(\.1)
    }

    /// What has to be added to a size so that there is one window for each step.
    private static func samePadding(
        _ assembly: ONNXAssembly, _ size: ONNXNumber, step: Int, extent: Int
    ) throws -> ONNXNumber {
        if step == 1 { return .int(extent - 1) }
        let rounded = try assembly.arithmetic(.add, size, .int(step - 1))
        let windows = try assembly.arithmetic(.floordiv, rounded, .int(step))
        let last = try assembly.arithmetic(
            .mul, assembly.arithmetic(.sub, windows, .int(1)), .int(step))
        let needed = try assembly.arithmetic(.add, last, .int(extent))
        return try assembly.arithmetic(.max, assembly.arithmetic(.sub, needed, size), .int(0))
    }

    /// The padding as one number for both sides, where it is that.
    var symmetric: [Int]? {
        let numbers = zip(before, after).compactMap { a, b -> Int? in
            guard a == b, let number = a.int, number >= 0 else { return nil }
            return number
        }
        return numbers.count == count ? numbers : nil
    }

    /// The padding as one number for both sides, where pooling takes it: at most half of the window.
    var symmetricForPooling: [Int]? {
        guard let symmetric, zip(symmetric, kernel).allSatisfy({ 2 * $0 <= $1 }) else { return nil }
        return symmetric
    }

    /// A tensor with numbers around it.
    func padded(_ x: ONNXSourceValue, with number: Double = 0, _ call: ONNXSourceNode) throws
        -> ONNXSourceValue
    {
        try call.padded(
            x, before: [.int(0), .int(0)] + before, after: [.int(0), .int(0)] + after, number)
    }
}

extension ONNXSourceNode {
    /// A tensor with numbers before and after each dimension, or with as many elements less.
    func padded(
        _ x: ONNXSourceValue, before: [ONNXNumber], after: [ONNXNumber], _ number: Double = 0
    ) throws -> ONNXSourceValue {
        var pairs = Array(zip(before, after))
        while let first = pairs.first, first.0 == .int(0), first.1 == .int(0) {
            pairs.removeFirst()
        }
        guard !pairs.isEmpty else { return x }
        // From the last dimension to the first.
        let pads = pairs.reversed().flatMap { [$0.0, $0.1] }
        return try call(
            "aten.constant_pad_nd.default",
            [
                "self": .tensor(x), "pad": .numbers(pads),
                "value": x.scalarType.isFloatingPoint
                    ? .double(number) : .int(Int(exactly: number) ?? 0),
            ])
    }
}
