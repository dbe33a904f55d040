import FileFormats
import Foundation
import Programs
import Tensors

/// Reads the parameters, buffers and constants of a `.pt2` archive.
struct StoredTensorReader {
    private let archive: ZipArchive
    private let types: TypeReader
    private let weights: ExportedProgram.Payloads
    private let constants: ExportedProgram.Payloads

    init(_ archive: ZipArchive, _ layout: ProgramRecords, _ types: TypeReader) throws {
        self.archive = archive
        self.types = types
        func payloads(_ name: String) throws -> ExportedProgram.Payloads {
            try ExportedProgram.Payloads(
                json: archive.soundBytes(of: archive.root + name), file: "\(archive.file), \(name)")
        }
        weights = try payloads(layout.weightsConfiguration)
        constants = try payloads(layout.constantsConfiguration)
    }

    /// The tensor of a parameter or of a buffer that is part of checkpoints.
    func weight(_ name: String) throws -> Tensor {
        try tensor(name, weights.entries[name], ProgramRecords.weightsFolder)
    }

    /// The tensor of a constant, or of a buffer that is not part of checkpoints.
    func constant(_ name: String) throws -> Tensor {
        try tensor(name, constants.entries[name], ProgramRecords.constantsFolder)
    }

    /// The parameters whose elements are another's, each with that one's name: they lie in one record in the same way.
    ///
    /// - Parameters:
    ///   - names: the parameters, in order.
    ///   - read: those that nodes read, one of which is the one that stays where there is one.
    func ties(among names: [String], read: Set<String>) -> [String: String] {
        let groups = Dictionary(grouping: names) { name -> String? in
            guard let entry = weights.entries[name], let meta = entry.meta else { return nil }
            return "\(entry.path) \(meta)"
        }
        var ties: [String: String] = [:]
        for (key, group) in groups where key != nil && group.count > 1 {
            let owner = group.first(where: read.contains) ?? group[0]
            for name in group where name != owner { ties[name] = owner }
        }
        return ties
    }

    private func tensor(
        _ name: String, _ payload: ExportedProgram.Payload?, _ folder: String
    ) throws -> Tensor {
        guard let payload, let meta = payload.meta, !payload.usesPickle else {
            throw refusal(
                .malformed,
                "the tensor \(name) is not in the archive as plain elements; save the model again")
        }
        let type = try types.type(meta, name)
        let impossible = refusal(
            .malformed, "the tensor \(name), \(type), cannot be; fetch the file again")
        // Before anything multiplies them: the sizes may be any numbers.
        guard let shape = type.shape, case .int(let offset) = meta.storageOffset, offset >= 0,
            type.scalarType.elementType?.byteCount(ofShape: shape) != nil,
            type.strides.count == shape.count
        else { throw impossible }
        let strides = type.strides.compactMap(\.fixed)
        guard strides.count == shape.count, strides.allSatisfy({ $0 >= 0 }),
            let reach = Self.reach(shape, strides, offset)
        else { throw impossible }
        let record = try archive.soundBytes(of: archive.root + folder + payload.path)
        let (needed, overflow) = reach.multipliedReportingOverflow(by: type.scalarType.byteCount)
        guard !overflow, needed <= record.count else {
            throw refusal(
                .truncated,
                "the tensor \(name), \(type) from element \(offset) on, needs \(needed) bytes and "
                    + "its record has \(record.count); fetch the file again")
        }
        return try elements(record, type.scalarType, shape, strides, offset)
    }

    private func elements(
        _ record: Data, _ type: ScalarType, _ shape: [Int], _ strides: [Int], _ offset: Int
    ) throws -> Tensor {
        let count = shape.reduce(1, *)
        let rowMajor = zip(shape, strides).reversed().reduce(into: (step: 1, holds: true)) {
            $0.holds = $0.holds && ($1.0 == 1 || $1.1 == $0.step)
            $0.step *= $1.0
        }
        if rowMajor.holds || count == 0 {
            let first = record.startIndex + (count == 0 ? 0 : offset * type.byteCount)
            let bytes = record[first..<(first + count * type.byteCount)]
            return Tensor(bytes: bytes, type: type, shape: shape)
        }
        let whole = record.count / type.byteCount
        let bytes = record[record.startIndex..<(record.startIndex + whole * type.byteCount)]
        return try Tensor(bytes: bytes, type: type, shape: [whole])
            .strided(shape: shape, strides: strides, from: offset).contiguous()
    }

    /// The elements of a record up to the last that a tensor has; nil where that is no number.
    private static func reach(_ shape: [Int], _ strides: [Int], _ offset: Int) -> Int? {
        if shape.contains(0) { return 0 }
        var reach = offset
        for (size, stride) in zip(shape, strides) {
            let (steps, first) = stride.multipliedReportingOverflow(by: size - 1)
            let (next, second) = reach.addingReportingOverflow(steps)
            if first || second { return nil }
            reach = next
        }
        let (count, overflow) = reach.addingReportingOverflow(1)
        return overflow ? nil : count
    }

    private func refusal(_ kind: FileFormatError.Kind, _ message: String) -> FileFormatError {
        FileFormatError(kind, file: archive.file, message)
    }
}
