import FileFormats
import Programs
import Tensors

extension ONNXTranslations {
    /// Images in other sizes.
    static let resizing: [String: ONNXTranslation] = [
        "aten.upsample_nearest1d": { try resize($0, 1, "nearest") },
        "aten.upsample_nearest2d": { try resize($0, 2, "nearest") },
        "aten.upsample_nearest3d": { try resize($0, 3, "nearest") },
        "aten._upsample_nearest_exact2d": { try resize($0, 2, "nearest", isExact: true) },
        "aten.upsample_linear1d": { try resize($0, 1, "linear") },
        "aten.upsample_bilinear2d": { try resize($0, 2, "linear") },
        "aten.upsample_trilinear3d": { try resize($0, 3, "linear") },
        "aten.upsample_bicubic2d": { try resize($0, 2, "cubic") },
        "aten._upsample_bilinear2d_aa": { try resize($0, 2, "linear", isSmoothed: true) },
        "aten._upsample_bicubic2d_aa": { try resize($0, 2, "cubic", isSmoothed: true) },
        "aten.grid_sampler": sample,
        "aten.grid_sampler_2d": sample,
    ]

    private static func resize(
        _ call: ONNXCall, _ count: Int, _ mode: String, isExact: Bool = false,
        isSmoothed: Bool = false
    ) throws {
        let graph = call.graph
        let name = call.node["input"] == nil ? "self" : "input"
        let input = try call.tensor(name)
        let isAligned = try call.bool("align_corners")
        var attributes: [String: ONNXAttribute] = [
            "mode": .string(mode),
            "coordinate_transformation_mode": .string(
                isAligned
                    ? "align_corners" : mode == "nearest" && !isExact ? "asymmetric" : "half_pixel"),
        ]
        if mode == "nearest" {
            attributes["nearest_mode"] = .string(isExact ? "round_prefer_ceil" : "floor")
        }
        if mode == "cubic" { attributes["cubic_coeff_a"] = .float(isSmoothed ? -0.5 : -0.75) }
        if isSmoothed {
            guard graph.opset.rawValue >= 18 else {
                throw ONNXUnsupported(reason: ", which operator set 18 brings")
            }
            attributes["antialias"] = .int(1)
            // PyTorch weighs what lies inside alone.
            attributes["exclude_outside"] = .int(1)
        }
        let factors = try scales(call, count)
        if let factors, !isAligned {
            let all = [1, 1] + factors.map { Float($0) }
            let scales = try graph.constant(Tensor(all, shape: [all.count]))
            return try call.give(graph.emit("Resize", [input, nil, scales], attributes))
        }
        let wanted: [ONNXDimension]
        if let factors {
            wanted = try factors.enumerated().map { index, factor -> ONNXDimension in
                let wanted = Double(try call.fixedSize(name, index + 2)) * factor
                guard let size = Int(exactly: wanted.rounded(.down)) else {
                    throw ONNXUnsupported(reason: "by \(factor)")
                }
                return .fixed(size)
            }
        } else {
            wanted = try call.sizes("output_size")
        }
        let rest = try (0..<2).map { try call.dimension(name, $0) }
        try call.give(
            graph.emit("Resize", [input, nil, nil, graph.vector(rest + wanted)], attributes))
    }

    /// The factors, where the result's sizes are given by them.
    private static func scales(_ call: ONNXCall, _ count: Int) throws -> [Double]? {
        if let factors = try call.doubles("scale_factors"), factors.count == count {
            return factors
        }
        let names = [
            1: ["scales"], 2: ["scales_h", "scales_w"], 3: ["scales_d", "scales_h", "scales_w"],
        ]
        let factors = (names[count] ?? []).compactMap { name -> Double? in
            guard case .double(let factor)? = call.node[name] else { return nil }
            return factor
        }
        return factors.count == count ? factors : nil
    }

    private static let sample: ONNXTranslation = { call in
        let isFlat = try call.rank("input") == 4
        guard isFlat || call.graph.opset.rawValue >= 20 else {
            throw ONNXUnsupported(reason: "in three dimensions, which operator set 20 brings")
        }
        let isNew = call.graph.opset.rawValue >= 20
        let modes = isNew ? ["linear", "nearest", "cubic"] : ["bilinear", "nearest", "bicubic"]
        let edges = ["zeros", "border", "reflection"]
        let (mode, edge) = (try call.int("interpolation_mode"), try call.int("padding_mode"))
        guard modes.indices.contains(mode), edges.indices.contains(edge) else {
            throw ONNXUnsupported(reason: "in the mode \(mode)")
        }
        try call.give(
            call.graph.emit(
                "GridSample", [call.tensor("input"), call.tensor("grid")],
                [
                    "mode": .string(modes[mode]), "padding_mode": .string(edges[edge]),
                    "align_corners": .int(call.bool("align_corners") ? 1 : 0),
                ]))
    }
}
