import Programs
import Tensors

extension ONNXReaders {
    /// The same elements in other sizes or another order, repeated, or joined.
    static let shapes: [String: Translation] = [
        "Shape": shape, "Size": size, "Reshape": reshape, "Flatten": flatten,
        "Transpose": transpose, "Squeeze": squeeze, "Unsqueeze": unsqueeze, "Expand": expand,
        "Tile": tile, "Concat": concat,
    ]

    private static let shape: Translation = { call in
        let x = try call.operand(0)
        func bound(_ name: String, _ standard: Int) throws -> Int {
            let place = try call.int(name, standard)
            return min(max(place < 0 ? place.advanced(by: x.rank) : place, 0), x.rank)
        }
        let (start, end) = (try bound("start", 0), try bound("end", x.rank))
        let sizes = try (start..<max(start, end)).map { try call.assembly.size(of: x, $0) }
        return [try call.operand(sizes)]
    }

    private static let size: Translation = { call in
        let sizes = try call.assembly.sizes(of: call.operand(0))
        let count = try sizes.reduce(.int(1)) { try call.assembly.arithmetic(.mul, $0, $1) }
        return [try call.operand([count], isScalar: true)]
    }

    /// 0 stands for the size that was there.
    private static let reshape: Translation = { call in
        let x = try call.operand(0)
        var sizes = try call.numbers(1)
        if try !call.flag("allowzero") {
            for (axis, size) in sizes.enumerated() where size == .int(0) {
                guard axis < x.rank else {
                    throw call.refusal("there is no size \(axis) of \(x.type) to keep", .invalid)
                }
                sizes[axis] = try call.assembly.size(of: x, axis)
            }
        }
        return [try call.reshaped(x, to: sizes)]
    }

    /// Two dimensions: those before the axis, and the rest.
    private static let flatten: Translation = { call in
        let x = try call.operand(0)
        let given = try call.int("axis", 1)
        let axis = given == x.rank ? given : try call.axis(given, rank: x.rank)
        if axis == 1, x.rank > 1 {
            return [
                try call.call(
                    "aten.flatten.using_ints", ["self": .tensor(x), "start_dim": .int(1)])
            ]
        }
        let rows = try (0..<axis).reduce(.int(1)) { product, axis in
            try call.assembly.arithmetic(.mul, product, call.assembly.size(of: x, axis))
        }
        let columns = try (axis..<x.rank).reduce(.int(1)) { product, axis in
            try call.assembly.arithmetic(.mul, product, call.assembly.size(of: x, axis))
        }
        return [try call.reshaped(x, to: [rows, columns])]
    }

    private static let transpose: Translation = { call in
        let x = try call.operand(0)
        let order = try call.ints("perm") ?? Array((0..<x.rank).reversed())
        let axes = try call.axes(order, rank: x.rank)
        guard axes.count == x.rank else {
            throw call.refusal("its order \(axes.prefix(16)) is not one of \(x.type)", .invalid)
        }
        if axes == Array(axes.indices) { return [x] }
        let result = try call.permuted(x, axes)
        guard axes == [1, 0], let tensor = result.constant, x.isInitializer else { return [result] }
        return [ONNXSourceValue(tensor, label: result.label, transposed: x)]
    }

    /// The axes from an attribute, or from version 13 on from an input; nil where there are none.
    static func axes(of call: ONNXSourceNode, input: Int = 1) throws -> [Int]? {
        if let axes = try call.ints("axes") { return axes }
        return try call.optional(input) == nil ? nil : call.ints(input, "the list of dimensions")
    }

    private static let squeeze: Translation = { call in
        let x = try call.operand(0)
        let ones = x.type.sizes.indices.filter { x.type.sizes[$0] == .fixed(1) }
        let axes = try axes(of: call).map { try call.axes($0, rank: x.rank) } ?? ones
        guard !axes.isEmpty else { return [x] }
        guard let other = axes.first(where: { x.type.sizes[$0] != .fixed(1) }) else {
            return [
                try call.call("aten.squeeze.dims", ["self": .tensor(x), "dim": .ints(axes)])
            ]
        }
        if case .affine(1, let name, 0) = x.type.sizes[other] {
            throw ONNXMismatch(name, is: .fixed(1))
        }
        throw call.refusal("dimension \(other) of \(x.type) is not 1 and cannot go", .invalid)
    }

    private static let unsqueeze: Translation = { call in
        let x = try call.operand(0)
        guard let given = try axes(of: call), given.count <= 16 else {
            throw call.refusal("it does not say which dimensions; export the model again", .invalid)
        }
        let axes = try call.axes(given, rank: x.rank + given.count).sorted()
        return [
            try axes.reduce(x) { result, axis in
                try call.call(
                    "aten.unsqueeze.default", ["self": .tensor(result), "dim": .int(axis)])
            }
        ]
    }

    /// Sizes of one are repeated, of the tensor as well as of the shape.
    private static let expand: Translation = { call in
        let x = try call.operand(0)
        return [try call.expanded(x, to: call.numbers(1))]
    }

    private static let tile: Translation = { call in
        [
            try call.call(
                "aten.repeat.default",
                ["self": .tensor(call.operand(0)), "repeats": .numbers(call.numbers(1))])
        ]
    }

    private static let concat: Translation = { call in
        let all = try call.all()
        if all.count == 1 { return all }
        guard let axis = try call.int("axis") else {
            throw call.refusal("it does not say along which dimension; export it again", .invalid)
        }
        return [
            try call.call("aten.cat.default", ["tensors": .tensors(all), "dim": .int(axis)])
        ]
    }
}

extension ONNXSourceNode {
    func permuted(_ x: ONNXSourceValue, _ order: [Int]) throws -> ONNXSourceValue {
        try call("aten.permute.default", ["self": .tensor(x), "dims": .ints(order)])
    }

    /// The same elements in other sizes, one of which may be -1.
    ///
    /// Where a single size is free it becomes -1: the Program then needs no arithmetic on sizes.
    func reshaped(_ x: ONNXSourceValue, to given: [ONNXNumber]) throws -> ONNXSourceValue {
        var sizes = given
        if let place = sizes.firstIndex(of: .int(-1)), let rest = rest(of: x, beside: sizes) {
            sizes[place] = .int(rest)
        }
        let free = sizes.indices.filter { sizes[$0].isComputed }
        if free.count == 1, !sizes.contains(.int(-1)), !sizes.contains(.int(0)) {
            sizes[free[0]] = .int(-1)
        }
        let fixed = sizes.compactMap(\.int)
        if fixed.count == sizes.count, let mismatch = mismatch(of: x, in: fixed) { throw mismatch }
        if fixed.count == sizes.count, fixed == x.type.shape { return x }
        return try call(
            "aten.reshape.default", ["self": .tensor(x), "shape": .numbers(sizes)])
    }

    /// The number that -1 stands for, where the free sizes are the same before and after.
    private func rest(of x: ONNXSourceValue, beside sizes: [ONNXNumber]) -> Int? {
        func parts(_ sizes: [Size]) -> (product: Int, free: [String])? {
            var product = 1
            var free: [String] = []
            for size in sizes where size != .fixed(-1) {
                guard size != .unknown else { return nil }
                guard let number = size.fixed else {
                    free.append(size.description)
                    continue
                }
                let result = product.multipliedReportingOverflow(by: number)
                guard !result.overflow, number > 0 else { return nil }
                product = result.partialValue
            }
            return (product, free.sorted())
        }
        guard let before = parts(x.type.sizes), let after = parts(sizes.map(\.size)),
            before.free == after.free, before.product % after.product == 0
        else { return nil }
        return before.product / after.product
    }

    /// The one free size, where the new sizes are numbers that say what it is.
    private func mismatch(of x: ONNXSourceValue, in sizes: [Int]) -> ONNXMismatch? {
        let free = x.type.sizes.filter { $0.fixed == nil }
        guard free.count == 1, case .affine(1, let name, 0) = free[0], !sizes.contains(-1),
            sizes.allSatisfy({ $0 > 0 })
        else { return nil }
        func product(_ numbers: [Int]) -> Int? {
            numbers.reduce(1) { product, number in
                product.flatMap { product in
                    let result = product.multipliedReportingOverflow(by: number)
                    return result.overflow ? nil : result.partialValue
                }
            }
        }
        guard let all = product(sizes), let rest = product(x.type.sizes.compactMap(\.fixed)),
            rest > 0, all % rest == 0
        else { return nil }
        return ONNXMismatch(name, is: .fixed(all / rest))
    }

    /// A tensor repeated along its sizes of one.
    func expanded(_ x: ONNXSourceValue, to shape: [ONNXNumber]) throws -> ONNXSourceValue {
        let rank = max(x.rank, shape.count)
        let sizes = (0..<rank).map { axis -> ONNXNumber in
            let (own, place) = (axis - (rank - x.rank), axis - (rank - shape.count))
            let wanted = place < 0 ? .int(1) : shape[place]
            guard own >= 0 else { return wanted }
            let size = x.type.sizes[own]
            if wanted == .int(1) || wanted.size == size && size != .unknown { return .int(-1) }
            // A size that is known and not one stays; the shape may say one or the same.
            if let number = size.fixed, number != 1, wanted.isComputed { return .int(-1) }
            return wanted
        }
        if sizes.allSatisfy({ $0 == .int(-1) }) { return x }
        for (size, wanted) in zip(x.type.sizes.reversed(), sizes.reversed()) {
            if wanted != .int(-1), let mismatch = ONNXMismatch(size, wanted.size) { throw mismatch }
        }
        return try call("aten.expand.default", ["self": .tensor(x), "size": .numbers(sizes)])
    }
}
