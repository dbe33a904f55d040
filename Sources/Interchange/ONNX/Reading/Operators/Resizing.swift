import FileFormats
import Programs
import Tensors

extension ONNXReaders {
    /// Images of other sizes.
    static let resizing: [String: Translation] = ["Resize": resize, "Upsample": resize]

    private static let resize: Translation = { call in
        let x = try call.operand(0)
        let scale = try ONNXScale(call, of: x)
        guard !scale.axes.isEmpty else { return [x] }
        switch try call.string("mode", "nearest") {
        case "nearest": return [try nearest(x, scale, call)]
        case "linear":
            let names = [
                1: "upsample_linear1d", 2: "upsample_bilinear2d", 3: "upsample_trilinear3d",
            ]
            return [try interpolated(x, scale, names, call)]
        case "cubic":
            let weight = try call.float("cubic_coeff_a", -0.75)
            // ATen's own, as in Pillow where it smooths.
            let known = try call.flag("antialias") ? -0.5 : -0.75
            guard weight == known else {
                throw call.refusal("cubic_coeff_a = \(weight) is not supported; \(known) is")
            }
            return [try interpolated(x, scale, [2: "upsample_bicubic2d"], call)]
        case let mode: throw call.refusal("mode \(mode.shownName) is not supported")
        }
    }

    /// Where places in the result lie in the input.
    private static func coordinates(of call: ONNXSourceNode) throws -> String {
        // Before Resize there was Upsample, which knew one way.
        try call.string(
            "coordinate_transformation_mode",
            call.node.operation == "Upsample" ? "asymmetric" : "half_pixel")
    }

    private static func interpolated(
        _ x: ONNXSourceValue, _ scale: ONNXScale, _ names: [Int: String], _ call: ONNXSourceNode
    ) throws -> ONNXSourceValue {
        let mode = try coordinates(of: call)
        guard let first = scale.axes.first, first >= 2, let name = names[x.rank - 2] else {
            throw call.refusal("\(x.type) cannot be resized in this mode")
        }
        guard ["half_pixel", "pytorch_half_pixel", "align_corners"].contains(mode) else {
            throw call.refusal(
                "coordinates \(mode.shownName) are not supported; half_pixel and align_corners are")
        }
        let isSingle = scale.factors.indices.contains { scale.targets[$0] == .int(1) }
        if mode == "pytorch_half_pixel", isSingle {
            throw call.refusal("pytorch_half_pixel with a result of one element is not supported")
        }
        let smooths = try call.flag("antialias")
        guard !smooths || x.rank == 4, try call.flag("exclude_outside") == smooths else {
            throw call.refusal(
                "antialias other than on images and together with exclude_outside is not supported")
        }
        return try upsampled(
            x, scale, smooths ? "_\(name)_aa" : name,
            cornersAligned: mode == "align_corners", call)
    }

    /// - Parameter cornersAligned: nil for operators that do not ask.
    private static func upsampled(
        _ x: ONNXSourceValue, _ scale: ONNXScale, _ name: String, cornersAligned: Bool?,
        _ call: ONNXSourceNode
    ) throws -> ONNXSourceValue {
        let operation = OperatorName(library: "aten", name: name, overload: "vec")
        let sizes: ONNXSourceArgument
        let factors: ONNXSourceArgument
        if scale.isByFactor {
            sizes = .nothing
            factors = .plain(.list((2..<x.rank).map { .double(scale.factor(of: $0) ?? 1) }))
        } else {
            sizes = .numbers(try (2..<x.rank).map { try scale.target(of: $0, x, call) })
            factors = .nothing
        }
        guard let cornersAligned else {
            return try call.call(
                operation, ["input": .tensor(x), "output_size": sizes, "scale_factors": factors])
        }
        return try call.call(
            operation,
            [
                "input": .tensor(x), "output_size": sizes, "align_corners": .bool(cornersAligned),
                "scale_factors": factors,
            ])
    }

    private static func nearest(
        _ x: ONNXSourceValue, _ scale: ONNXScale, _ call: ONNXSourceNode
    ) throws -> ONNXSourceValue {
        let mode = try coordinates(of: call)
        let rounding = try call.string(
            "nearest_mode", call.node.operation == "Upsample" ? "floor" : "round_prefer_floor")
        let isImage = 3...5 ~= x.rank && (scale.axes.first ?? 0) >= 2
        // Whole factors give the same elements in both.
        let isWhole = scale.factors.allSatisfy { $0.map { $0 >= 1 && $0 == $0.rounded() } ?? false }
        let isPlain = mode == "asymmetric" && rounding == "floor"
        let isCentred =
            ["half_pixel", "pytorch_half_pixel"].contains(mode) && isWhole
            && rounding.hasPrefix("round_prefer")
        if isImage, isPlain || isCentred {
            return try upsampled(
                x, scale, "upsample_nearest\(x.rank - 2)d", cornersAligned: nil, call)
        }
        return try scale.axes.reduce(x) { result, axis in
            guard let size = x.type.sizes[axis].fixed, size > 0,
                let target = try scale.target(of: axis, x, call).int
            else {
                throw call.refusal(
                    "nearest neighbours by \(mode) and \(rounding) need sizes that are not free")
            }
            let places = try ONNXScale.places(
                mode: mode, rounding: rounding, from: size, to: target,
                factor: scale.factor(of: axis) ?? Double(target) / Double(size), call)
            return try call.call(
                "aten.index_select.default",
                [
                    "self": .tensor(result), "dim": .int(axis),
                    "index": .tensor(call.constant(Tensor(places))),
                ])
        }
    }
}

/// By how much, or to what, each dimension is resized.
struct ONNXScale {
    /// The dimensions that change, in order.
    let axes: [Int]
    /// The factors that the node states, for each of them.
    let factors: [Double?]
    /// The sizes that the node states, for each of them.
    let targets: [ONNXNumber?]

    /// Whether all factors are stated.
    var isByFactor: Bool { factors.allSatisfy { $0 != nil } }

    init(_ call: ONNXSourceNode, of x: ONNXSourceValue) throws {
        let policy = try call.string("keep_aspect_ratio_policy", "stretch")
        guard policy == "stretch" else {
            throw call.refusal("keep_aspect_ratio_policy \(policy.shownName) is not supported")
        }
        let axes = try call.axes(call.ints("axes") ?? Array(0..<x.rank), rank: x.rank)
        let isOld = call.node.operation == "Upsample"
        func given(_ index: Int) throws -> [ONNXNumber]? {
            // An empty list stands for none.
            guard let operand = call.optional(index), operand.type.shape != [0] else { return nil }
            let numbers = try call.numbers(index)
            guard numbers.count == axes.count else {
                throw call.refusal(
                    "its input \(index) has \(numbers.count) numbers for \(axes.count) dimensions",
                    .invalid)
            }
            return numbers
        }
        var found: [(axis: Int, factor: Double?, target: ONNXNumber?)] = []
        if let sizes = try isOld ? nil : given(3) {
            found = zip(axes, sizes).map { ($0, nil, $1) }
            for (axis, size) in zip(axes, sizes) where axis < 2 {
                if let mismatch = ONNXMismatch(x.type.sizes[axis], size.size) { throw mismatch }
            }
            found.removeAll {
                $0.target?.size == x.type.sizes[$0.axis] && $0.target?.size != .unknown
            }
        } else if let scales = try given(isOld ? 1 : 2) {
            found = try zip(axes, scales).map { axis, number in
                guard case .double(let factor) = number, 1e-6...1e6 ~= factor else {
                    throw call.refusal("its scales are not constants in range; export it again")
                }
                return (axis, factor, nil)
            }
            found.removeAll { $0.factor == 1 }
        } else {
            throw call.refusal("it has neither scales nor sizes; export it again", .invalid)
        }
        found.sort { $0.axis < $1.axis }
        self.axes = found.map(\.axis)
        factors = found.map(\.factor)
        targets = found.map(\.target)
    }

    /// The stated factor of a dimension.
    func factor(of axis: Int) -> Double? {
        axes.firstIndex(of: axis).flatMap { factors[$0] }
    }

    /// The size of a dimension afterwards.
    func target(of axis: Int, _ x: ONNXSourceValue, _ call: ONNXSourceNode) throws -> ONNXNumber {
        guard let index = axes.firstIndex(of: axis) else {
            return try call.assembly.size(of: x, axis)
        }
        if let target = targets[index] { return target }
        guard let size = x.type.sizes[axis].fixed, let factor = factors[index] else {
            return try call.assembly.size(of: x, axis)
        }
        guard let target = Int(exactly: (Double(size) * factor).rounded(.down)) else {
            throw call.refusal("\(factor) times \(size) is not a size", .invalid)
        }
        return .int(target)
    }

    /// The places of the nearest elements.
    static func places(
        mode: String, rounding: String, from size: Int, to target: Int, factor: Double,
        _ call: ONNXSourceNode
    ) throws -> [Int] {
        guard 0..<(1 << 24) ~= target else { throw call.refusal("a size of \(target)", .invalid) }
        return try (0..<target).map { place in
            let x = Double(place)
            let position: Double
            switch mode {
            case "asymmetric": position = x / factor
            case "half_pixel": position = (x + 0.5) / factor - 0.5
            case "pytorch_half_pixel": position = target > 1 ? (x + 0.5) / factor - 0.5 : 0
            case "tf_half_pixel_for_nn": position = (x + 0.5) / factor
            case "align_corners":
                position = target > 1 ? x * Double(size - 1) / Double(target - 1) : 0
            default: throw call.refusal("coordinates \(mode.shownName) are not supported")
            }
            let rounded: Double
            switch rounding {
            case "floor": rounded = position.rounded(.down)
            case "ceil": rounded = position.rounded(.up)
            case "round_prefer_floor": rounded = (position - 0.5).rounded(.up)
            case "round_prefer_ceil": rounded = (position + 0.5).rounded(.down)
            default: throw call.refusal("nearest_mode \(rounding.shownName) is not supported")
            }
            return Int(min(max(rounded, 0), Double(size - 1)))
        }
    }
}
