public import Foundation

/// A file that `torch.save` wrote: `.pt`, `.pth`, `.th` or `.bin`, of either form.
///
/// The zip form (PyTorch 1.6 and later) and the form before it are read. A checkpoint is a pickle, a
/// program that may run anything; here nothing is run: the pickle's operations are followed, and
/// classes and functions that are not those of a state dict are refused by name. Optimizer states
/// and the like beside the weights are read as plain values. Tensors are read when they are asked
/// for, from the file, which is mapped.
public struct TorchCheckpoint: Sendable {
    /// The most bytes that a tensor may unfold to which takes fewer in the file: 1 GiB.
    public static let largestUnfolded = 1 << 30

    /// The path or name, as errors show it.
    public let file: String
    /// What `torch.load` would give.
    public let contents: TorchValue
    private let storages: TorchStorages

    /// Opens the file at `path` by mapping it; see `init(_:file:)` for what is refused.
    public init(contentsOf path: String) throws {
        try self.init(InputFile.map(path))
    }

    /// Opens a file held in memory; `file` is what errors name.
    ///
    /// Throws `truncated` where the file is incomplete, `malformed` where it is damaged or something
    /// else than a checkpoint, and `unsupported` for classes and functions that are not those of a
    /// state dict, for types that Swiftlet lacks, for big-endian numbers, for TorchScript and
    /// exported programs, and for the form before PyTorch 0.1.10.
    public init(_ data: Data, file: String) throws {
        try self.init(ByteView(data: data, file: file))
    }

    init(_ view: ByteView) throws {
        file = view.file
        if view.begins(with: [0x50, 0x4B]) {
            (contents, storages) = try Self.openArchive(ZipArchive(view))
        } else {
            if let other = view.otherThanCheckpoint { throw other }
            (contents, storages) = try Self.openSequence(view)
        }
    }

    /// The elements of a tensor of this file, in C order.
    ///
    /// They are a slice of the file where they lie there in that order, else a copy. Throws
    /// `truncated` where the file does not hold them all, `malformed` where their record is damaged,
    /// `missing` where it has no such record, `tooLarge` where a tensor repeats elements to more
    /// than ``largestUnfolded`` bytes.
    public func array(_ tensor: TorchTensor) throws -> RawArray {
        let place = "\(file), tensor \(tensor.name.quoted)"
        let storage = tensor.storage
        let whole = try storages.bytes(of: storage.key, file: file)
        let (end, overflow) = storage.byteOffset.addingReportingOverflow(storage.byteCount)
        let view = ByteView(data: whole, file: place)
        guard !overflow, end <= whole.count,
            let bytes = view.slice(at: storage.byteOffset, count: storage.byteCount)
        else {
            throw view.error(
                .truncated,
                "its storage \(storage.key.quoted) is said to have \(storage.byteCount) bytes and "
                    + "has \(whole.count); fetch the file again")
        }
        guard tensor.byteCount <= max(storage.byteCount, Self.largestUnfolded) else {
            throw view.error(
                .tooLarge,
                "it repeats its elements to \(tensor.byteCount) bytes; save a smaller one")
        }
        let elements =
            tensor.byteCount == 0
            ? Data()
            : bytes.inOrder(
                shape: tensor.shape, strides: tensor.strides, offset: tensor.offset,
                elementByteCount: tensor.elementType.byteCount, isContiguous: tensor.isContiguous)
        return try RawArray(
            tensor.elementType, shape: tensor.shape, bytes: elements, file: place)
    }
}

extension Data {
    /// The elements of a view in C order: a slice of these bytes where they lie so, else a copy.
    ///
    /// - Precondition: all elements are there, and there is at least one.
    fileprivate func inOrder(
        shape: [Int], strides: [Int], offset: Int, elementByteCount: Int, isContiguous: Bool
    ) -> Data {
        let start = startIndex + offset * elementByteCount
        guard isContiguous else {
            return self[start...].gathered(
                shape: shape, strides: strides, elementByteCount: elementByteCount)
        }
        return self[start..<start + shape.reduce(elementByteCount, *)]
    }
}
